"""An OLT is asked about one ONT by numbers only, and completes what the ONT itself does not tell."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.instruments import Reading
from diagnostics.measurement import Failure, Measurement
from drivers.capture import differences, load_capture
from drivers.profile_file import families, load_profile
from drivers.resource import PLACEHOLDER, Resource, ResourceError, filled, is_assisted
from drivers.terminal import AssistedTerminal, ChildTerminal
from drivers.virtual.ont import VirtualOnt, virtual_login
from drivers.virtual.servers import serve
from tests.diagnostics.fakes import NOW
from tests.drivers.test_profile_file import GOOD, load

LIT = load_capture("huawei_smartax_olt", "lit")
OLTS = [family for family in families() if is_assisted(load_profile(family))]


@pytest.mark.parametrize(
    ("pon_port", "onu", "numbers"),
    [
        ("0/2/5", 17, (0, 2, 5, 17)),
        ("2/5", 0, (0, 2, 5, 0)),
        ("5", 1023, (0, 0, 5, 1023)),
        ("000/002/5", 1, (0, 2, 5, 1)),
    ],
)
def test_a_pon_port_is_one_to_three_numbers(pon_port: str, onu: int, numbers: tuple[int, ...]) -> None:
    made = Resource.parse(pon_port, onu)
    assert (made.frame, made.slot, made.port, made.onu) == numbers


@pytest.mark.parametrize(
    ("pon_port", "onu"),
    [
        ("", 1),
        ("0/2/5", None),
        ("0/2/5", 1024),
        ("0/2/5", -1),
        ("0/2/5/7", 1),
        ("0/2/5 all", 1),
        ("0/2/5\nreboot", 1),
        ("0/2/256", 1),
        ("a/b", 1),
        ("../5", 1),
        ("١/٢", 1),
        ("gpon-olt_1/2/3", 1),
    ],
)
def test_free_text_is_no_resource(pon_port: str, onu: int | None) -> None:
    with pytest.raises(ResourceError):
        Resource.parse(pon_port, onu)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20), st.integers() | st.none())
def test_nothing_but_digits_ever_reaches_a_command(pon_port: str, onu: int | None) -> None:
    try:
        resource = Resource.parse(pon_port, onu)
    except ResourceError:
        return
    for family in OLTS:
        before, after = load_profile(family), filled(load_profile(family), resource)
        for template, question in zip(before.questions(), after.questions(), strict=True):
            parts = map(re.escape, PLACEHOLDER.split(template)[::2])
            assert re.fullmatch("[0-9]{1,4}".join(parts), question)


def test_both_olts_are_there_and_an_ont_is_never_taken_for_one() -> None:
    assert OLTS == ["huawei_smartax_olt", "vsol_olt"]
    with serve(VirtualOnt(capture=LIT), "telnet") as server:
        made = ChildTerminal(address=server.host, port=server.port, transport="telnet", login=virtual_login()).read()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"unknown_firmware"}


def test_the_order_names_the_ont_and_the_source_says_olt() -> None:
    ont = VirtualOnt(capture=LIT)
    with serve(ont, "telnet") as server:
        made = ChildTerminal(
            address=server.host,
            port=server.port,
            transport="telnet",
            login=virtual_login(),
            resource=Resource(frame=0, slot=2, port=5, onu=17),
        ).read()
    assert differences(LIT, made.measurements) == []
    assert "display ont info 0 2 5 17" in ont.asked and ont.asked[1:3] != ont.asked[2:4]
    assert ont.asked[-3:] == ["quit"] * 3 and ont.log_outs == 1
    assert {m.source.split(":")[0] for m in made.measurements} == {"olt telnet"}


def test_another_onu_of_the_same_port_is_not_read_for_this_one() -> None:
    other = Resource(frame=0, slot=2, port=5, onu=7)
    info = {q.replace(" 17", " 7"): a.replace(": 17", ": 7") for q, a in LIT.answers.items()}
    with serve(VirtualOnt(capture=replace(LIT, answers=info)), "ssh") as server:
        made = ChildTerminal(
            address=server.host, port=server.port, transport="ssh", login=virtual_login(), resource=other
        ).read()
    told = {m.quantity for m in made.measurements if m.failure is None}
    assert "ont_pon_serial" in told and "ont_rx_power_dbm" not in told and "ont_lan_link" not in told


def measured(quantity: str, value: float | str | None, source: str) -> Measurement:
    """A value, or a failure where there is none."""
    failure = Failure(kind="refused", stage="connect") if value is None else None
    return Measurement(quantity=quantity, value=value, failure=failure, taken_at=NOW, source=source)


@dataclass(frozen=True, slots=True)
class Told:
    """A terminal that says what it was given."""

    rx: float | None
    tx: float | None
    source: str

    def read(self) -> Reading:
        """Both powers."""
        powers = (("ont_rx_power_dbm", self.rx), ("ont_tx_power_dbm", self.tx))
        return Reading(measurements=tuple(measured(name, value, self.source) for name, value in powers))


@pytest.mark.parametrize(
    ("own", "olt", "sources"),
    [
        (Told(-18.0, 2.0, "ssh"), Told(-19.0, 3.0, "olt ssh"), ["ssh", "ssh"]),
        (Told(-18.0, None, "ssh"), Told(-19.0, 3.0, "olt ssh"), ["ssh", "olt ssh"]),
        (Told(None, None, "ssh"), Told(-19.0, None, "olt ssh"), ["olt ssh", "ssh"]),
        (Told(None, None, "ssh"), Told(None, None, "olt ssh"), ["ssh", "ssh"]),
        (None, Told(-19.0, None, "olt ssh"), ["olt ssh", "olt ssh"]),
    ],
)
def test_the_olt_completes_what_the_ont_does_not_tell(own: Told | None, olt: Told, sources: list[str]) -> None:
    made = AssistedTerminal(own=own, olt=olt).read().measurements
    assert [(m.quantity, m.source) for m in made] == list(
        zip(("ont_rx_power_dbm", "ont_tx_power_dbm"), sources, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Named:
    """A terminal that tells a serial, or nothing."""

    serial: str | None

    def read(self) -> Reading:
        """Serial and place."""
        facts = (("ont_pon_serial", self.serial), ("ont_olt_place", None))
        return Reading(measurements=tuple(measured(name, value, "ssh") for name, value in facts))


@pytest.mark.parametrize(
    ("ont", "olt", "place"),
    [
        ("HWTC4D2A9C17", "HWTC4D2A9C17", "ordered"),
        ("HWTC4D2A9C17", "HWTC00000001", "elsewhere"),
        ("HWTC4D2A9C17", None, None),
    ],
)
def test_whether_the_olt_has_this_ont_at_the_ordered_place(ont: str, olt: str | None, place: str | None) -> None:
    made = AssistedTerminal(own=Named(ont), olt=Named(olt)).read().measurements
    (found,) = [m for m in made if m.quantity == "ont_olt_place"]
    assert found.value == place and (found.failure is None) == (place is not None)


def test_a_placeholder_that_nobody_fills_is_refused(tmp_path: Path) -> None:
    assert "write {frame}" in load(tmp_path, GOOD.replace('command = "version"', 'command = "version {colour}"'))
