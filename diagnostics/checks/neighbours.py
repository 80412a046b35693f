"""The station's neighbours on the line: a second owner of its address, two gateways of one address, a loop."""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 8.0
_SOURCE = "arp probes, and frames of our own that should not come back"
_NAMES = ("arp_conflict", "arp_gateway_answers", "loop_returned_frames")


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if line.ordered.services else []


def _run(context: Context) -> Iterable[Measurement]:
    if not context.line.ordered.services:
        return []
    gateway = context.line.gateway if ":" not in context.line.gateway else ""
    return interpret(context, context.instruments.wire.ask("neighbours", {"gateway": gateway}, deadline_s=DEADLINE_S))


def interpret(context: Context, heard: Heard) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    if heard.failure is not None or not heard.lines:
        failure = heard.failure or Failure(kind="check_crashed", stage="neighbours", detail="the task told nothing")
        return all_failed(context, [(name, "") for name in _NAMES], failure, _SOURCE)
    seen = heard.lines[-1]
    made = []
    if seen["address"]:
        others = ", ".join(seen["others"])
        source = f"{_SOURCE}: {seen['address']} is also claimed by {others}" if others else _SOURCE
        made.append(context.measured("arp_conflict", "conflict" if others else "clear", source))
    else:
        none = Failure(kind="not_applicable", stage="arp", detail="the station's interface has no IPv4 address")
        made.append(context.failed("arp_conflict", none, _SOURCE))
    if seen["gateway"]:
        source = f"{_SOURCE}: {seen['gateway']} is {', '.join(seen['gateway_macs']) or 'nobody'}"
        made.append(context.measured("arp_gateway_answers", len(seen["gateway_macs"]), source))
    else:
        none = Failure(kind="not_applicable", stage="arp", detail="no gateway is configured; see [line] gateway")
        made.append(context.failed("arp_gateway_answers", none, _SOURCE))
    return [*made, context.measured("loop_returned_frames", seen["returned"], f"{_SOURCE}: {seen['sent']} sent")]


CHECK = Check(name="neighbours", quantities=_quantities, run=_run)
