"""Reachability over the line without load: loss, round trip and its variation to the gateway and the first reflector.

Both are asked side by side; the reflector more often, since its round trip is what the load is compared with.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.latency import idle, percentile
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

COUNTS = {"gateway": 20, "reflector": 25}
INTERVAL_S = 0.05
_QUANTITIES = ("reach_loss_ratio", "reach_rtt_ms", "reach_delay_variation_ms")
_IDLE = ("latency_idle_p50_ms", "latency_idle_p95_ms")


def _targets(line: Line) -> dict[str, str]:
    # Where the station dials, packets enter the session, and the gateway of the LAN is not on their way.
    targets = {"gateway": line.gateway} if line.gateway and not line.dialled else {}
    return targets | ({"reflector": line.reflectors[0].host} if line.reflectors else {})


def _names(target: str) -> list[Name]:
    made = [(quantity, target) for quantity in _QUANTITIES]
    return made + [(quantity, "") for quantity in _IDLE] if target == "reflector" else made


def _quantities(line: Line) -> Sequence[Name]:
    return [name for target in _targets(line) for name in _names(target)]


def _run(context: Context) -> Iterable[Measurement]:
    targets = _targets(context.line)
    with ThreadPoolExecutor(max_workers=2) as threads:
        made = threads.map(lambda target: _reach(context, *target), targets.items())
        return [measurement for target in made for measurement in target]


def _reach(context: Context, target: str, address: str) -> list[Measurement]:
    count = COUNTS[target]
    source = f"icmp: {count} echo requests to the {target}"
    echoes = context.session_fault() or context.instruments.wire.echo(address, count=count, interval_s=INTERVAL_S)
    if isinstance(echoes, Failure):
        return all_failed(context, _names(target), echoes, source)
    lost = 1 - len(echoes.rtts_ms) / echoes.sent
    made = [context.measured("reach_loss_ratio", lost, source, index=target)]
    if not echoes.rtts_ms:
        silent = Failure(kind="timeout", stage="echo", detail=f"none of {echoes.sent} echo requests was answered")
        return made + all_failed(context, _names(target)[1:], silent, source)
    ordered = sorted(echoes.rtts_ms)
    late = percentile(ordered, 0.95)
    made.append(context.measured("reach_rtt_ms", median(ordered), source, index=target))
    made.append(context.measured("reach_delay_variation_ms", late - ordered[0], source, index=target))
    return made + (_without_load(context, ordered, source) if target == "reflector" else [])


def _without_load(context: Context, rtts_ms: Sequence[float], source: str) -> list[Measurement]:
    figures = idle(rtts_ms)
    return [
        context.failed(name, value, source) if isinstance(value, Failure) else context.measured(name, value, source)
        for name, value in zip(_IDLE, (figures["p50_ms"], figures["p95_ms"]), strict=True)
    ]


CHECK = Check(name="reach", quantities=_quantities, run=_run)
