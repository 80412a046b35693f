"""The child that decodes one picture and prints each code it finds as a JSON line; it never writes a file.

A picture that states absurd dimensions is refused before it is unpacked.
"""

import base64
import io
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

_MOST_PIXELS = 120_000_000
_TURNS = (0, 22, -22, 45, -45)  # a bar code is read within about 12 degrees of level or upright
_SQUARE = ("QRCode", "DataMatrix", "Aztec", "MicroQRCode", "RMQRCode", "MaxiCode")
_SIDE = 3200  # larger pictures are made smaller first; a label that fills a tenth of one is still read


def main() -> None:
    """Read one request, print what is found."""
    request = json.loads(sys.stdin.readline())
    try:
        picture = _opened(base64.b64decode(request["picture"]))
    except Exception:  # whatever a decoder trips over: it is not a picture that can be read
        print(json.dumps({"broken": True}))
        return
    for found in _codes(picture):
        print(json.dumps(found), flush=True)


def _opened(raw: bytes) -> Any:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    picture = Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP"))
    if picture.width * picture.height > _MOST_PIXELS:
        raise ValueError("too many pixels")
    picture.draft("L", (_SIDE, _SIDE))
    picture.thumbnail((_SIDE, _SIDE))
    return ImageOps.exif_transpose(picture.convert("L"))


def _codes(picture: Any) -> Iterator[dict[str, str]]:
    """What can be read in the picture as it is, else in one with its contrast stretched, else in one without grain."""
    from PIL import ImageFilter, ImageOps

    ways: tuple[Callable[[], Any], ...] = (
        lambda: picture,
        lambda: ImageOps.autocontrast(picture, cutoff=2),
        lambda: ImageOps.autocontrast(picture.filter(ImageFilter.MedianFilter(3)), cutoff=5),
    )
    for way in ways:
        if found := _turned(way()):
            yield from found
            return


def _turned(picture: Any) -> list[dict[str, str]]:
    """The codes of a picture, the widest first; it is turned until a bar code is read, which must lie nearly level."""
    found: dict[tuple[str, str], float] = {}
    for degrees in _TURNS:
        turned = picture.rotate(degrees, expand=True, fillcolor=128) if degrees else picture
        read = list(_read(turned))
        for wide, kind, text in read:
            found.setdefault((kind, text), wide)
        if any(kind not in _SQUARE for _, kind, _ in read):
            break
    ranked = sorted(found, key=lambda each: -found[each])
    return [{"format": kind, "text": text} for kind, text in ranked]


def _read(picture: Any) -> Iterator[tuple[float, str, str]]:
    import zxingcpp

    for code in zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain):
        place = code.position
        wide = abs(place.top_right.x - place.top_left.x) + abs(place.top_right.y - place.top_left.y)
        kind = str(code.format).rpartition(".")[2].replace(" ", "")  # one spelling in all versions
        if code.valid and code.text:
            yield wide, kind, code.text


if __name__ == "__main__":
    main()
