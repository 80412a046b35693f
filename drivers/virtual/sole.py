"""At most one of a kind on this machine: a locked file that names its owner's process, so that it can be told to end.

The lock is the kernel's and goes with its owner, however that ends; only the owner of a held lock is ever signalled.
"""

import contextlib
import fcntl
import os
import select
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from diagnostics.errors import NotAvailable

_END_S = 15.0


def folder(environment: Mapping[str, str]) -> Path:
    """Where such files lie: in the session's own run folder where it has one, else in /run."""
    return Path(environment.get("XDG_RUNTIME_DIR") or "/run") / "prooflight"


@contextlib.contextmanager
def sole(path: Path, what: str) -> Iterator[None]:
    """Be the one owner as long as the context lasts. NotAvailable where another one is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = _lock(path)
    except BlockingIOError as error:
        raise NotAvailable(f"{what} runs already (process {_owner(path)}); stop it first") from error
    except OSError as error:
        raise NotAvailable(f"{path}: {error.strerror}; make its folder writable") from error
    try:
        os.ftruncate(held, 0)
        os.write(held, f"{os.getpid()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(held)


def _lock(path: Path) -> int:
    """The locked file; one that its last owner took away meanwhile does not count."""
    while True:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise
        if os.fstat(held).st_nlink:
            return held
        os.close(held)


def _owner(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip() or "just starting"
    return "just ending"


def stop(path: Path, what: str) -> int:
    """End the owner and wait until it is gone; returns its process id. NotAvailable where there is none."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # somebody holds it: it lives
    except OSError:
        raise NotAvailable(f"no {what} runs") from None
    else:
        raise NotAvailable(f"no {what} runs")
    owner = _owner(path)
    if not owner.isdigit():
        raise NotAvailable(f"the {what} is {owner}; try again")
    _end(int(owner), what)
    return int(owner)


def _end(owner: int, what: str) -> None:
    try:
        process = os.pidfd_open(owner)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        if not select.select([process], [], [], _END_S)[0]:
            raise NotAvailable(f"the {what} (process {owner}) does not end; kill it")
    except ProcessLookupError:
        pass  # it went before it was told
    except PermissionError:
        raise NotAvailable(f"the {what} (process {owner}) is another user's; stop it as that user") from None
    finally:
        os.close(process)
