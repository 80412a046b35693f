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
    """What can be read in the picture as it is, else in one with its contrast stretched, else in one made sharper."""
    from PIL import ImageFilter, ImageOps

    ways: tuple[Callable[[], Any], ...] = (
        lambda: picture,
        lambda: ImageOps.autocontrast(picture, cutoff=2),
        lambda: ImageOps.autocontrast(picture.filter(ImageFilter.MedianFilter(3)), cutoff=5),
    )
    for way in ways:
        found = sorted(_read(way()), key=lambda each: -each[0])
        if found:
            yield from (told for _, told in found)
            return


def _read(picture: Any) -> Iterator[tuple[float, dict[str, str]]]:
    import zxingcpp

    seen = set()
    for code in zxingcpp.read_barcodes(picture):
        place = code.position
        wide = abs(place.top_right.x - place.top_left.x) + abs(place.top_right.y - place.top_left.y)
        kind = str(code.format).rpartition(".")[2]
        if code.valid and code.text and (kind, code.text) not in seen:
            seen.add((kind, code.text))
            yield wide, {"format": kind, "text": code.text}


if __name__ == "__main__":
    main()
