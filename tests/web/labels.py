"""Photographs of labels as a phone takes them: real Code 128 and QR codes on a label, skewed, dark, noisy, as JPEG."""

import io
import random
import struct
import zlib
from typing import Any

SERIAL = "SN:HWTC4D2A9C17"
CABLE = "HZW-7-2-301"


def code(text: str, kind: str = "Code128") -> Any:
    """One code as a picture."""
    import zxingcpp
    from PIL import Image

    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=3)).convert("L")


def photograph(*codes: Any, skew: float = 0.0, dark: float = 1.0, noise: int = 0, blur: float = 0.0) -> bytes:
    """A JPEG of a label with these codes, one below the other, on a grey table."""
    from PIL import Image, ImageFilter

    label = Image.new(
        "L", (max([300, *(each.width for each in codes)]) + 60, sum(each.height + 30 for each in codes) + 90), 250
    )
    top = 40
    for each in codes:
        label.paste(each, (30, top))
        top += each.height + 30
    picture = Image.new("L", (1200, 900), 140)
    turned = label.rotate(skew, expand=True, fillcolor=140, resample=Image.Resampling.BICUBIC)
    if skew:
        turned = _leaning(turned)
    picture.paste(turned, ((1200 - turned.width) // 2, (900 - turned.height) // 2))
    picture = picture.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: int(value * dark))
    return jpeg(_noisy(picture, noise))


def jpeg(picture: Any, kind: str = "JPEG") -> bytes:
    """A picture as the bytes of a file."""
    raw = io.BytesIO()
    picture.convert("RGB").save(raw, kind, quality=80)
    return raw.getvalue()


def _leaning(picture: Any) -> Any:
    """Seen from the side: the right edge is further away."""
    from PIL import Image

    wide, high = picture.size
    quad = (0, 0, 0, high, wide, high + high * 0.06, wide, -high * 0.06)
    return picture.transform(picture.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=140)


def _noisy(picture: Any, noise: int) -> Any:
    if not noise:
        return picture
    from PIL import Image, ImageChops

    source = random.Random(8)
    grain = Image.frombytes(
        "L", picture.size, bytes(source.randrange(2 * noise) for _ in range(picture.width * picture.height))
    )
    return ImageChops.add(picture, grain, offset=-noise)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb() -> bytes:
    """A small PNG that states 60000 by 60000 pixels."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + _chunk(b"IEND", b"")
    )
