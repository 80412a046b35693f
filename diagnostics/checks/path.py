"""The path to the first reflector: the largest packet that passes, whether what is larger is told, and the hops.

A smaller limit that nobody signals is a black hole: connections open and then hang (RFC 2923).
"""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 12.0
_SOURCE = "icmp: echo requests with DF"
_NAMES = ("path_mtu_bytes", "path_mtu_state", "path_hops", "path_route")


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if line.reflectors else []


def _run(context: Context) -> Iterable[Measurement]:
    if not context.line.reflectors:
        return []
    address = context.line.reflectors[0].host
    if ":" in address:
        six = Failure(kind="not_supported", stage="path", detail="the path is probed over IPv4 only")
        return all_failed(context, [(name, "") for name in _NAMES], six, _SOURCE)
    fault = context.session_fault()
    if fault is not None:
        return all_failed(context, [(name, "") for name in _NAMES], fault, _SOURCE)
    return interpret(context, context.instruments.wire.ask("path", {"address": address}, deadline_s=DEADLINE_S))


def interpret(context: Context, heard: Heard) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    said = {key: line[key] for line in heard.lines for key in line}
    if heard.failure is not None or not {"hops", "largest"} <= said.keys():
        failure = heard.failure or Failure(kind="check_crashed", stage="path", detail="the task told nothing")
        return all_failed(context, [(name, "") for name in _NAMES], failure, _SOURCE)
    hops = said["hops"]
    route = ", ".join(f"{hop['address']} {hop['ms']:.1f} ms" if hop["address"] else "*" for hop in hops)
    silent = Failure(kind="timeout", stage="path", detail="no echo request was answered, of no size")
    if not said["largest"]:
        made = [context.failed(name, silent, _SOURCE) for name in _NAMES[:3]]
        return [*made, context.measured("path_route", route or "no hop answered", _SOURCE)]
    larger = [f"{word['from']} says {word['limit']}" for word in said["signalled"]]
    state = "full" if said["largest"] >= said["most"] else "signalled" if larger else "black_hole"
    source = f"{_SOURCE}; {', '.join(larger)}" if larger else _SOURCE
    return [
        context.measured("path_mtu_bytes", said["largest"], source),
        context.measured("path_mtu_state", state, source),
        context.measured("path_hops", len(hops), _SOURCE),
        context.measured("path_route", route, _SOURCE),
    ]


CHECK = Check(name="path", quantities=_quantities, run=_run)
