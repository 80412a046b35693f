"""Reachability over the line: loss, round trip and its variation to the gateway and the first reflector."""

import math
from collections.abc import Iterable, Sequence
from statistics import median

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

COUNT = 20
INTERVAL_S = 0.05
_QUANTITIES = ("reach_loss_ratio", "reach_rtt_ms", "reach_delay_variation_ms")


def _targets(line: Line) -> dict[str, str]:
    # Where the station dials, packets enter the session, and the gateway of the LAN is not on their way.
    targets = {"gateway": line.gateway} if line.gateway and not line.dialled else {}
    return targets | ({"reflector": line.reflectors[0].host} if line.reflectors else {})


def _quantities(line: Line) -> Sequence[Name]:
    return [(quantity, target) for target in _targets(line) for quantity in _QUANTITIES]


def _run(context: Context) -> Iterable[Measurement]:
    for target, address in _targets(context.line).items():
        yield from _reach(context, target, address)


def _reach(context: Context, target: str, address: str) -> Iterable[Measurement]:
    source = f"icmp: {COUNT} echo requests to the {target}"
    session = context.instruments.session
    fault = session.fault() if session is not None else None
    echoes = fault or context.instruments.wire.echo(address, count=COUNT, interval_s=INTERVAL_S)
    if isinstance(echoes, Failure):
        return all_failed(context, [(quantity, target) for quantity in _QUANTITIES], echoes, source)
    lost = 1 - len(echoes.rtts_ms) / echoes.sent
    made = [context.measured("reach_loss_ratio", lost, source, index=target)]
    if not echoes.rtts_ms:
        silent = Failure(kind="timeout", stage="echo", detail=f"none of {echoes.sent} echo requests was answered")
        return made + all_failed(context, [(quantity, target) for quantity in _QUANTITIES[1:]], silent, source)
    ordered = sorted(echoes.rtts_ms)
    late = ordered[math.ceil(0.95 * len(ordered)) - 1]
    made.append(context.measured("reach_rtt_ms", median(ordered), source, index=target))
    made.append(context.measured("reach_delay_variation_ms", late - ordered[0], source, index=target))
    return made


CHECK = Check(name="reach", quantities=_quantities, run=_run)
