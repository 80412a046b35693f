"""Devices of 2005 are reached by OpenSSH's client, only where their family says so; modern families refuse them."""

import contextlib
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.secret import Secret
from drivers.capture import differences, load_capture
from drivers.legacy_ssh import open_legacy
from drivers.logins import Login
from drivers.profile_file import load_all, load_profile, profiles_folder
from drivers.session import DriverError
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import USERNAME, Faults, VirtualOnt, virtual_login
from drivers.virtual.servers import serve
from tests.drivers.reader import read_at
from tests.drivers.test_profile_file import GOOD, load
from tests.old_sshd import NEEDS, old_sshd
from tests.peers import free_port

LIT = load_capture("huawei_wap", "lit")
old = pytest.mark.skipif(not NEEDS, reason="needs root, unshare and OpenSSH's server")
WRONG = Login(username=USERNAME, password=Secret("hunter2"))


def old_family(folder: Path) -> Path:
    """A folder that holds the Huawei family, said to be legacy."""
    home = folder / "families" / "huawei_wap"
    shutil.copytree(profiles_folder() / "huawei_wap", home)
    text = (home / "profile.toml").read_text()
    (home / "profile.toml").write_text(text.replace("transports =", "legacy = true\ntransports =", 1))
    assert load_profile("huawei_wap", home.parent).legacy
    return home.parent


def terminal(port: int, folder: Path | None, login: Login) -> ChildTerminal:
    """The Huawei by SSH at this port; `folder` holds its family where it is legacy."""
    return ChildTerminal(
        address="127.0.0.1", port=port, transport="ssh", family="huawei_wap", login=login, folder=folder, deadline_s=25
    )


@old
@pytest.mark.root
def test_a_legacy_family_is_read_from_a_real_old_server_and_logged_out_of(tmp_path: Path) -> None:
    family = old_family(tmp_path)
    for _ in range(2):  # with another host key each time
        with old_sshd(tmp_path) as port:
            made = terminal(port, family, virtual_login()).read()
        assert differences(LIT, made.measurements) == []
    assert (tmp_path / "log").read_text() == "in 512\nout 1\n" * 2


@old
@pytest.mark.root
def test_a_modern_family_refuses_the_old_server(tmp_path: Path) -> None:
    with old_sshd(tmp_path) as port:
        made = terminal(port, None, virtual_login()).read()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"unparseable"}
    assert "no acceptable" in str(made.measurements[0].failure)
    assert "name its family" in str(made.measurements[0].failure)
    assert not (tmp_path / "log").exists()


@old
@pytest.mark.root
def test_a_wrong_password_is_given_once_to_the_old_server(tmp_path: Path) -> None:
    family = old_family(tmp_path)
    with old_sshd(tmp_path) as port:
        made = terminal(port, family, WRONG).read()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"auth_rejected"}
    assert "hunter" not in str(made)
    assert (tmp_path / "sshd.log").read_text().count("Failed password") == 1


@contextlib.contextmanager
def offering(kex: str, host_key: str, cipher: str, mac: str) -> Iterator[int]:
    """The port of an SSH server that offers these algorithms, and says no more than that."""
    names = (kex, host_key, cipher, cipher, mac, mac, "none", "none", "", "")
    lists = b"".join(struct.pack(">I", len(name)) + name.encode() for name in names)
    payload = b"\x14" + bytes(16) + lists + bytes(5)
    padding = 8 - (len(payload) + 5) % 8 + 8
    packet = struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_one() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"SSH-2.0-dropbear_0.52\r\n" + packet)
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=serve_one, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(10)


@pytest.mark.parametrize(
    "old",
    [
        ("diffie-hellman-group1-sha1", "ssh-rsa", "3des-cbc", "hmac-sha1"),
        ("diffie-hellman-group14-sha1", "ssh-rsa", "aes128-ctr", "hmac-sha2-256"),
        ("curve25519-sha256@libssh.org", "ssh-dss", "aes128-ctr", "hmac-sha2-256"),
        ("curve25519-sha256@libssh.org", "ssh-ed25519", "arcfour128", "hmac-sha2-256"),
    ],
    ids=["kex", "kex of 2006", "host key", "cipher"],
)
def test_an_old_device_that_nobody_named_is_told_how_to_be_reached(old: tuple[str, str, str, str]) -> None:
    with offering(*old) as port:
        made = read_at("127.0.0.1", port, "ssh", profiles=load_all())
    assert {m.failure.kind for m in made.measurements if m.failure} == {"unparseable"}
    assert "name its family" in str(made.measurements[0].failure)


def test_families_whose_ssh_is_known_to_be_old_say_so() -> None:
    assert [profile.family for profile in load_all() if profile.legacy] == ["lantiq_falcon", "realtek_rtl960x"]


def test_a_legacy_family_reads_a_modern_device_as_well(tmp_path: Path) -> None:
    with serve(VirtualOnt(capture=LIT), "ssh") as server:
        made = terminal(server.port, old_family(tmp_path), virtual_login()).read()
    assert differences(LIT, made.measurements) == []


@pytest.mark.parametrize(
    ("faults", "kind"),
    [(Faults(hang_up=True), "refused"), (Faults(garbage=True), "unparseable")],
    ids=["closes", "noise"],
)
def test_what_goes_wrong_has_a_name(faults: Faults, kind: str) -> None:
    with (
        serve(VirtualOnt(capture=LIT, faults=faults), "telnet" if faults.garbage else "ssh") as server,
        pytest.raises(DriverError) as caught,
    ):
        open_legacy("127.0.0.1", server.port, virtual_login(), 5).close()
    assert caught.value.failure.kind == kind


def test_a_silent_server_is_a_timeout_and_a_closed_port_refuses() -> None:
    with serve(VirtualOnt(capture=LIT, faults=Faults(silent=True)), "ssh") as server:
        with pytest.raises(DriverError) as caught:
            open_legacy("127.0.0.1", server.port, virtual_login(), 1)
        assert caught.value.failure.kind == "timeout"
    with pytest.raises(DriverError) as caught:
        open_legacy("127.0.0.1", free_port(), virtual_login(), 3)
    assert caught.value.failure.kind == "refused"


def test_only_an_ssh_family_can_be_legacy(tmp_path: Path) -> None:
    assert "legacy is about ssh" in load(tmp_path, "legacy = true\n" + GOOD)
