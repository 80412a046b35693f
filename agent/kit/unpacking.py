"""A kit's files as a folder that profiles and criteria are read from: made of the kit, and made again where it is not.

The folder proves nothing and need not survive a power cut; each use compares it with the kit byte by byte.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from diagnostics.errors import NotAvailable


def unpack(files: Mapping[str, bytes], folder: Path) -> Path:
    """Let a folder hold exactly these files, by path, and return it."""
    try:
        if _held(folder) != files:
            shutil.rmtree(folder, ignore_errors=True)
            for path, raw in files.items():
                target = folder / path
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(raw)
    except OSError as error:
        raise NotAvailable(f"{folder}: a kit cannot be unpacked: {error.strerror}; free some space") from error
    return folder


def _held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if not path.is_dir()}
