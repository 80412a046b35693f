"""The drivers against servers that we did not write: busybox telnetd, OpenSSH's sshd, net-snmp's snmpd."""

import contextlib
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from diagnostics.secret import Secret
from drivers.capture import Capture, load_capture
from drivers.logins import Login
from drivers.terminal import ChildTerminal
from tests.drivers.test_faults import no_value_is_wrong
from tests.peers import free_port

LIT, ZNID = load_capture("huawei_wap", "lit"), load_capture("dasan_znid", "lit")
OPTIC = "display optic"
SHELL = """#!{python}
# a command line that reads its terminal as any program does: the kernel echoes what arrives at once
import sys, time, pathlib
ANSWERS, STALL_IN = {answers!r}, {stall_in!r}
def say(text):
    sys.stdout.write(text); sys.stdout.flush()
if {log_in}:
    say({banner!r} + "Login:"); user = sys.stdin.readline().strip()
    say("Password:"); word = sys.stdin.readline().strip(); say("\\n")
    if (user, word) != ("root", "hunter2"):
        say("Login:"); sys.stdin.readline(); sys.exit(1)
while True:
    say("WAP>")
    line = sys.stdin.readline()
    if not line or line.strip() == "logout":
        sys.exit(0)
    text = ANSWERS.get(line.strip(), "ERROR::Command is not existed\\n")
    if line.strip() == STALL_IN:
        half = text.find("\\n", len(text) // 3) + 1
        say(text[:half] + "WAP>"); time.sleep(0.3); say("\\n" + text[half:])
    else:
        say(text)
"""


def program(name: str) -> str:
    """Where a Debian program is; the test is skipped, saying so, where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextlib.contextmanager
def running(command: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A server for as long as the context lasts."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def listens(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens on a TCP port of loopback."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert server.poll() is None, f"{server.args!r} ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    raise AssertionError("nobody listens")


def shell(folder: Path, capture: Capture, *, log_in: bool, stall_in: str = "") -> Path:
    """A program that speaks like the captured ONT."""
    assert capture.spoken
    path = folder / "wap"
    path.write_text(
        SHELL.format(
            python=sys.executable,
            answers=dict(capture.answers),
            stall_in=stall_in,
            log_in=log_in,
            banner=capture.spoken.banner,
        )
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


@contextlib.contextmanager
def telnetd(program_of_login: Path) -> Iterator[int]:
    """busybox telnetd with this program as the log-in program; yields its port."""
    port = free_port()
    command = [program("busybox"), "telnetd", "-F", "-p", str(port), "-b", "127.0.0.1", "-l", str(program_of_login)]
    with running(command) as server:
        listens(port, server)
        yield port


@pytest.fixture
def readable(tmp_path: Path) -> Path:
    """A folder that a server under another user may read."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o755)
    return tmp_path


def test_busybox_telnetd_is_read(readable: Path) -> None:
    login = Login(username="root", password=Secret("hunter2"))
    with telnetd(shell(readable, LIT, log_in=True)) as port:
        made = ChildTerminal(address="127.0.0.1", port=port, transport="telnet", login=login).read()
    assert no_value_is_wrong(LIT, made.measurements)
    assert [m.value for m in made.measurements if m.quantity == "ont_rx_power_dbm"] == [-18.2]


def test_behind_a_kernel_echo_a_look_alike_never_becomes_a_wrong_value(readable: Path) -> None:
    login = Login(username="root", password=Secret("hunter2"))
    with telnetd(shell(readable, LIT, log_in=True, stall_in=OPTIC)) as port:
        made = ChildTerminal(address="127.0.0.1", port=port, transport="telnet", login=login).read()
    assert no_value_is_wrong(LIT, made.measurements)


def test_busybox_telnetd_refuses_a_wrong_password(readable: Path) -> None:
    login = Login(username="root", password=Secret("hunter3"))
    with telnetd(shell(readable, LIT, log_in=True)) as port:
        made = ChildTerminal(address="127.0.0.1", port=port, transport="telnet", login=login).read()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"auth_rejected"}


@contextlib.contextmanager
def sshd(folder: Path) -> Iterator[int]:
    """OpenSSH's sshd with its own key and configuration; yields its port."""
    key, port = folder / "host_key", free_port()
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    config = folder / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {key}\nPidFile none\nUsePAM no\nPasswordAuthentication yes\n"
        "KbdInteractiveAuthentication no\nPubkeyAuthentication no\nStrictModes no\nMaxAuthTries 6\nLogLevel VERBOSE\n"
    )
    command = [program("sshd"), "-D", "-f", str(config), "-E", str(folder / "log")]
    Path("/run/sshd").mkdir(exist_ok=True)
    with running(command) as server:
        listens(port, server)
        yield port


@pytest.mark.skipif(os.geteuid() != 0, reason="sshd starts only as root")
def test_openssh_sees_exactly_one_log_in_attempt(tmp_path: Path) -> None:
    login = Login(username=pwd.getpwuid(0).pw_name, password=Secret("hunter3"))
    with sshd(tmp_path) as port:
        made = ChildTerminal(address="127.0.0.1", port=port, transport="ssh", login=login).read()
        log = (tmp_path / "log").read_text()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"auth_rejected"}
    assert log.count("Failed password") == 1


@contextlib.contextmanager
def snmpd(folder: Path) -> Iterator[int]:
    """net-snmp's agent that says of itself what the captured ONT does; yields its port."""
    port, config = free_port(), folder / "snmpd.conf"
    ours = {oid: text for oid, (_, text) in ZNID.records.items() if ".5504." in oid}
    rows = "\n".join(f'override {oid} octet_str "{text}"' for oid, text in ours.items())
    config.write_text(
        f"rocommunity hunter2 127.0.0.1\nsysDescr {ZNID.records['1.3.6.1.2.1.1.1.0'][1]}\n{rows}\n"
        'createUser monitor SHA-256 "hunter2hunter2" AES "hunter3hunter3"\nrouser monitor priv\n'
    )
    command = [program("snmpd"), "-f", "-C", "-c", str(config), "-Lf", str(folder / "log"), f"udp:127.0.0.1:{port}"]
    with running(command) as server:
        until = time.monotonic() + 10
        while "NET-SNMP version" not in ((folder / "log").read_text() if (folder / "log").exists() else ""):
            assert server.poll() is None and time.monotonic() < until, "snmpd did not start"
        yield port


@pytest.mark.parametrize(
    "login",
    [
        Login(community=Secret("hunter2")),
        Login(
            username="monitor",
            authentication="sha256",
            authentication_key=Secret("hunter2hunter2"),
            privacy="aes",
            privacy_key=Secret("hunter3hunter3"),
        ),
    ],
    ids=["v2c", "v3"],
)
def test_net_snmp_is_read(login: Login, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNMP_PERSISTENT_DIR", str(tmp_path))
    with snmpd(tmp_path) as port:
        made = ChildTerminal(address="127.0.0.1", port=port, transport="snmp", login=login).read()
    read = {m.name: m.value for m in made.measurements if m.failure is None}
    for name in ("ont_model", "ont_software_version", "ont_equipment_serial", "ont_pon_serial", "ont_rx_power_dbm"):
        assert read.get(name) == ZNID.values[name], made.measurements
