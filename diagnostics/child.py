"""Runs an instrument as a short-lived child process: one JSON line in, JSON lines out, and an end that always comes.

Every byte from a hostile peer is parsed in such a child. Whatever the child does - hang, crash, flood, eat memory - the
parent gets the lines that were whole and one Ending that says how it went, no later than the deadline. A child whose
parent was killed has time to give back what it holds, and ends at the deadline all the same.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

MEBIBYTE = 1 << 20
_ORPHAN_S = 2.0  # what a child whose parent was killed may live beyond its deadline
EndingKind = Literal["done", "deadline", "crashed", "flooded", "unstartable", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a child ended, with the last of what it wrote on standard error."""

    kind: EndingKind
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a child may use at most: seconds of wall time, bytes of output, bytes of address space."""

    deadline_s: float
    output_bytes: int = 4 * MEBIBYTE
    memory_bytes: int = 512 * MEBIBYTE


def never() -> bool:
    """A run that nobody cancels."""
    return False


def namespace_prefix(namespace: str) -> tuple[str, ...]:
    """The command words that start a program inside a network namespace; none for our own.

    A namespace is the name that `ip netns` gave it, the path of its file, or, with a slash at its end, the path of a
    folder with the files `net` and `user`, as a process has it: the owner of that user namespace needs no capability.
    """
    if not namespace:
        return ()
    if namespace.endswith("/"):
        return ("nsenter", f"--user={namespace}user", "--preserve-credentials", f"--net={namespace}net", "--")
    path = namespace if namespace.startswith("/") else f"/run/netns/{namespace}"
    return ("nsenter", f"--net={path}", "--")


def run_child(
    module: str,
    request: Mapping[str, Any],
    *,
    bounds: Bounds,
    on_line: Callable[[dict[str, Any]], None],
    prefix: Sequence[str] = (),
    cancelled: Callable[[], bool] = never,
    until: Callable[[], bool] | None = None,
) -> Ending:
    """Run `python -m module` with the request on its standard input and hand each JSON line it prints to `on_line`.

    The child leads a process group of its own, which is killed as a whole when this returns or raises. With `until` its
    standard input stays open, and is closed once that says so: a child that watches something then ends by itself.
    """
    limits = (str(bounds.memory_bytes), str(bounds.deadline_s + _ORPHAN_S))
    command = [*prefix, sys.executable, "-m", "diagnostics.child_start", *limits, module]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return Ending(kind="unstartable", detail=f"{command[0]}: {error.strerror}")
    try:
        return _converse(process, request, bounds, on_line, cancelled, until)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _converse(
    process: "subprocess.Popen[bytes]",
    request: Mapping[str, Any],
    bounds: Bounds,
    on_line: Callable[[dict[str, Any]], None],
    cancelled: Callable[[], bool],
    until: Callable[[], bool] | None,
) -> Ending:
    assert process.stdin and process.stdout and process.stderr
    _tell(process.stdin, request)
    poll_s = 0.2 if until is None else 0.05
    deadline = time.monotonic() + bounds.deadline_s
    pending, words, total = b"", b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        selector.register(process.stderr, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return Ending(kind="deadline", detail=f"no end within {bounds.deadline_s:g} s")
            if cancelled():
                return Ending(kind="cancelled")
            if until is None or until():
                _close(process.stdin)
            for key, _ in selector.select(min(left, poll_s)):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    words = (words + chunk)[-4096:]
                else:
                    total += len(chunk)
                    *lines, pending = (pending + chunk).split(b"\n")
                    for line in lines:
                        if not _deliver(line, on_line):
                            return Ending(kind="crashed", detail="wrote a line that is not JSON")
                    if total > bounds.output_bytes:
                        return Ending(kind="flooded", detail=f"more than {bounds.output_bytes} bytes of output")
    return _ending(process, deadline, words)


def _tell(stdin: IO[bytes], request: Mapping[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # it ended before it was asked; how, its exit status says
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()


def _close(stdin: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        stdin.close()


def _deliver(line: bytes, on_line: Callable[[dict[str, Any]], None]) -> bool:
    try:
        made = json.loads(line)
    except ValueError:
        return False
    if not isinstance(made, dict):
        return False
    on_line(made)
    return True


def _ending(process: "subprocess.Popen[bytes]", deadline: float, words: bytes) -> Ending:
    try:
        status = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return Ending(kind="deadline", detail="closed its output and did not end")
    if status == 0:
        return Ending(kind="done")
    return Ending(kind="crashed", detail=f"exit {status}: {_last(words.decode(errors='replace').strip().splitlines())}")


def _last(lines: Sequence[str]) -> str:
    """What a child said last; of the long account of a native crash the kind of it, and where."""
    crash = next((place for place, line in enumerate(lines) if line.startswith("Fatal Python error: ")), None)
    if crash is None:
        return lines[-1] if lines else "no word"
    where = next((line.strip() for line in lines[crash:] if line.startswith("  File ")), "nowhere in Python")
    return f"{lines[crash]}, {where}"
