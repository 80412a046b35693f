"""A virtual ONT of a captured state with some of its words changed, on a port of this host, until killed.

`changed` is pure; the child half is `main`. A change that changes nothing is an error, so that no fault is forgotten.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from diagnostics.host import counters
from drivers.capture import Capture, CaptureError, load_capture
from drivers.profile_file import load_profile
from drivers.virtual.decay import Decay
from drivers.virtual.live import Overlay, overlay
from drivers.virtual.ont import Faults, VirtualOnt
from drivers.virtual.servers import serve

_LAN_PORTS = ("lan1", "lan2")
Edit = tuple[str, str, str]  # the question, what its answer says (a regular expression), what it says instead


def changed(capture: Capture, edits: Iterable[Edit]) -> Capture:
    """The capture with some answers or objects changed. CaptureError where an edit finds nothing to change."""
    answers, records = dict(capture.answers), dict(capture.records)
    for question, pattern, instead in edits:
        said = records[question][1] if question in records else answers.get(question, "")
        if not re.search(pattern, said):
            raise CaptureError(f"{capture.family} {capture.state}: {question!r} does not say {pattern!r}")
        if question in records:
            records[question] = (records[question][0], re.sub(pattern, instead, said))
        else:
            answers[question] = re.sub(pattern, instead, said)
    return replace(capture, answers=answers, records=records)


def _live(capture: Capture, decay: Decay) -> Overlay:
    """Uptime and counters as of now; what is asked for grows with the octets of the LAN ports."""
    begin, uptime = time.monotonic(), capture.values.get("ont_uptime_s", 0)
    uptime_s = float(uptime) if isinstance(uptime, int | float) else 0.0
    restarted_at: list[float] = []

    def growth() -> dict[str, float]:
        now, ports = time.monotonic(), {port: counters(port) for port in _LAN_PORTS}
        if decay.restarts(ports[_LAN_PORTS[0]]) and not restarted_at:
            restarted_at.append(now)
        return decay.grown(ports, now - begin, now - restarted_at[0] if restarted_at else None, uptime_s)

    return overlay(capture, load_profile(capture.family), growth)


def main() -> int:
    """Serve the ONT that the one argument describes until killed."""
    request = json.loads(sys.argv[1])
    capture = changed(load_capture(request["family"], request["state"]), map(tuple, request["edits"]))
    ont = VirtualOnt(
        capture=capture,
        faults=Faults(**request["faults"]),
        live=_live(capture, Decay(**request["decay"])) if capture.resource is None else {},
    )
    ont.open_sessions = 1 if ont.faults.sessions else 0  # the one that it has is somebody else's
    with serve(ont, request["transport"], request["host"], request["port"]):
        print("serving", flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
