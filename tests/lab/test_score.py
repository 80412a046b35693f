"""`prooflight diagnose-score` as a script meets it: lines side by side, one document, no trace when it is killed."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "agent.cli", "diagnose-score"]
PATIENCE_S = 60

pytestmark = pytest.mark.root


def test_a_line_that_is_scored_by_the_command_is_told_in_full(root: None) -> None:
    words = ["ont-wrong-login", "--clean", "0", "--seed", "12", "--jobs", "2", "--json"]
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, cwd=ROOT, check=False)
    told = json.loads(done.stdout)
    (line,) = told["lines"]
    assert line["scenarios"] == ["ont-wrong-login"] and line["seed"] == 12
    assert line["named"][:1] == ["ont_login_refused"], line
    assert done.returncode == 0
    assert told["causes"] == {"ont_login_refused": {"lines": 1, "first": 1, "among_three": 1, "instead": {}}}
    assert told["not_tested"] == 0


def offspring(parent: int) -> Iterator[int]:
    """Every process that descends from one, as the kernel has it now."""
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread ended meanwhile
            for child in map(int, task.read_text().split()):
                yield child
                yield from offspring(child)


def held(parent: int) -> dict[int, int]:
    """A handle on each descendant."""
    handles = {}
    for child in offspring(parent):
        try:
            handles[child] = os.pidfd_open(child)
        except ProcessLookupError:
            continue
    return handles


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_score_that_is_killed_leaves_no_process(root: None, number: signal.Signals) -> None:
    with subprocess.Popen([*COMMAND, "--clean", "2", "dark"], stdout=subprocess.DEVNULL, cwd=ROOT) as owner:
        handles: dict[int, int] = {}
        while len(handles) < 2 * 6:  # two lines and more of six hosts each are being built
            for handle in handles.values():
                os.close(handle)
            assert owner.poll() is None
            handles = held(owner.pid)
        owner.send_signal(number)
        owner.wait(PATIENCE_S)
        try:
            alive = [child for child, handle in handles.items() if not select.select([handle], [], [], PATIENCE_S)[0]]
        finally:
            for handle in handles.values():
                os.close(handle)
    assert alive == []
    assert owner.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)
