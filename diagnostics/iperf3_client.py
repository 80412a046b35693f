"""Fills the line with iperf3 and reports what the receiver counted; libiperf runs in a child, one run a process.

Parent half `Iperf3Child`, child half `main`. The figure comes from iperf3's JSON report only; the rates told while it
runs come from the interface's own counters.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from diagnostics.child import Bounds, Ending, namespace_prefix, never, run_child
from diagnostics.instruments import Approach, BothWays, Direction, Family, Run, Window
from diagnostics.iperf3_report import capped, interpret, interpret_both
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from diagnostics.route import approach, reached

SETUP_S = 12.0  # connecting, exchanging results, winding down
_CONNECT_MS = 5000
_REPORT_BYTES = 1 << 18
_INTERVAL_BYTES = 4096  # what a report says of one connection in one second, both ways, with room to spare


class Iperf3Child:
    """The throughput engine on one interface of one network namespace.

    A run ends at the latest `setup_s` after the seconds that its window takes.
    """

    def __init__(
        self,
        interface: str,
        namespace: str = "",
        *,
        cancelled: Callable[[], bool] = never,
        setup_s: float = SETUP_S,
    ) -> None:
        self._interface = interface
        self._namespace = namespace
        self._cancelled = cancelled
        self._setup_s = setup_s

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        """Look up how a reflector is reached over the line, before a run."""
        return approach(reflector.host, interface=self._interface, namespace=self._namespace, family=family)

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        """Fill the line in one direction; `on_second` is told the interface's rate in Mbit/s, second by second."""
        report = self._report(direction, reflector, window, on_second)
        run = report if isinstance(report, Failure) else interpret(report, direction)
        return run if isinstance(run, Failure) else capped(run.raw, window.window_bytes) or run

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        """Fill the line in both directions at once; `on_second` is told the interface's rate downwards."""
        report = self._report("both", reflector, window, on_second)
        return report if isinstance(report, Failure) else interpret_both(report)

    def _report(
        self, way: Direction | Literal["both"], reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> bytes | Failure:
        address = reached(reflector.host, interface=self._interface, namespace=self._namespace, family=window.family)
        if isinstance(address, Failure):
            return address
        reports: list[str] = []

        def on_line(line: dict[str, Any]) -> None:
            if "mbps" in line:
                on_second(float(line["mbps"]))
            elif "report" in line:
                reports.append(str(line["report"]))

        request = {
            "direction": way,
            "host": address,
            "port": reflector.port,
            "interface": self._interface,
            "discard_s": window.discard_s,
            "average_s": window.average_s,
            "streams": window.streams,
            "congestion_control": window.congestion_control,
            "window_bytes": window.window_bytes,
        }
        ending = run_child(
            "diagnostics.iperf3_client",
            request,
            bounds=self._bounds(window),
            on_line=on_line,
            prefix=namespace_prefix(self._namespace),
            cancelled=self._cancelled,
        )
        return _outcome(ending, reports)

    def _bounds(self, window: Window) -> Bounds:
        run_s = window.discard_s + window.average_s
        return Bounds(
            deadline_s=run_s + self._setup_s,
            output_bytes=_REPORT_BYTES + _INTERVAL_BYTES * window.streams * (run_s + 2),
            memory_bytes=1 << 30,
        )


def _outcome(ending: Ending, reports: list[str]) -> bytes | Failure:
    if ending.kind == "deadline":
        words = f"{ending.detail}: the reflector takes the connection and does not go on; is it an iperf3 server?"
        return Failure(kind="timeout", stage="iperf3", detail=words)
    if ending.kind == "flooded":
        return Failure(kind="unparseable", stage="iperf3", detail=f"the report is absurd: {ending.detail}")
    if ending.kind != "done" or len(reports) != 1:
        return Failure(kind="instrument_limit", stage="iperf3", detail=ending.detail or "no report")
    return reports[0].encode()


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
        (lib.iperf_set_test_bidirectional, int(request["direction"] == "both"), c_int),
        (lib.iperf_set_test_socket_bufsize, request["window_bytes"], c_int),
    ):
        setter.argtypes, setter.restype = (c_void_p, kind), None
        setter(test, value)
    if request["congestion_control"]:
        lib.iperf_set_test_congestion_control.argtypes = (c_void_p, c_char_p)
        lib.iperf_set_test_congestion_control.restype = None
        lib.iperf_set_test_congestion_control(test, request["congestion_control"].encode())
    failed = lib.iperf_run_client(test)
    words = lib.iperf_get_test_json_output_string(test)
    if words:
        return str(words.decode("utf-8", "replace"))
    return json.dumps({"error": client._error_to_string(client._errno) if failed else "iperf3 gave no report"})


def _tell(request: dict[str, Any], out: Any, stop: threading.Event) -> None:
    column = 8 if request["direction"] == "up" else 0
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
