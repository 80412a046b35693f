"""What the checks of addressing and services make of what the wire saw, with no wire at all."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.checks.mode import kind_of
from diagnostics.instruments import Heard
from diagnostics.line import Line, Multicast, Ordered, Registrar
from diagnostics.measurement import Failure, Measurement
from tests.diagnostics.fakes import LINE, ORDERED, FakeWire, instruments, measured

WHOLE = replace(
    LINE,
    ordered=replace(ORDERED, services=("broadband", "iptv", "voice"), mode="bridge", vlans=(41,)),
    multicast=Multicast(group="239.1.1.7"),
    registrar=Registrar(host="198.18.0.9"),
)
TASKS = {"dhcp": "dhcp", "dhcp6": "dhcp6", "neighbours": "neighbours", "path": "path", "vlan": "vlan"}
TASKS |= {"iptv": "igmp", "voice": "sip"}


def made(name: str, line: Line, heard: Heard, known: Sequence[Measurement] = ()) -> tuple[Measurement, ...]:
    bench = instruments(heard={TASKS.get(name, name): heard})
    return run_check(CHECKS[name], Context(line=line, instruments=bench, known=known))


@pytest.mark.parametrize("name", TASKS)
def test_what_the_instrument_could_not_do_is_a_failure_of_everything(name: str) -> None:
    limit = Failure(kind="instrument_limit", stage="wire", detail="no right")
    found = made(name, WHOLE, Heard(failure=limit))
    assert found and {m.failure for m in found} == {limit}


@pytest.mark.parametrize("name", [*TASKS, "dns", "mode"])
def test_what_was_not_ordered_is_not_declared(name: str) -> None:
    assert made(name, Line(interface="lan0"), Heard()) == ()


@pytest.mark.parametrize(
    ("access", "mode", "asked"),
    [("ipoe", "route", True), ("ipoe", "bridge", True), ("pppoe", "route", True), ("pppoe", "bridge", False)],
)
def test_dhcp_is_asked_but_where_the_station_must_dial(access: str, mode: str, asked: bool) -> None:
    line = replace(LINE, ordered=replace(ORDERED, access=access, mode=mode))
    for name in ("dhcp", "dhcp6"):
        assert bool(CHECKS[name].quantities(line)) == asked
    assert CHECKS["dns"].quantities(line) and CHECKS["mode"].quantities(line)


OFFER = {"server": "198.18.0.1", "mac": "02:00:00:00:00:01", "ms": 1.5, "option82": False}
LEASE = {"lease": {"server": "198.18.0.1"}}


@pytest.mark.parametrize(
    ("lines", "state", "released"),
    [
        ((), "no_offer", []),
        (({"offer": OFFER}, LEASE, {"released": True}), "no_ack", []),
        (({"offer": OFFER}, LEASE), "no_ack", ["dhcp_release"]),
    ],
)
def test_how_far_dhcp_came_and_what_is_given_back(
    lines: tuple[dict[str, Any], ...], state: str, released: list[str]
) -> None:
    wire = FakeWire(Failure(kind="timeout", stage="fake"), {"dhcp": Heard(lines=lines)})
    found = run_check(CHECKS["dhcp"], Context(line=LINE, instruments=replace(instruments(), wire=wire)))
    assert found[0].value == state
    assert [task for task, _ in wire.asked[1:]] == released


@pytest.mark.parametrize(
    ("lines", "released"),
    [(({"binding": {"user": "x"}, "password": True},), ["sip_release"]), (({"removed": 0},), []), ((), [])],
)
def test_a_registration_is_taken_back_for_a_child_that_died(
    lines: tuple[dict[str, Any], ...], released: list[str]
) -> None:
    wire = FakeWire(Failure(kind="timeout", stage="fake"), {"sip": Heard(lines=lines)})
    run_check(CHECKS["voice"], Context(line=WHOLE, instruments=replace(instruments(), wire=wire)))
    assert [task for task, _ in wire.asked[1:]] == released


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.1.2.3", "private"),
        ("172.31.0.1", "private"),
        ("172.32.0.1", "public"),
        ("192.168.1.2", "private"),
        ("100.64.0.1", "shared"),
        ("100.127.255.255", "shared"),
        ("100.128.0.1", "public"),
        ("8.8.8.8", "public"),
        ("169.254.1.1", ""),
        ("198.18.0.2", ""),
        ("2001:db8::1", ""),
        ("nonsense", ""),
    ],
)
def test_what_an_address_says(address: str, kind: str) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    ("known", "mode", "cgnat"),
    [
        ((), "not_supported", "not_supported"),
        ((measured("dhcp_address", "192.168.1.2"),), "route", "not_supported"),
        ((measured("dhcp_address", "8.8.8.8"),), "bridge", "none"),
        ((measured("dhcp_address", "100.64.3.4"),), "bridge", "cgnat"),
        ((measured("dhcp_address", "8.8.8.8"), measured("ont_wan_mode", "route", "1")), "route", "none"),
        ((measured("dhcp_address", "192.168.1.2"), measured("ont_wan_address", "10.9.8.7", "1")), "route", "cgnat"),
        ((measured("dhcp_address", "192.168.1.2"), measured("ont_wan_address", "8.8.8.8", "1")), "route", "none"),
    ],
)
def test_mode_and_cgnat_follow_from_what_is_known(known: tuple[Measurement, ...], mode: str, cgnat: str) -> None:
    found = made("mode", LINE, Heard(), known)
    assert [m.value if m.failure is None else m.failure.kind for m in found] == [mode, cgnat]


def test_an_order_that_names_no_group_and_no_registrar_leaves_them_open() -> None:
    line = replace(LINE, ordered=Ordered(services=("iptv", "voice")))
    for name in ("iptv", "voice"):
        assert {m.failure.kind for m in made(name, line, Heard()) if m.failure} == {"not_applicable"}
