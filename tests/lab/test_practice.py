"""The training mode by its command: the fault stays hidden, the ordinary commands work on the line, answers count."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]
PROOFLIGHT = [sys.executable, "-m", "agent.cli"]
HINT = "wrong-ont"

pytestmark = pytest.mark.root


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {"XDG_RUNTIME_DIR": str(folder), "LC_ALL": "C.UTF-8"}


def read_until(stream: IO[str], mark: str) -> list[str]:
    lines: list[str] = []
    while not lines or mark not in lines[-1]:
        lines.append(stream.readline())
        assert lines[-1], f"ended before {mark!r}: {lines}"
    return lines


def test_a_trainee_looks_at_the_line_and_answers(root: None, tmp_path: Path) -> None:
    command = [*PROOFLIGHT, "virtual-line", HINT, "--practice", "--seed", "7"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(tmp_path)
    ) as line:
        assert line.stdin is not None and line.stdout is not None
        said = read_until(line.stdout, "what is wrong?")
        assert not [words for words in said if HINT in words], "the fault is hidden"
        check, read = (next(words for words in said if f"prooflight {name}" in words) for name in ("check", "read"))
        looked = subprocess.run(
            [*PROOFLIGHT, "check", "link", "ont", "--json", *check.split()[2:]],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
        serial = {m["quantity"]: m["value"] for m in json.loads(looked.stdout)}["ont_pon_serial"]
        asked = subprocess.run([*PROOFLIGHT, *read.split()[1:]], capture_output=True, text=True, cwd=ROOT, check=True)
        assert serial in asked.stdout
        line.stdin.write("wrong_ount\n")
        line.stdin.flush()
        assert "'wrong_ount': name a cause of the list" in read_until(line.stdout, "name a cause")[-1]
        rest, _ = line.communicate("dns_wrong wrong_ont\n")
    assert line.returncode == 1
    assert "among your three answers: it is This is not the ONT that was ordered [wrong_ont]" in rest
    assert "the product names 1: This is not the ONT that was ordered [wrong_ont]" in rest and serial in rest


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("--answer", "nonsense"), 65, "answer 'nonsense': name a cause of the list"),
        (("--answer", "1 2 3 4"), 65, "4 answers; give one to 3"),
        ((), 65, "no answer came; type one, or give --answer"),
    ],
)
def test_without_an_answer_it_ends_in_one_line(
    root: None, tmp_path: Path, words: tuple[str, ...], code: int, complaint: str
) -> None:
    command = [*PROOFLIGHT, "virtual-line", "--practice", "--seed", "3", *words]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(tmp_path),
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert complaint in done.stderr
