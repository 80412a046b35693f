"""A virtual ONT of a captured state with some of its words changed, on a port of this host, until killed.

`changed` is pure; the child half is `main`. A change that changes nothing is an error, so that no fault is forgotten.
"""

import json
import re
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace

from drivers.capture import Capture, CaptureError, load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve

Edit = tuple[str, str, str]  # the question, what its answer says (a regular expression), what it says instead


def changed(capture: Capture, edits: Iterable[Edit]) -> Capture:
    """The capture with some answers changed. CaptureError where an edit finds nothing to change."""
    answers = dict(capture.answers)
    for question, pattern, instead in edits:
        if question not in answers or not re.search(pattern, answers[question]):
            raise CaptureError(f"{capture.family} {capture.state}: {question!r} does not say {pattern!r}")
        answers[question] = re.sub(pattern, instead, answers[question])
    return replace(capture, answers=answers)


def main() -> int:
    """Serve the ONT that the one argument describes until killed."""
    request = json.loads(sys.argv[1])
    capture = changed(load_capture(request["family"], request["state"]), map(tuple, request["edits"]))
    ont = VirtualOnt(capture=capture)
    with serve(ont, request["transport"], request["host"], request["port"]):
        print("serving", flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
