"""Fills the line with iperf3 and reports what the receiver counted; libiperf runs in a child, one run a process.

Parent half `Iperf3Child`, child half `main`. The figure comes from iperf3's JSON report only; the rates told while it
runs come from the interface's own counters. A report with absurd numbers is refused, not repaired.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diagnostics.child import Bounds, Ending, namespace_prefix, never, run_child
from diagnostics.instruments import Direction, Run, Second, Window
from diagnostics.line import Reflector
from diagnostics.measurement import Failure, FailureKind
from diagnostics.route import off_line

_SETUP_S = 12.0  # connecting, exchanging results, winding down
_CONNECT_MS = 5000

# iperf3's own words -> what it means and what helps; the first that matches counts (iperf_error.c, 3.12 to 3.18)
_ERRORS: tuple[tuple[str, FailureKind, str], ...] = (
    ("server is busy", "busy", "the reflector is serving another test; try again or name a second reflector"),
    ("connection refused", "refused", "nothing listens there; check the reflector's address and port"),
    ("no route to host", "unreachable", "check the route to the reflector"),
    ("network is unreachable", "unreachable", "check the route to the reflector"),
    ("timed out", "timeout", "the reflector does not answer; check address, port and firewall"),
    ("idle timeout", "timeout", "the data stopped in mid run"),
    ("unable to receive control message", "disturbed", "the reflector closed the control connection"),
    ("control socket has closed", "disturbed", "the reflector closed the control connection"),
    ("unable to receive cookie", "unparseable", "what listens there is not an iperf3 server"),
    ("unable to bind-to-device", "instrument_limit", "binding to the line's interface was not allowed"),
    ("unable to set tcp congestion", "instrument_limit", "load the kernel module of that congestion control"),
    ("name or service not known", "unreachable", "the reflector's name does not resolve; use its address"),
    ("temporary failure in name", "unreachable", "the reflector's name does not resolve; use its address"),
)


class Iperf3Child:
    """The throughput engine on one interface of one network namespace."""

    def __init__(self, interface: str, namespace: str = "", *, cancelled: Callable[[], bool] = never) -> None:
        self._interface = interface
        self._namespace = namespace
        self._cancelled = cancelled

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        """Fill the line in one direction; `on_second` is told the interface's rate in Mbit/s, second by second."""
        stray = off_line(reflector.host, interface=self._interface, namespace=self._namespace)
        if stray is not None:
            return stray
        reports: list[str] = []

        def on_line(line: dict[str, Any]) -> None:
            if "mbps" in line:
                on_second(float(line["mbps"]))
            elif "report" in line:
                reports.append(str(line["report"]))

        request = {
            "direction": direction,
            "host": reflector.host,
            "port": reflector.port,
            "interface": self._interface,
            "discard_s": window.discard_s,
            "average_s": window.average_s,
            "streams": window.streams,
        }
        ending = run_child(
            "diagnostics.iperf3_client",
            request,
            bounds=Bounds(deadline_s=window.discard_s + window.average_s + _SETUP_S, memory_bytes=1 << 30),
            on_line=on_line,
            prefix=namespace_prefix(self._namespace),
            cancelled=self._cancelled,
        )
        return _outcome(ending, reports, direction)


def _outcome(ending: Ending, reports: list[str], direction: Direction) -> Run | Failure:
    if ending.kind == "deadline":
        return Failure(kind="timeout", stage="iperf3", detail=ending.detail)
    if ending.kind != "done" or len(reports) != 1:
        return Failure(kind="instrument_limit", stage="iperf3", detail=ending.detail or "no report")
    return interpret(reports[0].encode(), direction)


def interpret(report: bytes, direction: Direction) -> Run | Failure:
    """What iperf3's JSON report says; a failure from the closed list where it reports an error or is not whole."""
    try:
        made = json.loads(report)
        if "error" in made:
            return _error(str(made["error"]))
        end, received = made["end"], made["end"]["sum_received"]
        run = Run(
            payload_bytes=_count(received["bytes"]),
            us=_microseconds(received["seconds"]),
            seconds=tuple(_second(i["sum"]) for i in made["intervals"]),
            retransmits=_count(end["sum_sent"]["retransmits"]) if "retransmits" in end.get("sum_sent", {}) else None,
            congestion_control=str(end.get("sender_tcp_congestion", "")),
            raw=report,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return Failure(kind="unparseable", stage="iperf3", detail=f"report: {type(error).__name__}: {error}")
    if run.us == 0:
        return Failure(kind="unparseable", stage="iperf3", detail=f"report: no time counted {direction}")
    return run


def _error(words: str) -> Failure:
    for mark, kind, remedy in _ERRORS:
        if mark in words.lower():
            return Failure(kind=kind, stage="iperf3", detail=f"{words}: {remedy}")
    return Failure(kind="disturbed", stage="iperf3", detail=words)


def _count(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1e15:
        raise ValueError(f"{number!r} is not a count")
    return int(number)


def _microseconds(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e5:
        raise ValueError(f"{seconds!r} is not a duration")
    return round(seconds * 1e6)


def _second(interval: dict[str, Any]) -> Second:
    omitted = bool(interval.get("omitted"))
    return Second(payload_bytes=_count(interval["bytes"]), us=_microseconds(interval["seconds"]), omitted=omitted)


def main() -> int:
    """Run one test for the request on standard input; print rates while it runs, the report at its end."""
    request = json.loads(sys.stdin.readline())
    out = os.fdopen(os.dup(1), "w", buffering=1)
    # libiperf prints its report to descriptor 1 as well, and would wait for ever for a full pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    stop = threading.Event()
    teller = threading.Thread(target=_tell, args=(request, out, stop), daemon=True)
    teller.start()
    report = _run(request)
    stop.set()
    teller.join()
    print(json.dumps({"report": report}), file=out)
    return 0


def _run(request: dict[str, Any]) -> str:
    from ctypes import c_char_p, c_int, c_void_p

    import iperf3

    client = iperf3.Client()
    client.server_hostname, client.port = request["host"], request["port"]
    client.duration, client.omit = request["average_s"], request["discard_s"]
    client.num_streams, client.reverse = request["streams"], request["direction"] == "down"
    lib, test = client.lib, client._test
    for setter, value, kind in (
        (lib.iperf_set_test_bind_dev, request["interface"].encode(), c_char_p),
        (lib.iperf_set_test_connect_timeout, _CONNECT_MS, c_int),
    ):
        setter.argtypes, setter.restype = (c_void_p, kind), None
        setter(test, value)
    failed = lib.iperf_run_client(test)
    words = lib.iperf_get_test_json_output_string(test)
    if words:
        return str(words.decode("utf-8", "replace"))
    return json.dumps({"error": client._error_to_string(client._errno) if failed else "iperf3 gave no report"})


def _tell(request: dict[str, Any], out: Any, stop: threading.Event) -> None:
    column = 0 if request["direction"] == "down" else 8
    before, then = _octets(request["interface"], column), time.monotonic()
    while not stop.wait(1.0):
        after, now = _octets(request["interface"], column), time.monotonic()
        print(json.dumps({"mbps": round((after - before) * 8 / (now - then) / 1e6, 1)}), file=out)
        before, then = after, now


def _octets(interface: str, column: int) -> int:
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == interface:
            return int(rest.split()[column])
    return 0


if __name__ == "__main__":
    sys.exit(main())
