"""Reads a QR code back from its SVG picture: draws the modules, and has an independent reader read them."""

import re

import zxingcpp

_PIXELS = 4  # of each module


def read_qr(svg: bytes) -> str:
    """The text of the one QR code in a picture."""
    text = svg.decode()
    side = int(re.search(r'd="M0 0h(\d+)v', text)[1])  # type: ignore[index]
    drawn = re.search(r'stroke="#000" d="([^"]+)"', text)[1]  # type: ignore[index]
    (found,) = zxingcpp.read_barcodes(_pixels(_dark(drawn), side), formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)


def _dark(drawn: str) -> set[tuple[int, int]]:
    """The dark modules of a path of horizontal strokes: `M x y` first, then `m dx dy` and `h length`."""
    x, y, dark = 0.0, 0.0, set()
    for kind, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", drawn):
        if kind == "M":
            x, y = float(first), float(second)
        elif kind == "m":
            x, y = x + float(first), y + float(second)
        else:
            dark |= {(int(x) + step, int(y)) for step in range(int(first))}
            x += float(first)
    return dark


def _pixels(dark: set[tuple[int, int]], side: int) -> memoryview:
    rows = b"".join(
        bytes(0 if (x // _PIXELS, y // _PIXELS) in dark else 255 for x in range(side * _PIXELS))
        for y in range(side * _PIXELS)
    )
    return memoryview(rows).cast("B", (side * _PIXELS, side * _PIXELS))
