"""The systemd units: hardened, watched, restarted; and what their services tell systemd, heard on a real socket."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.demo_files import write_demo_files
from agent.notify import Notify

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "agent" / "deploy").glob("*.service"))
NAMES = [unit.stem for unit in UNITS]
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="apt-get install systemd")


def directive(unit: Path, name: str) -> str:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)[-1]


def test_every_service_of_the_house_has_its_unit() -> None:
    houses = ("acceptor", "board", "line", "reflector", "station")
    assert [f"prooflight-{name}" for name in houses] == NAMES


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=NAMES)
def test_a_unit_is_exposed_at_most_two_point_nought(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert exposure and float(exposure[1]) <= 2.0, done.stdout


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=NAMES)
def test_systemd_understands_every_line_of_a_unit(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if unit.name in line]
    assert [line for line in ours if not re.search("not executable|not found", line)] == []


@pytest.mark.parametrize("unit", UNITS, ids=NAMES)
def test_a_unit_never_runs_as_root_and_is_watched(unit: Path) -> None:
    assert directive(unit, "User") == "prooflight"
    assert directive(unit, "Type") == "notify" and int(directive(unit, "WatchdogSec")) > 0
    assert directive(unit, "Restart") == "on-failure" and directive(unit, "NoNewPrivileges") == "yes"
    assert directive(unit, "RestartPreventExitStatus") == "64 65 78"


@pytest.mark.parametrize("unit", UNITS, ids=NAMES)
def test_a_unit_holds_no_capability_but_the_one_it_says_why(unit: Path) -> None:
    wanted = "CAP_NET_ADMIN" if unit.stem in ("prooflight-line", "prooflight-reflector") else ""
    assert directive(unit, "AmbientCapabilities") == directive(unit, "CapabilityBoundingSet") == wanted


@pytest.mark.parametrize("unit", UNITS, ids=NAMES)
def test_what_a_unit_starts_is_a_command_that_there_is(unit: Path) -> None:
    program, *words = directive(unit, "ExecStart").split()
    assert program == "/opt/prooflight/current/bin/prooflight"
    done = subprocess.run(
        [sys.executable, "-m", "agent.cli", *words, "--help"], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A service manager's end of the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(60)
        yield line


def test_signs_of_life_go_out_four_times_in_the_time_allowed(manager: socket.socket) -> None:
    now = [100.0]
    environ = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "8000000"}
    notify = Notify(environ, lambda: now[0])
    for now[0] in (100.0, 100.5, 101.9, 102.0, 103.0, 104.1):
        notify.beat()
    notify.status("two\nlines  of words")
    notify.stopping()
    heard = [manager.recv(4096).decode() for _ in range(5)]
    assert heard == ["WATCHDOG=1"] * 3 + ["STATUS=two lines of words", "STOPPING=1"]


def test_an_abstract_socket_is_reached_as_well() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind("")  # the kernel chooses an abstract name
        line.settimeout(60)
        Notify({"NOTIFY_SOCKET": "@" + line.getsockname()[1:].decode()}, lambda: 0.0).ready("serving")
        assert line.recv(4096) == b"READY=1\nSTATUS=serving"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NOTIFY_SOCKET": "/nonexistent/socket", "WATCHDOG_USEC": "1"},
        {"NOTIFY_SOCKET": "", "WATCHDOG_USEC": "soon"},
    ],
    ids=["not under systemd", "a socket that is gone", "odd words"],
)
def test_without_a_manager_nothing_is_told_and_nothing_fails(environ: dict[str, str]) -> None:
    notify = Notify(environ, lambda: 0.0)
    notify.ready("x")
    notify.beat()
    notify.stopping()


def test_a_station_tells_that_it_is_ready_alive_testing_and_stopping(tmp_path: Path, manager: socket.socket) -> None:
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=9, interface="lo", namespace="")
    told = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "100000", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(tmp_path / "station.toml")]
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL)
    try:
        heard = until(manager, "READY=1")
        assert "WATCHDOG=1" not in heard, "only the main loop may say that it is alive"
        until(manager, "WATCHDOG=1")
        example = json.loads((ROOT / "agent" / "examples" / "install.json").read_text())
        part = tmp_path / "state" / "inbox" / "o.part"
        part.write_text(json.dumps(example | {"services": [{"type": "voice"}], "reflectors": []}))
        part.rename(part.with_suffix(".json"))
        until(manager, "STATUS=work order WO-2026-000117: testing")
        heard = until(manager, "STATUS=work order WO-2026-000117: inconclusive")
        assert "WATCHDOG=1" in heard, "a test that goes on is alive"
        process.send_signal(signal.SIGTERM)
        until(manager, "STOPPING=1")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def until(manager: socket.socket, wanted: str) -> list[str]:
    heard: list[str] = []
    for _ in range(5000):
        news = manager.recv(4096).decode().splitlines()
        heard += news
        if any(wanted in line for line in news):
            return heard
    raise AssertionError(f"{wanted} was not told")
