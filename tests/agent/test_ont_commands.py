"""`prooflight read`, `profile` and `virtual` as a person or a script meets them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.measurement import from_json
from diagnostics.quantities import ONT_QUANTITIES
from drivers.profile_file import families
from drivers.virtual.ont import USERNAME, WORD
from tests.peers import free_port

ROOT = Path(__file__).parents[2]


def prooflight(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """One command line, without a terminal."""
    command = [sys.executable, "-m", "agent.cli", *words]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
    )


@contextlib.contextmanager
def virtual(*words: str) -> Iterator[str]:
    """`prooflight virtual` for as long as the context lasts; yields its port as it printed it."""
    command = [sys.executable, "-m", "agent.cli", "virtual", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout
    try:
        first, second = process.stdout.readline(), process.stdout.readline()
        assert second.startswith("log-in: ")
        yield first.split()[-1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def logins(tmp_path: Path) -> str:
    """A private file with the virtual ONT's log-ins."""
    path = tmp_path / "logins.toml"
    path.write_text(
        f'[family.dasan_znid]\ncommunity = "{WORD}"\n[default]\nusername = "{USERNAME}"\npassword = "{WORD}"\n'
    )
    path.chmod(0o600)
    return str(path)


def test_an_ont_is_read_into_one_json_document(logins: str) -> None:
    with virtual("huawei_wap", "weak-light") as port:
        done = prooflight("read", "127.0.0.1", "--port", port, "--logins", logins, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    made = [from_json(m) for m in json.loads(done.stdout)["measurements"]]
    assert {m.quantity for m in made} == set(ONT_QUANTITIES)
    assert [m.value for m in made if m.quantity == "ont_rx_power_dbm"] == [-27.9]


def test_a_unit_that_the_terminal_cannot_show_does_not_end_the_run(logins: str) -> None:
    with virtual("huawei_wap", "lit") as port:
        words = ("read", "127.0.0.1", "--port", port, "--logins", logins)
        done = prooflight(*words, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert " ?C " in done.stdout


def test_an_ont_is_read_into_plain_lines(logins: str) -> None:
    with virtual("dasan_znid", "lit", "--transport", "snmp") as port:
        done = prooflight(
            "read", "127.0.0.1", "--port", port, "--transport", "snmp", "--family", "dasan_znid", "--logins", logins
        )
    assert done.returncode == 0
    assert any(line.split()[:3] == ["ont_rx_power_dbm", "-20.31", "dBm"] for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout
    assert "not told by this ONT: " in done.stdout


def test_an_ont_that_refuses_is_one_line_and_69(logins: str) -> None:
    done = prooflight("read", "127.0.0.1", "--port", str(free_port()), "--logins", logins)
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr.count("\n") == 1
    assert "127.0.0.1: nothing could be read: refused at connect" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("read", "127.0.0.1"), 69, "give --logins FILE"),
        (("read", "127.0.0.1", "--family", "huawei"), 65, "there is no such family"),
        (("read", "127.0.0.1", "--port", "70000"), 65, "--port 70000"),
        (("read", "127.0.0.1", "--logins", "/no/such/file"), 78, "/no/such/file: cannot be read"),
        (("read",), 64, "see prooflight read --help"),
        (("virtual", "huawei_wap", "lti"), 65, "did you mean lit?"),
        (("virtual", "huawei_wap", "--transport", "snmp"), 65, "does not speak snmp"),
        (("virtual", "huawai_wap"), 78, "did you mean huawei_wap?"),
        (("profile", "lint", "none"), 78, "there is no such family"),
        (("profile", "list", "--folder", "/no/such/folder"), 78, "holds no FAMILY/profile.toml"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_the_remedy(words: tuple[str, ...], code: int, said: str) -> None:
    done = prooflight(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_said_so() -> None:
    with virtual("huawei_wap") as port:
        done = prooflight("virtual", "huawei_wap", "--port", port)
    assert done.returncode == 69
    assert f"port {port} of 127.0.0.1 cannot be used" in done.stderr


def test_profiles_are_listed_checked_and_proven() -> None:
    listed = json.loads(prooflight("profile", "list", "--json").stdout)["profiles"]
    assert [row["family"] for row in listed] == list(families())
    assert json.loads(prooflight("profile", "lint", "--json").stdout) == {"fine": list(families())}
    tested = prooflight("profile", "test", "dasan_znid")
    assert tested.returncode == 0
    assert tested.stdout.splitlines()[-1] == "4 of 4 read as they must be"


def test_a_capture_that_reads_otherwise_ends_with_3(tmp_path: Path) -> None:
    home = tmp_path / "dasan_znid"
    for state in ("lit", "dark"):
        (home / "captures" / state).mkdir(parents=True)
        source = ROOT / "firmware_profiles" / "dasan_znid" / "captures" / state
        for name in ("agent.snmprec", "capture.toml"):
            text = (source / name).read_text()
            (home / "captures" / state / name).write_text(text.replace("-20.31 dBm", "-20.13 dBm"))
    profile = ROOT / "firmware_profiles" / "dasan_znid" / "profile.toml"
    (home / "profile.toml").write_text(profile.read_text())
    done = prooflight("profile", "test", "--folder", str(tmp_path))
    assert done.returncode == 3
    assert "ont_rx_power_dbm: expected -20.31, got -20.13" in done.stdout
