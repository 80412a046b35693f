"""Reads iperf3's JSON report: what the receiver counted, or why there is no figure; pure.

Versions from 3.12 on, whole or as a stream of events. A report with absurd numbers is refused, never repaired.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from diagnostics.both_ways import halves
from diagnostics.instruments import BothWays, Direction, Run, Second
from diagnostics.iperf3_errors import failure_of
from diagnostics.measurement import Failure, sanitised

_ILL_FORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)


def interpret(report: bytes, direction: Direction) -> Run | Failure:
    """What iperf3's JSON report says; a failure from the closed list where it reports an error or is not whole."""
    try:
        made = _whole(report)
        if "error" in made:
            return failure_of(str(made["error"]))
        end = made["end"]
        run = Run(
            payload_bytes=_count(end["sum_received"]["bytes"]),
            us=_microseconds(end["sum_received"]["seconds"]),
            seconds=tuple(_second(interval) for interval in made["intervals"]),
            retransmits=_retransmits(end),
            congestion_control=sanitised(str(end.get("sender_tcp_congestion", "")), 16),
            raw=report,
        )
        _plausible(run, end, direction)
    except _ILL_FORMED as error:
        return _unparseable(error)
    return run


def interpret_both(report: bytes) -> BothWays | Failure:
    """What the report of a run in both directions says; a failure as `interpret` names it, also where half is."""
    try:
        first, second = halves(report)
    except _ILL_FORMED as error:
        return _unparseable(error)
    down, up = interpret(first, "down"), interpret(second, "up")
    if isinstance(down, Failure):
        return down
    return up if isinstance(up, Failure) else BothWays(down=replace(down, raw=report), up=replace(up, raw=report))


def capped(report: bytes, window_bytes: int) -> Failure | None:
    """The failure of a run whose socket buffers are smaller than asked for: what it measured was another window."""
    if not window_bytes:
        return None
    try:
        start = json.loads(report)["start"]
        got = [_count(start[name]) // 2 for name in ("sndbuf_actual", "rcvbuf_actual")]  # Linux tells twice the buffer
    except _ILL_FORMED as error:
        return _unparseable(error)
    if min(got) >= window_bytes:
        return None
    words = f"the kernel gives {min(got)} B of the window of {window_bytes} B: raise net.core.rmem_max and wmem_max"
    return Failure(kind="instrument_limit", stage="iperf3", detail=words)


def _unparseable(error: Exception) -> Failure:
    return Failure(kind="unparseable", stage="iperf3", detail=f"report: {type(error).__name__}: {error}")


def _whole(report: bytes) -> Mapping[str, Any]:
    """The report as one object, also where it came as a stream of events (`--json-stream`, iperf3 3.17)."""
    text = report.decode()
    try:
        made = json.loads(text)
    except ValueError:
        events = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        if "event" not in made:
            return dict(made)
        events = [made]
    found: dict[str, Any] = {"intervals": [event["data"] for event in events if event["event"] == "interval"]}
    return found | {event["event"]: event["data"] for event in events if event["event"] in ("end", "error")}


def _plausible(run: Run, end: Mapping[str, Any], direction: Direction) -> None:
    """Refuse what cannot be: no time, more bytes received than were ever sent, none of those that were acknowledged."""
    if run.us == 0:
        raise ValueError(f"no time counted {direction}")
    sent = sum(second.payload_bytes for second in run.seconds)
    if direction == "up" and run.payload_bytes > max(sent, _count(end.get("sum_sent", {}).get("bytes", 0))):
        raise ValueError(f"the reflector claims {run.payload_bytes} bytes, and {sent} were sent")
    later = run.seconds[len(run.seconds) - len(run.seconds) // 2 :]  # by then a dead line has every buffer full
    if direction == "up" and run.payload_bytes == 0 and any(second.payload_bytes for second in later):
        raise ValueError(f"the reflector claims no byte, and {sent} were sent")


def _retransmits(end: Mapping[str, Any]) -> int | None:
    sent = end.get("sum_sent", {})
    return _count(sent["retransmits"]) if "retransmits" in sent else None


def _second(interval: Mapping[str, Any]) -> Second:
    """One interval over all connections; their sum where iperf3 left it out."""
    streams = interval.get("streams", [])
    whole = interval["sum"] if "sum" in interval else streams[0]
    payload = whole["bytes"] if "sum" in interval else sum(_count(stream["bytes"]) for stream in streams)
    us, omitted = _microseconds(whole["seconds"]), bool(whole.get("omitted"))
    if not omitted and "end" in whole:
        # Where the omitting ends before the interval does, iperf3 begins its bytes anew and not its time (3.12).
        us = min(us, _microseconds(whole["end"]))
    return Second(payload_bytes=_count(payload), us=us, omitted=omitted)


def _count(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1e15:
        raise ValueError(f"{number!r} is not a count")
    return int(number)


def _microseconds(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e5:
        raise ValueError(f"{seconds!r} is not a duration")
    return round(seconds * 1e6)
