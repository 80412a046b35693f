"""The child that prints: an HTML page in, a PDF out, by WeasyPrint; it fetches nothing, from a network or a disk.

A character that the font has no letter for is spelt by its number, so that no box ever stands for it.
"""

import base64
import ctypes
import json
import subprocess
import sys
from typing import Any

FAMILY = "WenQuanYi Micro Hei"
_PART = 1 << 16
_DPI, _JPEG_QUALITY = 200, 85  # of photographs, which come with ten times as many points as paper shows


def main() -> int:
    """Read one request, answer with the PDF in parts, or with what this machine lacks."""
    page = str(json.loads(sys.stdin.readline())["page"])
    try:
        letters = letters_of(font_file())
        printed = base64.b64encode(_print(spelt(page, letters))).decode()
    except _Lacking as lacking:
        print(json.dumps({"lacking": lacking.what}))
        return 0
    for begin in range(0, len(printed), _PART):
        print(json.dumps({"part": printed[begin : begin + _PART]}))
    return 0


class _Lacking(Exception):
    """Something that printing needs is not on this machine."""

    def __init__(self, what: str) -> None:
        self.what = what


def font_file() -> str:
    """The file of the report's font, as fontconfig knows it."""
    command = ["fc-match", "--format=%{family}\n%{file}", FAMILY]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise _Lacking("font") from error
    family, _, file = told.partition("\n")
    if FAMILY not in family.split(","):
        raise _Lacking("font")
    return file


def letters_of(file: str) -> frozenset[int]:
    """The characters that the first font in a file has letters for."""
    try:
        from fontTools.ttLib import TTFont
    except ImportError as error:
        raise _Lacking("library") from error
    with TTFont(file, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


def spelt(text: str, letters: frozenset[int]) -> str:
    """A text whose every character has a letter: others are written like [U+1F600]."""
    strange = {code for code in map(ord, set(text)) if code > 0x7E and code not in letters}
    return text.translate({code: f"[U+{code:04X}]" for code in strange})


def _print(page: str) -> bytes:
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:  # the library, or the C library behind it
        raise _Lacking("library") from error
    # Pango fills fontconfig's default configuration in a thread beside us; filled already, it leaves that alone.
    ctypes.CDLL("libfontconfig.so.1").FcInit()
    fetcher: Any = URLFetcher(allowed_protocols=["data"])
    made: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(
        pdf_tags=True, pdf_identifier=b"prooflight", dpi=_DPI, jpeg_quality=_JPEG_QUALITY, optimize_images=True
    )
    return made


if __name__ == "__main__":
    sys.exit(main())
