"""What a dialling child tells becomes measurements: what the line proved is a value, what nobody found out is not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import criteria
from diagnostics.check import Context, run_check, run_checks
from diagnostics.checks import STAGES, dns, mode, path, pppoe, reach, rounds, throughput
from diagnostics.instruments import Heard
from diagnostics.line import Names, Ordered
from diagnostics.measurement import Failure, Measurement
from diagnostics.verdict import judge
from tests.diagnostics.fakes import LINE, instruments, measured, run_at

BRIDGED = replace(LINE, ordered=replace(LINE.ordered, mode="bridge", access="pppoe", down_mbps=300, up_mbps=50))

OFFER = {"offer": {"name": "BRAS-1", "services": ["", "fast"], "words": "", "ms": 1.5}}
SESSION = {"session": {"id": 7, "peer": "020000000002", "max_payload": None, "ms": 2.5}}
LCP = {"lcp": {"mru": 1492, "magic": True, "ms": 3.5}}
AUTHENTICATION = {"authentication": {"method": "chap_md5", "words": "welcome", "ms": 4.5}}
IPCP = {"ipcp": {"address": "100.64.3.7", "peer": "100.64.0.1", "dns": ["198.51.100.53"], "ms": 5.5}}
IPV6CP = {"ipv6cp": {"state": "refused", "words": "no", "ms": 1.0}}
ECHO = {"echo": {"ms": 0.5}}
UP = {"up": {"mtu": 1492, "words": ""}}
WHOLE = (OFFER, SESSION, LCP, AUTHENTICATION, IPCP, IPV6CP, ECHO, UP)


def ended(state: str, words: str = "") -> dict[str, Any]:
    return {"ended": {"state": state, "words": words}}


class FakeSession:
    """A session that was dialled elsewhere; `released` counts how often it was given back."""

    def __init__(
        self, *lines: dict[str, Any], failure: Failure | None = None, load: float = 0.0, why: Failure | None = None
    ) -> None:
        self.why = why
        self.heard = Heard(lines=lines, failure=failure)
        self.load = load
        self.released = 0

    def dial(self, tell: Any = None) -> Heard:
        return self.heard

    def load_ratio(self) -> float:
        return self.load

    def fault(self) -> Failure | None:
        return self.why

    def release(self) -> None:
        self.released += 1


def learnt(*lines: dict[str, Any], failure: Failure | None = None) -> dict[str, Any]:
    """What the check learns: values, or the kinds of failures, by name."""
    bench = replace(instruments(), session=FakeSession(*lines, failure=failure))
    made = run_check(pppoe.CHECK, Context(line=BRIDGED, instruments=bench))
    return {m.name: m.failure.kind if m.failure else m.value for m in made}


def test_a_session_that_came_up_has_all_its_values() -> None:
    assert learnt(*WHOLE) == {
        "pppoe_state": "up",
        "pppoe_words": "welcome",
        "pppoe_concentrators": 1,
        "pppoe_concentrator": "BRAS-1",
        "pppoe_concentrator[ac1]": "BRAS-1",
        "pppoe_service": "fast",
        "pppoe_offer_ms": 1.5,
        "pppoe_session_ms": 2.5,
        "pppoe_lcp_ms": 3.5,
        "pppoe_authentication_ms": 4.5,
        "pppoe_ipcp_ms": 5.5,
        "pppoe_echo_ms": 0.5,
        "pppoe_max_payload_bytes": "not_applicable",
        "pppoe_mtu_bytes": 1492,
        "pppoe_authentication": "chap_md5",
        "pppoe_address_kind": "shared",
        "pppoe_dns_servers": "198.51.100.53",
        "pppoe_ipv6cp": "refused",
    }


@pytest.mark.parametrize(
    ("lines", "state", "words", "reached"),
    [
        ((ended("no_offer", "no PADO to 3 PADI"),), "no_offer", "no PADO to 3 PADI", set()),
        ((ended("looped", "our own PADI comes back"),), "looped", "our own PADI comes back", set()),
        ((OFFER, ended("no_session", "AC-System-Error: full")), "no_session", "AC-System-Error: full", {"offer"}),
        ((OFFER, SESSION, ended("lcp_failed", "no answer")), "lcp_failed", "no answer", {"offer", "session"}),
        (
            (OFFER, SESSION, LCP, ended("account_refused", "arrears")),
            "account_refused",
            "arrears",
            {"offer", "session", "lcp"},
        ),
        (
            (OFFER, SESSION, LCP, AUTHENTICATION, ended("ipcp_refused")),
            "ipcp_refused",
            "not_applicable",
            {"offer", "session", "lcp", "authentication"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_end_is_a_value_and_what_was_not_reached_is_not_applicable(
    lines: tuple[dict[str, Any], ...], state: str, words: str, reached: set[str]
) -> None:
    made = learnt(*lines)
    assert (made["pppoe_state"], made["pppoe_words"]) == (state, words)
    times = {name: made[f"pppoe_{name}_ms"] for name in ("offer", "session", "lcp", "authentication", "ipcp")}
    assert {name for name, value in times.items() if value != "not_applicable"} == reached


def test_every_concentrator_is_listed() -> None:
    made = learnt(OFFER, {"offer": OFFER["offer"] | {"name": "ROGUE"}}, *WHOLE[1:])
    assert made["pppoe_concentrators"] == 2
    assert (made["pppoe_concentrator[ac1]"], made["pppoe_concentrator[ac2]"]) == ("BRAS-1", "ROGUE")


def test_the_concentrator_is_the_first_that_offered_without_an_error() -> None:
    angry = {"offer": OFFER["offer"] | {"name": "ANGRY", "words": "Generic-Error: full"}}
    assert learnt(angry, *WHOLE)["pppoe_concentrator"] == "BRAS-1"


@pytest.mark.parametrize(
    ("lines", "failure", "kind"),
    [
        ((OFFER, SESSION, LCP, ended("no_password", "none is known")), None, "instrument_limit"),
        ((OFFER, SESSION, ended("foreign_authentication", "0xc227")), None, "not_supported"),
        ((), Failure(kind="instrument_limit", stage="pppoe", detail="needs CAP_NET_RAW"), "instrument_limit"),
        ((OFFER, SESSION), Failure(kind="timeout", stage="pppoe"), "timeout"),
        ((OFFER,), None, "instrument_limit"),
    ],
)
def test_what_the_station_could_not_find_out_is_a_failure(
    lines: tuple[dict[str, Any], ...], failure: Failure | None, kind: str
) -> None:
    assert learnt(*lines, failure=failure)["pppoe_state"] == kind


@pytest.mark.parametrize(
    ("address", "kind"), [("100.64.0.1", "shared"), ("10.0.2.15", "private"), ("8.8.4.4", "public")]
)
def test_the_kind_of_the_address_is_told_and_not_the_address(address: str, kind: str) -> None:
    made = learnt(*WHOLE[:4], {"ipcp": IPCP["ipcp"] | {"address": address}}, UP)
    assert made["pppoe_address_kind"] == kind
    assert address not in str(made)


@pytest.mark.parametrize(("mode", "access"), [("route", "pppoe"), ("bridge", "ipoe"), ("route", "ipoe")])
def test_only_a_bridged_pppoe_line_is_dialled(mode: str, access: str) -> None:
    line = replace(LINE, ordered=replace(LINE.ordered, mode=mode, access=access))
    session = FakeSession(*WHOLE)
    made = run_check(pppoe.CHECK, Context(line=line, instruments=replace(instruments(), session=session)))
    assert made == ()
    assert line.ip_interface == line.interface


def test_a_line_without_an_account_at_hand_says_so() -> None:
    made = run_check(pppoe.CHECK, Context(line=BRIDGED, instruments=instruments()))
    assert {m.failure.kind for m in made if m.failure} == {"instrument_limit"}


class Broken(BaseException):
    """An interrupt."""


def test_the_session_is_released_after_the_last_check_also_after_an_interrupt() -> None:
    session = FakeSession(*WHOLE)
    bench = replace(instruments(), session=session)
    run_checks(STAGES, Context(line=BRIDGED, instruments=bench))
    assert session.released == 1

    def interrupt(words: str) -> None:
        raise Broken

    with pytest.raises(Broken):
        run_checks(STAGES, Context(line=BRIDGED, instruments=bench, tell=interrupt))
    assert session.released == 2


LIMITS = criteria.load("cn_telecom_ftth").for_line(BRIDGED.ordered)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (WHOLE, "pass"),
        ((ended("no_offer"),), "fail"),
        ((OFFER, SESSION, LCP, ended("account_refused", "arrears")), "fail"),
        ((OFFER, SESSION, LCP, ended("no_password")), "unknown"),
    ],
)
def test_the_session_is_required_where_it_is_dialled(lines: tuple[dict[str, Any], ...], status: str) -> None:
    bench = replace(instruments(), session=FakeSession(*lines))
    verdict = judge(run_check(pppoe.CHECK, Context(line=BRIDGED, instruments=bench)), LIMITS)
    finding = verdict.finding("pppoe_up")
    assert finding is not None and (finding.required, finding.status) == (True, status)


@pytest.mark.parametrize("ordered", [LINE.ordered, replace(LINE.ordered, access="pppoe"), Ordered()])
def test_it_is_not_demanded_where_it_is_not_dialled(ordered: Ordered) -> None:
    limits = criteria.load("cn_telecom_ftth").for_line(ordered)
    assert not [limit.name for limit in limits if limit.quantity.startswith("pppoe")]


def throughput_down(
    rate: float, load: float, *known: Measurement, ordered: float = 300, why: Failure | None = None
) -> dict[str, Any]:
    line = replace(BRIDGED, ordered=replace(BRIDGED.ordered, down_mbps=ordered))
    limits = criteria.load("cn_telecom_ftth").for_line(line.ordered)
    bench = replace(instruments(down=run_at(rate)), session=FakeSession(load=load, why=why))
    made = run_check(throughput.DOWN, Context(line=line, instruments=bench, limits=limits, known=known))
    return {m.quantity: m.failure or m.value for m in made}


GIGABIT = measured("station_link_speed_mbps", 1000)


def test_a_rate_below_the_floor_with_a_busy_relay_proves_nothing() -> None:
    made = throughput_down(200, 0.97, GIGABIT)["throughput_down_mbps"]
    assert isinstance(made, Failure)
    assert (made.kind, made.stage) == ("instrument_limit", "relay")


@pytest.mark.parametrize(("rate", "load"), [(200, 0.5), (290, 0.97)])
def test_a_rate_that_the_relay_could_carry_or_that_suffices_counts(rate: float, load: float) -> None:
    assert throughput_down(rate, load, GIGABIT)["throughput_down_mbps"] == rate


def test_where_the_session_does_not_hold_nothing_is_measured_inside() -> None:
    why = Failure(kind="disturbed", stage="pppoe", detail="the session ended: PADT")
    assert throughput_down(290, 0.1, GIGABIT, why=why)["throughput_down_mbps"] == why
    bench = replace(instruments(), session=FakeSession(why=why))
    for check in (reach.CHECK, path.CHECK, dns.CHECK):
        made = run_check(check, Context(line=BRIDGED, instruments=bench))
        assert [(m.quantity, m.index) for m in made] == list(check.quantities(BRIDGED))
        assert {m.failure for m in made} == {why}


SESSIONS = ("public", ("bridge", "none")), ("shared", ("bridge", "cgnat")), ("private", ("bridge", "not_supported"))


@pytest.mark.parametrize(("kind", "found"), [*SESSIONS, ("", ("not_supported", "not_supported"))])
def test_the_address_of_the_session_says_what_the_line_is(kind: str, found: tuple[str, str]) -> None:
    known = [measured("pppoe_address_kind", kind)] if kind else []
    made = run_check(mode.CHECK, Context(line=BRIDGED, instruments=instruments(), known=known))
    assert tuple(m.failure.kind if m.failure else m.value for m in made) == found


def test_the_resolvers_that_the_session_named_are_asked_before_the_stations_own() -> None:
    line = replace(BRIDGED, names=Names(resolvers=("192.0.2.53",)))
    context = Context(line=line, instruments=instruments(), known=[measured("pppoe_dns_servers", "198.51.100.53, ::1")])
    assert dns.resolvers(context) == ("198.51.100.53", "::1", "192.0.2.53")


def test_a_floor_above_the_relays_ceiling_is_not_tested() -> None:
    fast = measured("station_link_speed_mbps", 10000)
    made = throughput_down(1800, 0.1, fast, ordered=2000)
    assert made["throughput_down_ceiling_mbps"] == rounds.RELAY_MBPS
    failure = made["throughput_down_mbps"]
    assert isinstance(failure, Failure) and (failure.kind, failure.stage) == ("instrument_limit", "ceiling")
    assert "relay carries at most 1000" in failure.detail


def test_the_sessions_own_mtu_sets_the_ceiling() -> None:
    full = throughput_down(290, 0.1, GIGABIT, measured("pppoe_mtu_bytes", 1500))["throughput_down_ceiling_mbps"]
    usual = throughput_down(290, 0.1, GIGABIT)["throughput_down_ceiling_mbps"]
    assert (usual, full) == (936.3, 936.6)


FACTS = st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8), max_size=4)
DAMAGED = st.lists(st.sampled_from(WHOLE) | st.dictionaries(st.text(max_size=8), FACTS, max_size=2), max_size=9)


@given(lines=DAMAGED)
def test_whatever_a_child_tells_each_quantity_comes_out_once(lines: list[dict[str, Any]]) -> None:
    bench = replace(instruments(), session=FakeSession(*lines))
    made = run_check(pppoe.CHECK, Context(line=BRIDGED, instruments=bench))
    names = [(m.quantity, m.index) for m in made]
    assert names[: len(pppoe.CHECK.quantities(BRIDGED))] == list(pppoe.CHECK.quantities(BRIDGED))
    assert len(names) == len(set(names))
