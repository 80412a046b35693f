"""Bar codes and QR codes in a photograph, read by a child process: a picture is hostile bytes like an ONT's answers."""

import base64
import threading
from typing import Any

from agent.photograph import format_of
from diagnostics.child import MEBIBYTE, Bounds, run_child
from diagnostics.measurement import sanitised

MOST = 12
_BOUNDS = Bounds(deadline_s=20.0, output_bytes=256 << 10, memory_bytes=1024 * MEBIBYTE)
_one_at_a_time = threading.Lock()


class CodesUnread(Exception):
    """A photograph could not be looked into; the text is a code that the page has words for."""


def codes_in(raw: bytes) -> list[dict[str, str]]:
    """The codes in a photograph, each with `format` and `text`, the largest first; none where none can be read.

    Raises PhotographError where it is no photograph, CodesUnread where it cannot be looked into.
    """
    if format_of(raw, "photograph") == "heic":
        raise CodesUnread("heic")
    found: list[dict[str, Any]] = []
    request = {"picture": base64.b64encode(raw).decode()}
    with _one_at_a_time:
        ending = run_child("agent.web.codes_child", request, bounds=_BOUNDS, on_line=found.append)
    if ending.kind != "done" or any("broken" in line for line in found):
        raise CodesUnread("broken_picture")
    codes = [{"format": str(line["format"]), "text": sanitised(str(line["text"]), 4000)} for line in found]
    return codes[:MOST]
