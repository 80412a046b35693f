"""Cuts the report of an iperf3 run in both directions at once into two plain reports, one a direction; pure.

What a plain report means is interpreted where every report is; nothing is judged or repaired here.
"""

import json
from collections.abc import Mapping
from typing import Any

_REVERSE = "_bidir_reverse"  # iperf3 names the sums of what the far end sends so (iperf 3.7 and newer)


def halves(report: bytes) -> tuple[bytes, bytes]:
    """The downward and the upward half of a report; both are the report itself where it tells only of an error.

    Raises ValueError, LookupError, TypeError or AttributeError where it is not the report of such a run.
    """
    made = json.loads(report)
    if "error" in made:
        return report, report
    return json.dumps(_half(made, _REVERSE)).encode(), json.dumps(_half(made, "")).encode()


def _half(made: Mapping[str, Any], ending: str) -> dict[str, Any]:
    end = dict(made["end"])
    sums = {name: end[name + ending] for name in ("sum_sent", "sum_received")}
    kept = {name: value for name, value in end.items() if not name.startswith(("sum_", "streams"))}
    intervals = [{"sum": interval["sum" + ending]} for interval in made["intervals"]]
    return {"start": made.get("start", {}), "intervals": intervals, "end": kept | sums}
