"""The arithmetic of RFC 6349: what a TCP connection could do on a path, and how near it came; pure.

Rates are decimal Mbit/s of TCP payload, times are milliseconds or microseconds as named, shares are ratios and never
per cent. What nothing was measured for is None, never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SHARES = (0.25, 0.5, 0.75, 1.0, 1.5)  # of the bandwidth-delay product, one step of a window scan each
LEAST_SEGMENTS = 10  # what a connection may begin with (RFC 6928); fewer say how segments are batched, not the path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a window scan: a share of the bandwidth-delay product as a window, and the rate to be expected."""

    share: float
    window_bytes: int
    expected_mbps: float

    @property
    def index(self) -> str:
        """The step as measurements name it: `25%`."""
        return f"{self.share * 100:g}%"


def bdp_bytes(rtt_ms: float, bandwidth_mbps: float) -> int:
    """The bandwidth-delay product, the least window that fills the path, in bytes (RFC 6349 3.3.1: RTT x BB / 8)."""
    return round(rtt_ms * bandwidth_mbps * 1000 / 8)


def expected_mbps(window_bytes: int, rtt_ms: float, bandwidth_mbps: float) -> float:
    """What one connection of this window can carry: a window each round trip, at most the path (RFC 6349 3.3.1)."""
    if rtt_ms <= 0:
        return bandwidth_mbps
    return min(bandwidth_mbps, window_bytes * 8 / (rtt_ms * 1000))


def ideal_transfer_us(payload_bytes: int, bandwidth_mbps: float) -> float | None:
    """How long the payload takes at the highest achievable rate (RFC 6349 4.1.2); None where nothing can be carried."""
    return payload_bytes * 8 / bandwidth_mbps if bandwidth_mbps > 0 else None


def transfer_time_ratio(payload_bytes: int, us: int, bandwidth_mbps: float) -> float | None:
    """Actual over ideal transfer time, 1 at best (RFC 6349 4.1.2); None where nothing came through."""
    ideal = ideal_transfer_us(payload_bytes, bandwidth_mbps)
    return us / ideal if ideal else None


def efficiency_ratio(sent_bytes: int, retransmitted_bytes: int) -> float | None:
    """The share of what was sent that was not sent again (RFC 6349 4.2.1); None where nothing was sent."""
    return (sent_bytes - retransmitted_bytes) / sent_bytes if sent_bytes > 0 else None


def buffer_delay_ratio(loaded_rtt_ms: float, baseline_rtt_ms: float) -> float | None:
    """By how much the mean round trip grew during a transfer, over the baseline (RFC 6349 4.3.1)."""
    return (loaded_rtt_ms - baseline_rtt_ms) / baseline_rtt_ms if baseline_rtt_ms > 0 else None


def window_scan(rtt_ms: float, bandwidth_mbps: float, shares: Sequence[float] = SHARES) -> tuple[Step, ...]:
    """The windows to try on a path, each with its expected rate, smallest share first."""
    windows = [(share, round(share * bdp_bytes(rtt_ms, bandwidth_mbps))) for share in sorted(shares)]
    return tuple(
        Step(share=share, window_bytes=window, expected_mbps=expected_mbps(window, rtt_ms, bandwidth_mbps))
        for share, window in windows
    )
