"""What an ONT says becomes a value only where it cannot be anything else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.measurement import Failure, Measurement
from drivers.conversions import duration, pon_serial
from drivers.decode import decode, row_names
from drivers.profile import Reading
from tests.diagnostics.fakes import NOW

RX = Reading(quantity="ont_rx_power_dbm", command="x", pattern=re.compile(r"(?m)^Rx: (.*) dBm$"), absent=("none",))


def rx(answer: str) -> object:
    (one,) = decode(RX, answer)
    return one.failure.kind if one.failure else one.value


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Rx: -18.20 dBm", -18.2),
        ("Rx: -27 dBm", -27),
        ("Rx:  -18.20  dBm", -18.2),
        ("noise\nRx: -18.2 dBm\nnoise", -18.2),
        ("Rx: -45 dBm", -45),
        ("Rx: 5 dBm", 5),
        ("Rx: -45.01 dBm", "unparseable"),
        ("Rx: 5.01 dBm", "unparseable"),
        ("Rx: -40 dBm", "no_signal"),
        ("Rx: -40.00 dBm", "no_signal"),
        ("Rx: -- dBm", "no_signal"),
        ("Rx: - dBm", "no_signal"),
        ("Rx: N/A dBm", "no_signal"),
        ("Rx: -inf dBm", "no_signal"),
        ("Rx: none dBm", "no_signal"),
        ("Rx: 65535 dBm", "no_signal"),
        ("Rx: 2147483647 dBm", "no_signal"),
        ("Rx: nan dBm", "unparseable"),
        ("Rx: 1e1 dBm", "unparseable"),
        ("Rx: -18,2 dBm", "unparseable"),
        ("Rx: ١٨ dBm", "unparseable"),
        ("Rx: -18.2 uW", "unparseable"),
        ("", "unparseable"),
        ("Rx: -18.2 dBm\nRx: -18.2 dBm", -18.2),
        ("Rx: -18.2 dBm\nRx: -9 dBm", "unparseable"),
        ("Rx: -18.2 dBm\nRx: -- dBm", "unparseable"),
    ],
)
def test_a_power_counts_only_inside_its_window_and_without_a_filler(answer: str, expected: object) -> None:
    assert rx(answer) == expected


def test_a_connection_that_does_not_dial_has_no_pppoe_session_that_could_be_down() -> None:
    reading = Reading(quantity="ont_pppoe_state", command="x", pattern=re.compile(r"(?m)^PPPoE: ?(.*)$"))
    (one,) = decode(reading, "PPPoE: -")
    assert one.failure and one.failure.kind == "not_applicable"


@pytest.mark.parametrize(
    ("raw", "serial"),
    [
        ("48575443CA49257B", "HWTCCA49257B"),
        ("HWTC12345678", "HWTC12345678"),
        ("ZTEGaaa01234", "ZTEGAAA01234"),
        ("47 50 4f 4e ab cd 12 34", "GPONABCD1234"),
        ("0x48575443ca49257b", "HWTCCA49257B"),
        ("2a2a2a2a2a2a2a2a", None),
        ("D2E61BC9", None),
        ("8C97EA6C17AC", None),
        ("HWTC1234567G", None),
        ("", None),
    ],
)
def test_a_pon_serial_is_four_letters_and_eight_digits_or_none(raw: str, serial: str | None) -> None:
    assert pon_serial(raw) == serial


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("0 day(s) 01:44:25", "6265"),
        ("1 day 00:00:01", "86401"),
        ("0 Days 3 Hour 17 Min 24 Sec", "11844"),
        ("2 day(s), 3 hour(s), 17 minute(s), 24 second(s)", "184644"),
        ("01:00:00", "3600"),
        ("1:2", None),
        ("yesterday", None),
    ],
)
def test_a_duration_becomes_seconds(raw: str, seconds: str | None) -> None:
    assert duration(raw) == seconds


def test_the_peers_own_form_is_kept_where_it_was_normalised() -> None:
    serial = Reading(quantity="ont_pon_serial", command="x", pattern=re.compile("sn = (.*)"), convert="pon_serial")
    (one,) = decode(serial, "sn = 48575443CA49257B")
    assert (one.value, one.raw) == ("HWTCCA49257B", "48575443CA49257B")


def test_scale_and_offset_are_applied_before_the_window() -> None:
    kelvin = Reading(quantity="ont_temperature_celsius", command="x", pattern=re.compile("(.*)K"), offset=-273.15)
    assert decode(kelvin, "319K")[0].value == pytest.approx(45.85)
    millivolts = Reading(quantity="ont_voltage_v", command="x", pattern=re.compile("(.*) mV"), scale=0.001)
    assert decode(millivolts, "3291 mV")[0].value == pytest.approx(3.291)


def test_rows_of_a_table_come_out_under_their_own_names() -> None:
    speed = Reading(quantity="ont_lan_speed_mbps", oid="1.3.9", rows="lan")
    names = row_names(
        re.compile(r"^eth([1-9])$"), "lan", "1.3.7.1 = lo\n1.3.7.2 = eth0\n1.3.7.3 = eth1\n1.3.7.4 = eth2"
    )
    assert names == {"3": "lan1", "4": "lan2"}
    found = decode(speed, "1.3.9.1 = 0\n1.3.9.3 = 1000\n1.3.9.4 = 100", names)
    assert [(one.index, one.value) for one in found] == [("lan1", 1000), ("lan2", 100)]


@pytest.mark.parametrize(
    ("rows", "index"), [("lan", ["lan0", "lan3"]), ("lan1", ["lan1", "lan4"]), ("2_wan10", ["2_wan10", "2_wan13"])]
)
def test_rows_are_counted_as_the_device_counts_or_from_the_row_that_is_its_first(rows: str, index: list[str]) -> None:
    pattern = re.compile(r"(?m)^(?P<row>\d) (\w+)$")
    link = Reading(quantity="ont_lan_link", command="x", pattern=pattern, rows=rows)
    assert [one.index for one in decode(link, "0 up\n3 down")] == index


def test_a_word_that_is_none_of_the_known_states_is_no_state() -> None:
    link = Reading(quantity="ont_optical_link", command="x", pattern=re.compile("L: (.*)"), states={"ok": "up"})
    assert decode(link, "L: ok")[0].value == "up"
    failure = decode(link, "L: fine")[0].failure
    assert failure and failure.kind == "unparseable"


SUM = re.compile(r"(?P<row>\d) (\S+)(\S)")
READINGS = [
    RX,
    Reading(quantity="ont_onu_state", command="x", pattern=re.compile(r"(\S+)")),
    Reading(quantity="ont_model", command="x", pattern=re.compile(r"(?m)^(.*)$")),
    Reading(quantity="ont_lan_rx_packets", command="x", pattern=SUM, rows="lan", convert="sum"),
    Reading(quantity="ont_lan_rx_bytes", oid="1.3.9", rows="lan"),
    Reading(quantity="ont_uptime_s", oid="1.3.9", scale=0.01),
    Reading(quantity="ont_pon_serial", oid="1.3.9", convert="pon_serial"),
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(READINGS), st.text() | st.from_regex(r"(1\.3\.9\.\d = ?.*\n){1,3}") | st.from_regex(r"\d \d+"))
def test_whatever_an_ont_says_becomes_measurements(reading: Reading, answer: str) -> None:
    found = decode(reading, answer, {"1": "lan1"})
    assert found
    assert len({one.index for one in found}) == len(found)
    for one in found:
        assert isinstance(one.failure, Failure) != (one.value is not None)
        Measurement(
            quantity=reading.quantity, index=one.index, value=one.value, failure=one.failure, taken_at=NOW, source="x"
        )
