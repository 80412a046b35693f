"""The ceiling comes before the run: what the port cannot show is not tested, what it cannot carry not believed."""

from dataclasses import replace

import pytest

from diagnostics.ceiling import Path, payload_ceiling_mbps, port_needed_mbps, remedies
from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.checks.rounds import path_of
from diagnostics.criteria import load
from diagnostics.instruments import Approach, Layer
from diagnostics.line import Ordered, Reflector
from diagnostics.measurement import Measurement
from diagnostics.verdict import Verdict, judge
from tests.diagnostics.fakes import LINE, LINK, LIT, ORDERED, instruments, measured, run_at


def accepted_as(ordered: Ordered, **bench: object) -> tuple[dict[str, Measurement], Verdict]:
    limits = load("cn_telecom_ftth").for_line(ordered)
    line = replace(LINE, ordered=ordered)
    made = run_checks(STAGES, Context(line=line, instruments=instruments(**bench), limits=limits))  # type: ignore[arg-type]
    return {m.name: m for m in made}, judge(made, limits)


@pytest.mark.parametrize(
    ("path", "mbps"),
    [
        (Path(), 941.5),
        (Path(family=6), 928.5),
        (Path(mtu_bytes=1492, pppoe=True), 936.3),
        (Path(mtu_bytes=1492, pppoe=True, tags=1), 933.9),
        (Path(mtu_bytes=1492, pppoe=True, tags=1, family=6), 920.9),
        (Path(timestamps=False), 949.3),
        (Path(family=6, timestamps=False), 936.3),
        (Path(half_duplex=True), 914.7),
        (Path(half_duplex=True, timestamps=False), 924.1),
    ],
)
def test_ceilings_are_those_of_rfc_6349(path: Path, mbps: float) -> None:
    assert payload_ceiling_mbps(1000, path) == pytest.approx(mbps, abs=0.05)


@pytest.mark.parametrize(
    ("path", "layer", "factor"),
    [
        (Path(), "tcp_payload", 1),
        (Path(), "ip", 1500 / 1448),
        (Path(), "ethernet", 1518 / 1448),
        (Path(tags=2), "ethernet", 1526 / 1448),
        (Path(mtu_bytes=1492, pppoe=True), "ip", 1492 / 1440),
        (Path(mtu_bytes=1492, pppoe=True), "ethernet", 1518 / 1440),
        (Path(family=6, timestamps=False), "ip", 1500 / 1440),
    ],
)
def test_a_rate_is_converted_by_the_sizes_of_the_path(path: Path, layer: Layer, factor: float) -> None:
    assert path.layer_factor(layer) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("floor", "path", "words"),
    [
        (921.6, Path(family=6), "test over IPv4, or use ports of 2500 Mbit/s on both sides, or name other criteria"),
        (930, Path(half_duplex=True), "let the link negotiate full duplex, or use ports of 2500 Mbit/s"),
        (930, Path(mtu_bytes=1492, tags=1), "test without VLAN tags, or use ports of 2500"),
        (1843.2, Path(), "use ports of 2500 Mbit/s on both sides, or name other criteria"),
        (99999, Path(), "no standard port can show it, or name other criteria"),
    ],
)
def test_what_to_change_is_each_change_that_is_enough(floor: float, path: Path, words: str) -> None:
    assert remedies(floor, 1000, path).startswith(words)


@pytest.mark.parametrize(("floor", "speed"), [(90, 100), (94, 1000), (921.6, 1000), (1843.2, 2500), (99999, 0)])
def test_the_port_that_can_show_a_floor_is_named(floor: float, speed: int) -> None:
    assert port_needed_mbps(floor, Path()) == speed


@pytest.mark.parametrize(
    ("mode", "access", "expected"),
    [
        ("route", "ipoe", Path()),
        ("route", "pppoe", Path(mtu_bytes=1492)),
        ("bridge", "pppoe", Path(mtu_bytes=1492, pppoe=True)),
    ],
)
def test_pppoe_stands_on_the_port_only_where_the_station_dials(mode: str, access: str, expected: Path) -> None:
    assert path_of(replace(LINE, ordered=replace(ORDERED, mode=mode, access=access)), 1500) == expected


def test_a_reflector_by_ipv6_has_longer_headers() -> None:
    assert path_of(replace(LINE, reflectors=(Reflector(host="2001:db8::9"),)), 1500).family == 6


def test_the_path_is_that_of_the_approach() -> None:
    at = Approach(address="2001:db8::9", family=6, timestamps=False, tags=2)
    expected = Path(family=6, timestamps=False, tags=2, half_duplex=True)
    assert path_of(LINE, 1500, at, half_duplex=True) == expected


@pytest.mark.parametrize("half", ["station", "ONT"])
def test_a_half_duplex_port_has_a_lower_ceiling_that_says_so(half: str) -> None:
    links = (replace(LINK, duplex="half", speed_mbps=100),) if half == "station" else (replace(LINK, speed_mbps=100),)
    ont = (*LIT, measured("ont_lan_duplex", "half", "lan1")) if half == "ONT" else LIT
    ordered = replace(ORDERED, down_mbps=100, up_mbps=100)
    measurements, verdict = accepted_as(ordered, links=links, ont=ont, down=run_at(90), up=run_at(90))
    assert measurements["throughput_down_ceiling_mbps"].value == 91.5
    failure = measurements["throughput_down_mbps"].failure
    assert failure is not None and "let the link negotiate full duplex" in failure.detail
    assert verdict.outcome == "inconclusive"


def test_a_good_line_is_accepted() -> None:
    measurements, verdict = accepted_as(ORDERED)
    assert verdict.outcome == "accepted"
    assert measurements["throughput_down_contract_ratio"].value == 0.937
    assert measurements["throughput_down_kbyte_s_per_mbit"].value == pytest.approx(117.125)


def test_an_order_beyond_the_port_is_inconclusive_and_says_what_to_change() -> None:
    measurements, verdict = accepted_as(replace(ORDERED, down_mbps=2000))
    assert verdict.outcome == "inconclusive"
    for name, words in (
        ("port_speed_mbps", "use ports of 2.5G"),
        ("throughput_down_mbps", "use ports of 2500 Mbit/s"),
    ):
        failure = measurements[name].failure
        assert failure is not None and failure.kind == "instrument_limit" and words in failure.detail


def test_a_port_at_100_is_a_fault_and_not_a_limit_of_the_instrument() -> None:
    slow = replace(LINK, speed_mbps=100)
    measurements, verdict = accepted_as(ORDERED, links=(slow,))
    assert measurements["port_speed_mbps"].value == 100
    assert verdict.outcome == "rejected"


def test_a_test_box_that_can_do_no_better_is_a_limit_of_the_instrument() -> None:
    old = replace(LINK, speed_mbps=100, max_mbps=100)
    measurements, verdict = accepted_as(ORDERED, links=(old,))
    assert measurements["port_speed_mbps"].failure is not None
    assert verdict.outcome == "inconclusive"


def test_the_onts_port_counts_where_it_is_slower_than_the_stations() -> None:
    ont = (*LIT[:-1], measured("ont_lan_speed_mbps", 100, "lan1"))
    measurements, _ = accepted_as(ORDERED, ont=ont, links=(replace(LINK, speed_mbps=10000),))
    assert measurements["port_speed_mbps"].value == 100


def test_a_figure_above_the_port_is_refused() -> None:
    measurements, verdict = accepted_as(ORDERED, down=run_at(1875.0))
    failure = measurements["throughput_down_mbps"].failure
    assert failure is not None and failure.kind == "unparseable"
    assert verdict.outcome == "inconclusive"


def test_a_line_that_carries_nothing_is_measured_as_zero_and_fails() -> None:
    measurements, verdict = accepted_as(ORDERED, down=run_at(0.0))
    assert measurements["throughput_down_mbps"].value == 0
    assert verdict.outcome == "rejected"
