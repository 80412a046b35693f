"""Raw packets on the line: scapy builds and reads them, in a child that alone needs CAP_NET_RAW.

Parent half `WireChild`, child half `main`, which hands a request to the module of `diagnostics.wire` that it names.
"""

import json
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from diagnostics.child import Bounds, namespace_prefix, never, run_child
from diagnostics.instruments import Echoes, Heard
from diagnostics.measurement import Failure, FailureKind
from diagnostics.route import reached

RELEASE = "_release"  # such a task gives back what another took: it runs also in a visit that was cancelled
_IP_TASKS = ("echo", "latency", "path", "dns", "trace")  # their packets go where the line's IP packets go
_NO_RIGHT = "raw packets need CAP_NET_RAW: run as root, or setcap cap_net_raw+ep on the agent's python"


class WireChild:
    """Raw packets on one interface of one network namespace; `ip_interface` where IP packets pass another one."""

    def __init__(
        self,
        interface: str,
        namespace: str = "",
        *,
        ip_interface: str = "",
        cancelled: Callable[[], bool] = never,
        secrets: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        """`secrets` completes the requests of the tasks that it names, so that no check ever sees one."""
        self._interface = interface
        self._ip_interface = ip_interface or interface
        self._namespace = namespace
        self._cancelled = cancelled
        self._secrets = secrets

    def ask(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        deadline_s: float,
        on_line: Callable[[Mapping[str, Any]], None] = lambda line: None,
        until: Callable[[], bool] | None = None,
    ) -> Heard:
        """Run a task of `diagnostics.wire` on the interface; also what was heard before a failure comes back."""
        lines: list[Mapping[str, Any]] = []
        interface = self._ip_interface if task in _IP_TASKS else self._interface

        def keep(line: dict[str, Any]) -> None:
            lines.append(line)
            on_line(line)

        ending = run_child(
            "diagnostics.scapy_wire",
            {"task": task, "interface": interface, **request, **self._secrets.get(task, {})},
            bounds=Bounds(deadline_s=deadline_s, output_bytes=1 << 20),
            on_line=keep,
            prefix=namespace_prefix(self._namespace),
            cancelled=never if task.endswith(RELEASE) else self._cancelled,
            until=until,
        )
        if lines and "failure" in lines[-1]:
            return Heard(lines=tuple(lines[:-1]), failure=Failure(**lines[-1]["failure"]))
        if ending.kind == "done":
            return Heard(lines=tuple(lines))
        kind: FailureKind = "timeout" if ending.kind == "deadline" else "instrument_limit"
        detail = ending.detail or ending.kind
        return Heard(lines=tuple(lines), failure=Failure(kind=kind, stage=task, detail=detail))

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        """Send ICMP echo requests and time the answers."""
        found = reached(address, interface=self._ip_interface, namespace=self._namespace)
        if isinstance(found, Failure):
            return found
        request = {"address": found, "count": count, "interval_s": interval_s}
        heard = self.ask("echo", request, deadline_s=10 + count * interval_s)
        if heard.failure is not None:
            return heard.failure
        return Echoes(sent=heard.lines[-1]["sent"], rtts_ms=tuple(heard.lines[-1]["rtts_ms"]))


def main() -> int:
    """Answer one request on standard input with lines on standard output."""
    request = json.loads(sys.stdin.readline())
    task = str(request.pop("task"))
    try:
        for line in import_module(f"diagnostics.wire.{task}").run(**request):
            print(json.dumps(line), flush=True)
    except PermissionError:
        print(json.dumps({"failure": {"kind": "instrument_limit", "stage": task, "detail": _NO_RIGHT}}))
    except OSError as error:  # no such interface, no route, no address: said by the kernel, not by the line
        print(json.dumps({"failure": {"kind": "instrument_limit", "stage": task, "detail": str(error)}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
