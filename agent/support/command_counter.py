"""The number of a command: greater than every one before it on this machine, and on the disk before it is used.

It begins with the milliseconds of this machine's clock, so that a second machine of the same person, or a lost file,
comes out above what the station knows. A clock that goes back changes nothing: then the last number plus one is taken.
"""

import fcntl
import os
from pathlib import Path

from agent.disk import REAL
from agent.toml_table import ConfigError

_DIGITS = 15
MOST = 10**_DIGITS - 1


def next_number(path: Path, wall_ms: int) -> int:
    """Take the next number; ConfigError where the file cannot be read, written, or holds something else."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name a file of your own with [support] counter") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # two commands of one person at once
        made: int = max(_last(path, os.read(descriptor, 64)) + 1, min(wall_ms, MOST // 2))
        os.pwrite(descriptor, f"{made:0{_DIGITS}d}\n".encode(), 0)  # always as long: never torn into a smaller one
        os.fdatasync(descriptor)
        REAL.sync_directory(path.parent)
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; nothing was sent; free some space or name another file"
        ) from error
    finally:
        os.close(descriptor)
    return made


def _last(path: Path, raw: bytes) -> int:
    """The number that a file holds; 0 where it is new."""
    text = raw.decode("ascii", errors="replace").strip()
    if not text:
        return 0
    if not (text.isdecimal() and text.isascii()) or int(text) >= MOST:
        raise ConfigError(f"{path}: holds no number of a command; take the file away")
    return int(text)
