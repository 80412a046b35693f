"""Reachability over the line without load: loss, round trip and its variation to the gateway and the first reflector.

Both are asked side by side, for as long as the slowest check of the stage takes: a loss of 2 % stays unseen by 80 echo
requests once in five, by 25 three times. Where some were lost, both are asked again, for where they were lost shows
only in many.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Echoes
from diagnostics.latency import idle, percentile
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

COUNT, AGAIN = 80, 150
INTERVAL_S, AGAIN_INTERVAL_S = 0.03, 0.02
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
    fault = context.session_fault()
    answers: dict[str, Echoes | Failure] = (
        dict.fromkeys(targets, fault) if fault else _asked(context, targets, COUNT, INTERVAL_S)
    )
    if any(isinstance(heard, Echoes) and 0 < len(heard.rtts_ms) < heard.sent for heard in answers.values()):
        again = _asked(context, targets, AGAIN, AGAIN_INTERVAL_S)
        answers = {target: _both(heard, again[target]) for target, heard in answers.items()}
    return [m for target, heard in answers.items() for m in _reach(context, target, heard)]


def _asked(context: Context, targets: Mapping[str, str], count: int, interval_s: float) -> dict[str, Echoes | Failure]:
    def echo(address: str) -> Echoes | Failure:
        return context.instruments.wire.echo(address, count=count, interval_s=interval_s)

    with ThreadPoolExecutor(max_workers=2) as threads:
        return dict(zip(targets, threads.map(echo, targets.values()), strict=True))


def _both(first: Echoes | Failure, second: Echoes | Failure) -> Echoes | Failure:
    """Two rounds as one; where the second failed, the first counts."""
    if not isinstance(first, Echoes) or not isinstance(second, Echoes):
        return first
    return Echoes(sent=first.sent + second.sent, rtts_ms=(*first.rtts_ms, *second.rtts_ms))


def _reach(context: Context, target: str, echoes: Echoes | Failure) -> list[Measurement]:
    sent = COUNT if isinstance(echoes, Failure) else echoes.sent
    source = f"icmp: {sent} echo requests to the {target}"
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
