"""The ONT before and after: the same one or another, restarted or not, and counters that prove something or nothing."""

from dataclasses import replace

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.instruments import Link
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.ont_again import STILL, Twice, stood_still
from tests.diagnostics.fakes import LINE, LINK, ORDERED, failed, instruments, measured

MBYTE = 1_000_000
STATION = tuple(
    measured(f"station_{name}", 0, "before") for name in ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets")
)
MOVED = replace(LINK, rx_bytes=1000 * MBYTE, tx_bytes=500 * MBYTE, rx_packets=700_000, tx_packets=400_000)


def counter(name: str, value: int, *, narrow: bool = False, port: str = "lan1") -> Measurement:
    return replace(measured(f"ont_lan_{name}", value, port), raw="1 (Counter32)" if narrow else "")


def twice(
    before: list[Measurement], after: list[Measurement], link: Link | Failure = MOVED, elapsed_s: float = 35
) -> dict[str, Value | Failure]:
    return dict(Twice([*STATION, *before], after, link, ont_port="lan1", elapsed_s=elapsed_s).figures())


def told(value: Value | Failure) -> object:
    return value.kind if isinstance(value, Failure) else value


SERIAL, OTHER = measured("ont_pon_serial", "HWTC4D2A9C17"), measured("ont_pon_serial", "ZTEG00000001")
BOX = measured("ont_equipment_serial", "311770425")


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([SERIAL], [SERIAL], "same"),
        ([SERIAL], [OTHER], "changed"),
        ([SERIAL, BOX], [SERIAL], "same"),
        ([failed("ont_pon_serial", "not_supported"), BOX], [BOX], "same"),
        ([failed("ont_pon_serial", "not_supported")], [], "not_supported"),
        ([SERIAL], [failed("ont_pon_serial", "timeout")], "timeout"),
        ([SERIAL], [], "not_supported"),
        ([], [SERIAL], "not_supported"),
    ],
)
def test_the_serial_known_before_says_whether_it_is_the_same(
    before: list[Measurement], after: list[Measurement], wanted: str
) -> None:
    assert told(twice(before, after)["ont_identity"]) == wanted


@pytest.mark.parametrize(
    ("before", "after", "rise"),
    [(100, 135, 35), (100, 100, 0), (100, 12, -88), (42_949_650, 17, 40), (42_900_000, 17, 17 - 42_900_000)],
)
def test_an_uptime_that_went_back_is_a_restart_and_one_that_wrapped_is_not(before: int, after: int, rise: int) -> None:
    made = twice([measured("ont_uptime_s", before)], [measured("ont_uptime_s", after)])["ont_uptime_rise_s"]
    assert made == pytest.approx(rise, abs=0.5)


NARROW = 1 << 32


@pytest.mark.parametrize(
    ("before", "after", "narrow", "wanted"),
    [
        (5, 5 + 1000 * MBYTE, False, 1.0),
        (5, 5 + 1046 * MBYTE, False, 1.046),
        (5, 5 + 30 * MBYTE, False, 0.03),
        (NARROW - 7, 1000 * MBYTE - 7, True, 1.0),
        (5, 5, False, "not_supported"),  # cached
        (NARROW - 1, NARROW - 1, True, "not_supported"),  # full
        (5 * MBYTE, NARROW - 1, False, "not_supported"),
        (5000 * MBYTE, 20 * MBYTE, False, "not_supported"),  # started anew
    ],
)
def test_the_lan_ports_octets_are_compared_with_the_stations(
    before: int, after: int, narrow: bool, wanted: object
) -> None:
    made = twice([counter("tx_bytes", before, narrow=narrow)], [counter("tx_bytes", after, narrow=narrow)])[
        "ont_octets_down_ratio"
    ]
    assert told(made) == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


@pytest.mark.parametrize(
    ("others", "wanted"),
    [
        ([], "not_supported"),  # the whole ONT stands still: cached
        ([("rx_bytes", "lan1", 0)], "not_supported"),
        ([("rx_bytes", "lan1", 70_000)], 0.0),  # the readings themselves
        ([("tx_bytes", "lan2", 1000 * MBYTE)], 0.0),
        ([("tx_packets", "lan1", 9)], 0.0),
    ],
)
def test_a_port_that_stood_still_beside_one_that_moved_was_not_the_stations(
    others: list[tuple[str, str, int]], wanted: object
) -> None:
    before = [counter("tx_bytes", 5), *(counter(name, 7, port=port) for name, port, _ in others)]
    after = [counter("tx_bytes", 5), *(counter(name, 7 + grown, port=port) for name, port, grown in others)]
    made = twice(before, after)["ont_octets_down_ratio"]
    assert told(made) == wanted
    assert isinstance(made, float) or made.stage == STILL  # type: ignore[union-attr]


def test_a_counter_that_was_never_anything_but_zero_is_not_kept_by_the_family() -> None:
    before, after = [counter("tx_bytes", 0), counter("rx_bytes", 7)], [counter("tx_bytes", 0), counter("rx_bytes", 9)]
    assert told(twice(before, after)["ont_octets_down_ratio"]) == "not_supported"


def test_counters_that_stood_still_are_for_a_person_to_look_at() -> None:
    found = twice([counter("tx_bytes", 5)], [counter("tx_bytes", 5)])["ont_octets_down_ratio"]
    assert isinstance(found, Failure)
    still = replace(failed("ont_octets_down_ratio", "timeout"), failure=found)
    untold = failed("ont_octets_up_ratio", "not_supported")
    assert stood_still([untold]) == []
    assert stood_still([still, untold]) == ["the ONT's octet counters stood still in the download"]


def test_a_narrow_counter_may_have_wrapped_more_than_once() -> None:
    link = replace(MOVED, tx_bytes=20_000 * MBYTE)
    after = (123 + 20_000 * MBYTE) % NARROW
    made = twice([counter("rx_bytes", 123, narrow=True)], [counter("rx_bytes", after, narrow=True)], link)
    assert made["ont_octets_up_ratio"] == pytest.approx(1.0)


def test_packets_are_compared_where_a_family_counts_no_octets() -> None:
    made = twice([counter("rx_packets", 0)], [counter("rx_packets", 400_000)])
    assert made["ont_packets_up_ratio"] == 1.0
    assert told(made["ont_octets_up_ratio"]) == "not_supported"


def test_other_ports_are_told_from_the_stations_own() -> None:
    before = [counter("tx_bytes", 0, port=port) for port in ("lan1", "lan2", "lan3")]
    after = [counter("tx_bytes", n * MBYTE, port=p) for p, n in (("lan1", 1000), ("lan2", 150), ("lan3", 50))]
    assert twice(before, after)["ont_other_ports_down_ratio"] == pytest.approx(0.2)
    assert told(twice(before[:1], after[:1])["ont_other_ports_down_ratio"]) == "not_supported"


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        (LINK, "not_applicable"),
        (Failure(kind="instrument_limit", stage="link"), "instrument_limit"),
        (replace(LINK, rx_bytes=10), "not_applicable"),
    ],
)
def test_without_traffic_there_is_nothing_to_compare(link: Link | Failure, wanted: str) -> None:
    made = twice([counter("tx_bytes", 0)], [counter("tx_bytes", 9)], link)
    assert told(made["ont_octets_down_ratio"]) == wanted


def test_errors_of_the_fibre_count_only_what_the_test_added() -> None:
    name = "ont_fec_uncorrectable_codewords"
    assert twice([measured(name, 4)], [measured(name, 9)])[f"{name}_rise"] == 5
    assert twice([measured(name, 4)], [measured(name, 4)])[f"{name}_rise"] == 0
    assert told(twice([failed(name, "no_such_object")], [])[f"{name}_rise"]) == "no_such_object"


def test_an_ont_that_could_not_be_read_before_is_not_asked_again() -> None:
    bench = instruments(ont=())
    known = (failed("ont_rx_power_dbm", "auth_rejected"),)
    made = run_check(CHECKS["ont_again"], Context(line=LINE, instruments=bench, known=known))
    assert {m.failure.kind for m in made if m.failure} == {"not_applicable"}
    assert bench.terminal.reads == 0  # type: ignore[attr-defined]


def test_without_traffic_ordered_the_ont_is_not_read_again() -> None:
    line = replace(LINE, ordered=replace(ORDERED, down_mbps=0, up_mbps=0))
    assert run_check(CHECKS["ont_again"], Context(line=line, instruments=instruments())) == ()


def test_a_lan_quantity_that_no_port_tells_is_unknown_for_the_stations_own() -> None:
    bench = instruments(ont=(failed("ont_lan_rx_bytes", "not_supported"), counter("tx_bytes", 5, port="lan2")))
    found = {m.name: m for m in run_check(CHECKS["ont"], Context(line=LINE, instruments=bench))}
    assert "ont_lan_rx_bytes" not in found
    failure = found["ont_lan_rx_bytes[lan1]"].failure
    assert failure is not None and failure.kind == "not_supported"
    assert found["ont_lan_tx_bytes[lan2]"].value == 5
