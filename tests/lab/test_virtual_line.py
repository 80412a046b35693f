"""`prooflight virtual-line` as a person or a script meets it: one at a time, told how to enter, gone without trace."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "agent.cli", "virtual-line"]
PATIENCE_S = 60
CONNECT = "import socket, sys; print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 30).recv(8))"

pytestmark = pytest.mark.root


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"XDG_RUNTIME_DIR": str(folder)}


def virtual_line(folder: Path, *words: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, *COMMAND, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(folder), check=False)


@contextmanager
def standing(folder: Path, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, Any]]]:
    """A line that stands, and what it said of itself."""
    command = [*COMMAND, "--json", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment(folder)) as owner:
        try:
            assert owner.stdout is not None
            yield owner, json.loads(owner.stdout.readline())
        finally:
            owner.kill()


def residents(told: dict[str, Any]) -> list[int]:
    """A handle on every process that lives in one of the line's namespaces."""
    inodes = {os.stat(path).st_ino for path in told["namespaces"].values()}  # noqa: PTH116
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if (path / "ns" / "net").stat().st_ino in inodes:
                found.append(os.pidfd_open(int(path.name)))
        except OSError:
            continue
    return found


def gone(handles: list[int]) -> bool:
    """Whether all of them end in time."""
    try:
        return all(select.select([handle], [], [], PATIENCE_S)[0] for handle in handles)
    finally:
        for handle in handles:
            os.close(handle)


def test_it_says_how_to_enter_and_its_ont_and_reflectors_answer(root: None, tmp_path: Path) -> None:
    with standing(tmp_path, "--down", "100", "--up", "50") as (_, told):
        assert told["shaped_mbit"] == {"down": 100, "up": 50}
        assert told["payload_mbps"] == {"down": 95.641, "up": 47.82}
        assert set(told["namespaces"]) == {"station", "home", "ont", "access", "core", "network"}
        enter = told["enter"].split()
        probe = [*enter, sys.executable, "-c", CONNECT, told["addresses"]["ont"], "23"]
        assert subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip() not in ("", "b''")
        for name in ("reflector", "second reflector"):
            iperf = [*enter, "iperf3", "-J", "-c", told["addresses"][name], "-t", "1"]
            made = json.loads(subprocess.run(iperf, capture_output=True, text=True, check=True).stdout)
            assert made["end"]["sum_received"]["bytes"] > 0


def test_there_is_one_at_a_time_and_stop_ends_it_with_all_its_processes(root: None, tmp_path: Path) -> None:
    with standing(tmp_path) as (owner, told):
        second = virtual_line(tmp_path)
        assert second.returncode == 69
        assert second.stderr.strip().endswith(f"runs already (process {owner.pid}); stop it first")
        handles = residents(told)
        assert len(handles) >= 9, "six hosts, two reflectors and an ONT"
        assert virtual_line(tmp_path, "stop").stdout.strip() == f"virtual line ended (process {owner.pid})"
        assert owner.wait(PATIENCE_S) == 0
        assert gone(handles)
    assert list((tmp_path / "prooflight").iterdir()) == []
    again = virtual_line(tmp_path, "stop")
    assert (again.returncode, again.stderr) == (69, "prooflight virtual-line: no virtual line runs\n")


def test_a_crash_of_its_owner_leaves_no_process_and_no_lock(root: None, tmp_path: Path) -> None:
    with standing(tmp_path, "--delay", "5", "--cross", "1", "--loss", "0.01", "--mtu", "1400") as (owner, told):
        handles = residents(told)
        assert len(handles) >= 10
        owner.send_signal(signal.SIGKILL)
        assert gone(handles)
    assert virtual_line(tmp_path, "stop").returncode == 69
    with standing(tmp_path) as (_, told):
        assert told["process"] != owner.pid


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("--down", "0"), 65, "--down 0: must be from 0.1 to 10000"),
        (("--loss", "nan"), 65, "--loss nan: must be from 0 to 1"),
        (("--mtu", "9000"), 65, "--mtu 9000: must be from 576 to 1500"),
        (("--delay", "-1"), 65, "--delay -1: must be from 0 to 2000"),
        (("bent",), 65, "'bent' is not a scenario"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, words: tuple[str, ...], code: int, complaint: str
) -> None:
    done = virtual_line(tmp_path, *words)
    assert done.returncode == code
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_without_the_right_to_make_namespaces_it_says_so(root: None, tmp_path: Path) -> None:
    powerless = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-all")
    done = virtual_line(tmp_path, prefix=powerless)
    assert (done.returncode, done.stderr.count("\n")) == (69, 1)
    assert "run as root" in done.stderr
