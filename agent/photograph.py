"""A photograph as evidence: what kind of picture a file is, by its first bytes; pure, and never decoded here.

Only its SHA-256 is told. The file itself stays on the station, as it came from the camera.
"""

from diagnostics.errors import BadInput

MOST_BYTES = 16 << 20
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # ISO/IEC 23008-12


class PhotographError(BadInput):
    """A file is no photograph that can be evidence; the message says what may be."""


def format_of(raw: bytes, name: str) -> str:
    """`jpeg`, `png`, `webp` or `heic`; PhotographError where it is none, or larger than 16 MiB."""
    if len(raw) > MOST_BYTES:
        raise PhotographError(f"{name}: is larger than {MOST_BYTES >> 20} MiB; take it at a lower resolution")
    if raw.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "webp"
    if raw[4:8] == b"ftyp" and raw[8:12] in _BRANDS:
        return "heic"
    raise PhotographError(f"{name}: is no photograph; a photograph is JPEG, PNG, WebP or HEIC")
