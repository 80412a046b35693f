"""The station's own salts, for what no signed order has salted: they follow from one secret in a private file.

The same field of the same order so keeps its salt over attempts and restarts. Where the file is lost, new ones begin.
"""

import os
import threading
from pathlib import Path

from agent.commitment import Salt, salts
from agent.disk import Disk
from diagnostics.errors import NotAvailable

_SECRET_BYTES = 32
_making = threading.Lock()


def station_salts(state_dir: Path, of: str) -> Salt:
    """The salts of this station for one order, which is named by its digest."""
    path = state_dir / "salts.secret"
    try:
        with _making:  # two threads of a station must not each make one
            if not path.exists():
                Disk().replace(path, os.urandom(_SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise NotAvailable(f"{path}: {error.strerror}; make it readable and writable for this user alone") from error
    if len(secret) != _SECRET_BYTES:
        raise NotAvailable(f"{path}: must hold {_SECRET_BYTES} bytes; remove it, and a new one is made")
    made = salts(secret)
    return lambda name: made(f"{of} {name}")
