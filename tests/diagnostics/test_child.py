"""A child always ends, whatever it does, and what it said before that is kept."""

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from diagnostics.child import Bounds, Ending, namespace_prefix, run_child

MEBIBYTE = 1 << 20


def run(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **bounds: Any
) -> tuple[Ending, list[dict[str, Any]]]:
    (tmp_path / "child_under_test.py").write_text(textwrap.dedent(body))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    lines: list[dict[str, Any]] = []
    limits = Bounds(**{"deadline_s": 20, "output_bytes": MEBIBYTE, "memory_bytes": 256 * MEBIBYTE, **bounds})
    ending = run_child("child_under_test", {"word": "hello"}, bounds=limits, on_line=lines.append)
    return ending, lines


ECHO = "import json, sys\nprint(json.dumps(json.loads(sys.stdin.readline())), flush=True)\n"


@pytest.mark.parametrize(
    ("body", "kind", "bounds"),
    [
        (ECHO, "done", {}),
        (ECHO + "raise SystemExit(3)", "crashed", {}),
        (ECHO + "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashed", {}),
        (ECHO + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "crashed", {}),
        (ECHO + "import time; time.sleep(60)", "deadline", {"deadline_s": 1}),
        (ECHO + "import os, time; os.close(1); os.close(2); time.sleep(60)", "deadline", {"deadline_s": 1}),
        (ECHO + "while True: print('{}')", "flooded", {"output_bytes": 10_000}),
        (ECHO + "print('x' * 100_000, end='')", "flooded", {"output_bytes": 10_000}),
        (ECHO + "bytearray(10 ** 9)", "crashed", {}),
        (ECHO + "print('not json')", "crashed", {}),
        (ECHO + "print('[1]')", "crashed", {}),
    ],
    ids=[
        "good",
        "exit",
        "signal",
        "killed",
        "hang",
        "closed",
        "lines",
        "no line end",
        "memory",
        "no json",
        "no object",
    ],
)
def test_however_it_ends_its_whole_lines_are_kept(
    body: str, kind: str, bounds: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, lines = run(body, tmp_path, monkeypatch, **bounds)
    assert ending.kind == kind
    assert lines[0] == {"word": "hello"}


def test_what_a_child_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = ECHO + "import subprocess, sys\np = subprocess.Popen(['sleep', '60'])\nprint('{\"pid\": %d}' % p.pid)"
    _, lines = run(body, tmp_path, monkeypatch, deadline_s=1)
    with pytest.raises(ProcessLookupError):
        for _ in range(1000):  # the kernel reaps it; init may need a moment
            os.kill(lines[1]["pid"], 0)
            state = Path(f"/proc/{lines[1]['pid']}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                raise ProcessLookupError


def test_the_last_word_of_a_crash_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending, _ = run("raise ValueError('so it was')", tmp_path, monkeypatch)
    assert "so it was" in ending.detail


def test_a_crash_of_native_code_names_the_line_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending, _ = run("import ctypes\nctypes.string_at(0)", tmp_path, monkeypatch)
    assert ending.detail.startswith("exit -11: Fatal Python error: Segmentation fault, File ")


def test_a_running_child_can_be_cancelled() -> None:
    ending = run_child("timeit", {}, bounds=Bounds(deadline_s=60), on_line=lambda line: None, cancelled=lambda: True)
    assert ending.kind == "cancelled"


def test_a_starter_that_is_not_there_is_said() -> None:
    ending = run_child("json", {}, bounds=Bounds(deadline_s=5), on_line=lambda line: None, prefix=["/no/such/starter"])
    assert ending.kind == "unstartable"
    assert "/no/such/starter" in ending.detail


def test_a_namespace_is_named_or_a_path() -> None:
    assert namespace_prefix("") == ()
    assert namespace_prefix("line") == ("nsenter", "--net=/run/netns/line", "--")
    assert namespace_prefix("/proc/1/ns/net") == ("nsenter", "--net=/proc/1/ns/net", "--")


def test_a_child_whose_parent_was_killed_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = "import json, os, time\nprint(json.dumps({'pid': os.getpid()}), flush=True)\nwhile True: time.sleep(60)"
    (tmp_path / "orphan_under_test.py").write_text(orphan)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    parent = (
        "from diagnostics.child import Bounds, run_child\n"
        "tell = lambda line: print(line['pid'], flush=True)\n"
        "run_child('orphan_under_test', {}, bounds=Bounds(deadline_s=1), on_line=tell)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        orphan_end = os.pidfd_open(pid)
        running.kill()
    ended: list[int] = []
    try:
        ended, _, _ = select.select([orphan_end], [], [], 60)
        assert ended
    finally:
        if not ended:
            os.kill(pid, signal.SIGKILL)
        os.close(orphan_end)
