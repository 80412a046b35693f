"""The arithmetic of the shaper: what TCP gets of a layer-2 rate."""

import pytest

from drivers.virtual.cross_traffic import datagrams_at_once
from drivers.virtual.shaping import burst_bytes, payload_mbps, shaped_mbit, tbf


@pytest.mark.parametrize(
    ("family", "pppoe", "mtu", "ratio"),
    [
        (4, False, 1500, 1448 / 1514),
        (6, False, 1500, 1428 / 1514),
        (4, True, 1500, 1440 / 1514),
        (6, True, 1500, 1420 / 1514),
        (4, False, 1400, 1348 / 1414),
    ],
)
def test_payload_of_a_shaped_rate(family: int, pppoe: bool, mtu: int, ratio: float) -> None:
    made = payload_mbps(300.0, family=family, pppoe=pppoe, mtu_bytes=mtu)
    assert made == pytest.approx(300 * ratio)
    assert shaped_mbit(made, family=family, pppoe=pppoe, mtu_bytes=mtu) == pytest.approx(300)


@pytest.mark.parametrize(("rate", "burst"), [(1, 15_000), (10, 20_000), (100, 200_000), (1000, 2_000_000)])
def test_a_bucket_grows_with_the_rate(rate: float, burst: int) -> None:
    assert burst_bytes(rate) == burst
    assert tbf(rate) == ("tbf", "rate", f"{rate * 1000}kbit", "burst", str(burst), "latency", "30ms")


@pytest.mark.parametrize(("rate", "count"), [(0.1, 1), (10, 1), (60.56, 10), (10_000, 40)])
def test_a_fast_sender_sends_more_at_once(rate: float, count: int) -> None:
    assert datagrams_at_once(rate) == count
