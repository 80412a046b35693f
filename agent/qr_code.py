"""A short text as a QR code: a picture (SVG) that prints sharp at any size, the same bytes for the same text."""

import io
from pathlib import Path

from agent.disk import Disk
from diagnostics.errors import NotAvailable


def svg(text: str) -> bytes:
    """The picture of a text, with the quiet zone that readers need; error correction M."""
    import segno

    picture = io.BytesIO()
    segno.make(text, error="m", boost_error=False, micro=False).save(
        picture, kind="svg", scale=4, border=4, light="white", xmldecl=True, svgclass=None, lineclass=None
    )
    return picture.getvalue()


def save(path: Path, text: str) -> None:
    """Put the picture of a text into a file, whole or not at all."""
    try:
        Disk().replace(path, svg(text))
    except OSError as error:
        raise NotAvailable(f"{path}: the QR code cannot be written: {error.strerror}; name another file") from error
