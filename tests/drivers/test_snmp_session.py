"""SNMP asks much in few datagrams, in every version, and the last resort hides no better match."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.capture import Capture, differences, load_capture
from drivers.logins import Login
from drivers.profile import GET, WALK
from drivers.profile_file import families, load_profile
from drivers.resource import filled
from drivers.snmp_session import SnmpSession
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import VirtualOnt, virtual_community, virtual_old_community, virtual_user
from drivers.virtual.servers import serve

ZNID = load_capture("dasan_znid", "lit")
ROOT = "1.3.6.1.4.1.99999"
OBJECTS = [f"{ROOT}.1.{n}.0" for n in range(30)]
COLUMNS = [f"{ROOT}.2.1.{n}" for n in range(10)]
FORTY = replace(
    ZNID,
    records=dict.fromkeys(OBJECTS, ("2", "7"))
    | {f"{column}.{row}": ("66", f"{row}") for column in COLUMNS for row in (1, 2, 3, 4, 5)},
)
QUESTIONS = [GET + oid for oid in OBJECTS] + [WALK + column for column in COLUMNS]


def ask(capture: Capture, questions: list[str], login: Login) -> tuple[dict[str, object], VirtualOnt]:
    """The answers of a virtual agent, and the agent."""
    ont = VirtualOnt(capture=capture)
    with serve(ont, "snmp") as server:
        session = SnmpSession(server.host, server.port, login, deadline_at=time.monotonic() + 20)
        session.ask([GET + "1.3.6.1.2.1.1.1.0", GET + "1.3.6.1.2.1.1.2.0"])
        session.ask(questions)
        return dict(session.close()), ont


@pytest.mark.parametrize("login", [virtual_community(), virtual_user()], ids=["v2c", "v3"])
def test_forty_quantities_and_the_identity_take_at_most_four_datagrams(login: Login) -> None:
    answers, ont = ask(FORTY, QUESTIONS, login)
    assert all(isinstance(answers[question], str) for question in QUESTIONS)
    assert str(answers[WALK + COLUMNS[9]]).count("\n") == 4
    discovery = 2 if login.username else 0  # SNMPv3 learns the engine and its time first (RFC 3414 4)
    assert ont.datagrams - discovery <= 4


@pytest.mark.parametrize("family", [f for f in families() if load_profile(f).transports == ("snmp",)])
def test_a_family_is_recognised_and_read_in_at_most_five_datagrams(family: str) -> None:
    profile, capture = load_profile(family), load_capture(family, "lit")
    profile = filled(profile, capture.resource) if capture.resource else profile
    _, ont = ask(capture, list(profile.questions()), virtual_community())
    assert ont.datagrams <= 5


def test_version_1_reads_the_same_but_for_the_64_bit_counters_that_it_does_not_know() -> None:
    with serve(VirtualOnt(capture=ZNID), "snmp") as server:
        made = ChildTerminal(
            address=server.host, port=server.port, transport="snmp", login=virtual_old_community()
        ).read()
    lines = differences(ZNID, made.measurements)
    assert lines and all("x_bytes" in line for line in lines)
    assert {m.failure.kind for m in made.measurements if m.quantity == "ont_lan_rx_bytes" and m.failure} == {
        "no_such_object"
    }


def test_an_object_that_is_missing_costs_version_1_no_other() -> None:
    poorer = replace(FORTY, records={oid: v for oid, v in FORTY.records.items() if oid != OBJECTS[3]})
    answers, _ = ask(poorer, QUESTIONS, virtual_old_community())
    assert [q for q in QUESTIONS if not isinstance(answers[q], str)] == [GET + OBJECTS[3]]


def test_the_last_resort_reads_a_stranger_and_never_hides_a_family_that_fits() -> None:
    for family in ("dasan_znid", "sfp_ddm_mikrotik", "standard_mibs"):
        with serve(VirtualOnt(capture=load_capture(family, "lit")), "snmp") as server:
            made = ChildTerminal(
                address=server.host, port=server.port, transport="snmp", login=virtual_community()
            ).read()
        assert differences(load_capture(family, "lit"), made.measurements) == []


def test_two_modules_are_not_taken_for_one() -> None:
    lit = load_capture("sfp_ddm_mikrotik", "lit")
    table = "1.3.6.1.4.1.14988.1.1.19.1.1"
    second = {f"{table}.2.4": ("4", "sfp2"), f"{table}.10.4": ("2", "-9000")}
    with serve(VirtualOnt(capture=replace(lit, records={**lit.records, **second})), "snmp") as server:
        made = ChildTerminal(address=server.host, port=server.port, transport="snmp", login=virtual_community()).read()
    (rx,) = [m for m in made.measurements if m.quantity == "ont_rx_power_dbm"]
    assert rx.failure and "two different values" in rx.failure.detail


def test_a_last_resort_must_be_true_or_false(tmp_path: Path) -> None:
    from tests.drivers.test_profile_file import GOOD, load

    assert "true or false" in load(tmp_path, GOOD.replace("sys_descr = '^X'", "sys_descr = '^X'\nlast_resort = 1"))
