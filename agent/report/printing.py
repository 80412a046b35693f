"""Prints the report as PDF in a short-lived child, so that no resident process ever holds the library that does it.

What is missing on this machine is one plain line with its remedy; no page is printed in a font without its letters.
"""

import base64

from diagnostics.child import MEBIBYTE, Bounds, Ending, run_child
from diagnostics.errors import NotAvailable

_BOUNDS = Bounds(deadline_s=180.0, output_bytes=192 * MEBIBYTE, memory_bytes=2048 * MEBIBYTE)
_REMEDIES = {
    "library": "printing needs WeasyPrint; install prooflight[pdf] and Debian's libpangoft2-1.0-0, or take --html",
    "font": "printing needs a font with Chinese; install Debian's fonts-wqy-microhei, or take --html",
}


def pdf(page: str) -> bytes:
    """The page of `html` as PDF, its font within. Raises NotAvailable where this machine cannot print."""
    parts: list[str] = []
    lacking: list[str] = []

    def hear(line: dict[str, str]) -> None:
        parts.append(line.get("part", ""))
        lacking.extend([line["lacking"]] if "lacking" in line else [])

    ending = run_child("agent.report_printer", {"page": page}, bounds=_BOUNDS, on_line=hear)
    if lacking:
        raise NotAvailable(_REMEDIES[lacking[0]])
    if ending.kind != "done":
        raise failed(ending)
    return base64.b64decode("".join(parts))


def failed(ending: Ending) -> NotAvailable:
    """What is said of a child that did not come to its end."""
    return NotAvailable(f"the report could not be printed: {ending.detail}; take --html, and print that")
