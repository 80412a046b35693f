"""Whose bytes passed the station's interface: what iperf3 carried against what the interface counted; pure.

Headers are taken off by the interface's own count of packets, so that it does not matter whether a driver counts frames
or segments that were joined. What may be the run's own is never called foreign.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.instruments import Approach, Direction, HostSample, Run
from diagnostics.measurement import Failure

_ETHERNET, _TCP, _TIMESTAMPS = 14, 20, 12
_IP = {4: 20, 6: 40}
_PPPOE = 8
_SEGMENT = 1448
_STEADY = 4  # samples, a second apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What iperf3's report says beside its figure: all payload and the counted part of it, and who worked how hard.

    `station_cpu` and `reflector_cpu` are times of one core that the two iperf3 took; None where it does not say.
    """

    payload_bytes: int
    seconds: float
    counted_bytes: int
    counted_s: float
    retransmits: int
    station_cpu: float | None
    reflector_cpu: float | None


def read_report(run: Run) -> Report | Failure:
    """What a run's seconds and its report's own words say; a failure where the report does not say them."""
    counted = [second for second in run.seconds if not second.omitted]
    try:
        made = json.loads(run.raw)
        again = sum(_count(interval["sum"].get("retransmits", 0)) for interval in made["intervals"])
        end = made["end"]
        cpu = end.get("cpu_utilization_percent", {})
        return Report(
            payload_bytes=sum(second.payload_bytes for second in run.seconds),
            seconds=sum(second.us for second in run.seconds) / 1e6,
            counted_bytes=sum(second.payload_bytes for second in counted),
            counted_s=sum(second.us for second in counted) / 1e6,
            retransmits=max(again, _retransmits(end)),
            station_cpu=_share(cpu.get("host_total")),
            reflector_cpu=_share(cpu.get("remote_total")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        return Failure(kind="unparseable", stage="iperf3", detail=f"report: {type(error).__name__}: {error}")


def _retransmits(end: dict[str, Any]) -> int:
    return _count(end.get("sum_sent", {}).get("retransmits", 0))


def _amount(number: Any) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < 1e15:
        raise ValueError(f"{number!r} is not an amount")
    return float(number)


def _count(number: Any) -> int:
    return int(_amount(number))


def _share(percent: Any) -> float | None:
    return None if percent is None else _amount(percent) / 100


def header_bytes(approach: Approach | None, *, pppoe: bool) -> int:
    """What a TCP segment of the run carries in front of its payload on the station's interface."""
    at = approach or Approach(address="", family=4)
    return _ETHERNET + _IP[at.family] + _TCP + (_TIMESTAMPS if at.timestamps else 0) + (_PPPOE if pppoe else 0)


def foreign_share(
    way: Direction, report: Report, samples: Sequence[HostSample], *, header: int, tail_s: float
) -> float | Failure:
    """The share of the interface's bytes in the run's direction that the run does not account for.

    `tail_s` is how long data may have been under way when the run ended: it arrived, and nobody counted it.
    """
    if len(samples) < 2:
        return Failure(kind="instrument_limit", stage="cross traffic", detail="the interface was not sampled")
    octets, payload = _moved(way, samples, header)
    if octets < 0:
        return Failure(kind="disturbed", stage="cross traffic", detail="the interface's counters started anew")
    tail = report.payload_bytes / report.seconds * tail_s if report.seconds else 0.0
    own = report.payload_bytes + report.retransmits * _SEGMENT + tail
    return max(0.0, payload - own) / octets if octets else 0.0


def steady_share(way: Direction, report: Report, samples: Sequence[HostSample], *, header: int) -> float | Failure:
    """The same share from rates within the counted window, of whose seconds `samples` are.

    It does not see what a busy station left unread in its sockets when the run ended, which is no foreign traffic.
    """
    if len(samples) < _STEADY or not report.counted_s:
        return Failure(kind="not_applicable", stage="cross traffic", detail="the window is too short for rates")
    octets, payload = _moved(way, samples, header)
    span_s = samples[-1].at_s - samples[0].at_s
    if octets <= 0 or span_s <= 0:
        return Failure(kind="disturbed", stage="cross traffic", detail="the interface's counters stand still")
    own = report.counted_bytes / report.counted_s * span_s + report.retransmits * _SEGMENT
    return max(0.0, payload - own) / octets


def _moved(way: Direction, samples: Sequence[HostSample], header: int) -> tuple[int, int]:
    """Octets of the run's direction between the first and the last sample, and those of them that are no headers."""
    first, last = samples[0], samples[-1]
    received = way == "down"
    octets = last.rx_bytes - first.rx_bytes if received else last.tx_bytes - first.tx_bytes
    packets = last.rx_packets - first.rx_packets if received else last.tx_packets - first.tx_packets
    return octets, octets - packets * header
