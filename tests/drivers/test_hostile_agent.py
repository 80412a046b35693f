"""Every way that an SNMP agent is hostile or broken has a named outcome, over a real socket; no wrong value ever."""

from dataclasses import replace

import pytest

from drivers.capture import differences, load_capture
from drivers.profile_file import load_profile
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community
from tests.drivers.reader import failures, outcome, read_here

ZNID = load_capture("dasan_znid", "lit")
PROFILE = load_profile("dasan_znid")
RX, LINK, BYTES = "ont_rx_power_dbm", "ont_lan_link", "ont_lan_rx_bytes"
OUTCOMES = {
    "an OID of 60 kB": (Faults(spoils="OID of 60 kB"), "unparseable", "a datagram of"),
    "an OID that nobody asked for": (Faults(spoils="another OID"), "unparseable", "another question"),
    "a reply to another request": (Faults(spoils="wrong request id"), "timeout", "no reply"),
    "more objects than were asked": (Faults(spoils="many objects"), "unparseable", "objects in one reply"),
    "silence": (Faults(silent=True), "timeout", "no reply"),
    "reboots in mid reading": (Faults(dies_after=1), "timeout", "no reply"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_ends_a_reading_has_a_name_and_makes_no_wrong_value(name: str) -> None:
    faults, kind, words = OUTCOMES[name]
    made = read_here(
        VirtualOnt(capture=ZNID, faults=faults), "snmp", virtual_community(), profiles=[PROFILE], deadline_s=20
    )
    assert outcome(made, RX) == kind
    assert words in str(failures(made)[RX].failure)
    values = [m for m in made.measurements if m.failure is None]
    assert not [line for line in differences(ZNID, values) if "got nothing" not in line]


def test_a_walk_that_goes_back_fails_alone() -> None:
    ont = VirtualOnt(capture=ZNID, faults=Faults(walks_back=True))
    made = read_here(ont, "snmp", virtual_community(), profiles=[PROFILE])
    assert (outcome(made, BYTES), outcome(made, RX)) == ("unparseable", -20.31)
    assert "does not increase" in str(failures(made)[BYTES].failure)
    assert ont.datagrams < 10


def test_a_walk_that_leaves_its_column_backwards_is_not_taken_for_its_end() -> None:
    from pysnmp.proto.rfc1902 import Integer32

    from drivers.snmp_values import Column

    for behind, ended_well in (("1.3.6.1.2.1.2.2.1.9.1", True), ("1.3.6.1.2.1.1.1.0", False)):
        column = Column("1.3.6.1.2.1.2.2.1.8")
        column.take("1.3.6.1.2.1.2.2.1.8.1", Integer32(1))
        column.take(behind, Integer32(1))
        assert column.ended and isinstance(column.answer(), str) is ended_well


def test_a_counter_of_32_bits_is_noted_as_one_that_wraps() -> None:
    narrow = {
        oid: ("65", "4294967290") if oid.startswith("1.3.6.1.2.1.31.1.1.1.6.") else value
        for oid, value in ZNID.records.items()
    }
    made = read_here(VirtualOnt(capture=replace(ZNID, records=narrow)), "snmp", virtual_community(), profiles=[PROFILE])
    read = [m for m in made.measurements if m.quantity == BYTES]
    assert {(m.value, m.raw) for m in read} == {(4294967290, "4294967290 (Counter32)")}
    assert all(not m.raw for m in made.measurements if m.quantity == "ont_lan_tx_bytes")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("-40.00 dBm", "no_signal"), ("-- dBm", "no_signal"), ("-20.31", "unparseable"), ("", "unparseable"),
     ("\x1b[31m-20.31 dBm", "unparseable"), ("-20.31 mW", "unparseable"), ("x" * 3000, "unparseable")],
)  # fmt: skip
def test_a_power_without_light_or_unit_is_no_number(text: str, kind: str) -> None:
    rx = {"1.3.6.1.4.1.5504.2.5.43.1.2.1.7.1": ("4", text)}
    capture = replace(ZNID, records={**ZNID.records, **rx})
    assert outcome(read_here(VirtualOnt(capture=capture), "snmp", virtual_community(), profiles=[PROFILE]), RX) == kind


def test_the_floors_of_the_libraries_are_kept() -> None:
    import importlib.metadata as metadata

    for name, floor in (("pyasn1", (0, 6, 4)), ("paramiko", (5, 0, 0))):
        assert tuple(map(int, metadata.version(name).split(".")[:3])) >= floor
