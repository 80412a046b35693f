"""What a shaper lets through: its settings for a rate, and the TCP payload that this rate truly carries. Pure.

tbf counts layer-2 bytes: the IP packet and 14 of Ethernet, neither preamble, check sequence nor gap. A packet of many
segments counts as its segments would, headers included.
"""

_ETHERNET = 14
_PPPOE = 8  # PPPoE header 6, PPP protocol 2 (RFC 2516 4)
_TCP_TIMESTAMPS = 20 + 12
_IP = {4: 20, 6: 40}
_LEAST_BURST_BYTES = 15_000
_BURST_S = 0.016  # 2 MB at 1 Gbit/s: half of it starves tbf there as soon as the machine has other work


def payload_mbps(shaped_mbit: float, *, mtu_bytes: int = 1500, family: int = 4, pppoe: bool = False) -> float:
    """The TCP payload rate in Mbit/s that a shaper of so many layer-2 Mbit/s carries in full packets, timestamps on."""
    packet = min(mtu_bytes, 1492) if pppoe else mtu_bytes
    frame = packet + _ETHERNET + (_PPPOE if pppoe else 0)
    return shaped_mbit * (packet - _IP[family] - _TCP_TIMESTAMPS) / frame


def shaped_mbit(payload: float, *, mtu_bytes: int = 1500, family: int = 4, pppoe: bool = False) -> float:
    """The layer-2 rate in Mbit/s that a shaper needs to carry so much TCP payload."""
    return payload / payload_mbps(1.0, mtu_bytes=mtu_bytes, family=family, pppoe=pppoe)


def burst_bytes(shaped: float) -> int:
    """The bucket of a shaper of so many Mbit/s: what it may let through at once after a rest."""
    return max(_LEAST_BURST_BYTES, int(_BURST_S * shaped * 1e6 / 8))


def tbf(shaped: float, *, burst: int = 0, latency_ms: int = 30) -> tuple[str, ...]:
    """The words that `tc` wants for a shaper of so many Mbit/s; a burst of 0 takes the usual one."""
    rate = f"{round(shaped * 1000)}kbit"
    return ("tbf", "rate", rate, "burst", str(burst or burst_bytes(shaped)), "latency", f"{latency_ms}ms")
