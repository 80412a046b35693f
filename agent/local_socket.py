"""The daemon's door on its own machine: a socket in its private folder, by which commands reach a station that serves.

One question, one answer, each a line of JSON; whoever may not read the station's folder cannot ask. Nothing here is
reached by a network.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diagnostics.errors import NotAvailable, ProoflightError

MOST_BYTES = 32 << 20  # a photograph in base64, and an order
_NAME = "daemon.socket"
_PATIENCE_S = 20.0

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Refused(ProoflightError):
    """What the daemon refused, in its own words and with the exit code of its error."""

    def __init__(self, words: str, exit_code: int) -> None:
        super().__init__(words)
        self.exit_code = exit_code


def ask(state_dir: Path, question: dict[str, Any], patience_s: float) -> dict[str, Any] | None:
    """The daemon's answer; None where no daemon has this folder. Raises Refused, NotAvailable where it falls silent."""
    with contextlib.ExitStack() as stack:
        try:
            line = stack.enter_context(socket.socket(socket.AF_UNIX))
            line.settimeout(patience_s + _PATIENCE_S)
            line.connect(stack.enter_context(_place(state_dir)))
        except OSError:
            return None
        try:
            line.sendall(json.dumps(question).encode() + b"\n")
            line.shutdown(socket.SHUT_WR)
            made = json.loads(_whole(line))
        except (OSError, ValueError) as error:
            raise NotAvailable(f"{state_dir}: the station's daemon does not answer; look at its log") from error
    if "refused" in made:
        raise Refused(str(made["refused"]), int(made["exit_code"]))
    return dict(made)


@contextmanager
def listening(state_dir: Path, answer: Answer) -> Iterator[None]:
    """Answer who asks, one after the other, until the block ends. A ProoflightError goes back as a refusal."""
    with contextlib.ExitStack() as stack:
        line = stack.enter_context(socket.socket(socket.AF_UNIX))
        path = stack.enter_context(_place(state_dir))
        with contextlib.suppress(FileNotFoundError):
            Path(path).unlink()  # of a daemon that died; the journal's lock keeps a second one away
        before = os.umask(0o177)
        try:
            line.bind(path)
        except OSError as error:
            raise NotAvailable(f"{state_dir / _NAME}: {error.strerror}; make {state_dir} writable") from error
        finally:
            os.umask(before)
        line.listen(8)
        thread = threading.Thread(target=_serve, args=(line, answer), name="socket", daemon=True)
        thread.start()
        try:
            yield
        finally:
            line.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE_S)
            with contextlib.suppress(OSError):
                Path(path).unlink()


def _serve(line: socket.socket, answer: Answer) -> None:
    while True:
        try:
            asker, _ = line.accept()
        except OSError:
            return
        with asker, contextlib.suppress(OSError):
            asker.settimeout(_PATIENCE_S)
            asker.sendall(json.dumps(_answered(asker, answer)).encode())


def _answered(asker: socket.socket, answer: Answer) -> dict[str, Any]:
    try:
        question = json.loads(_whole(asker))
        return answer(question)
    except ProoflightError as error:
        return {"refused": str(error), "exit_code": error.exit_code}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"refused": "the daemon does not understand; use the command of its own version", "exit_code": 69}


def _whole(line: socket.socket) -> bytes:
    made = bytearray()
    while chunk := line.recv(1 << 16):
        made += chunk
        if len(made) > MOST_BYTES:
            raise ValueError("too long")
    return bytes(made)


@contextmanager
def _place(state_dir: Path) -> Iterator[str]:
    """The socket's path, short enough for the kernel (108 bytes) however long the folder's name is."""
    folder = os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{_NAME}"
    finally:
        os.close(folder)
