"""Judging a command: each step of the order refuses by itself, in its place, and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import seal
from agent.support import consent
from agent.support.command import seal_command, write
from agent.support.judging import Facts, Judged, Noise, Refused, Taken, judge
from agent.support.limits import A_MINUTE, AN_HOUR, COMMAND_BYTES, QUEUE
from agent.support.rate import Rate
from agent.support.state import State
from agent.support.verb import Verb, nothing
from diagnostics import strict_json
from tests.agent.conftest import Ring
from tests.agent.support.engineers import NONCE, Engineer, engineer, trust_with

NOW = 1000.0
FLOOR = datetime(2026, 11, 1, tzinfo=UTC)


def verb(name: str, *, consent: bool, line: bool = False, needs_order: bool = False) -> Verb:
    facts: dict[str, Any] = {"read": nothing, "run": lambda work: None, "needs_order": needs_order}
    return Verb(name=name, consent=consent, line=line, **facts)


VERBS = {
    each.name: each
    for each in (
        verb("status", consent=False),
        verb("ont.read", consent=True, line=True),
        verb("test.run", consent=True, needs_order=True),
    )
}


@pytest.fixture(scope="module")
def wang(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("engineer") / "keys")


@pytest.fixture
def facts(ring: Ring, wang: Engineer) -> Facts:
    agreed = consent.given(wang.key.kid, "Wang Li", 10, "technician", NOW)
    trust = trust_with(ring, wang)
    return Facts(station="station-1", nonce=NONCE, trust=trust, verbs=VERBS, earliest=FLOOR, consent=agreed)


def reason(judged: Judged) -> str:
    return "taken" if isinstance(judged, Taken) else judged.reason


def test_a_good_command_is_taken(facts: Facts, wang: Engineer) -> None:
    judged = judge(wang.asks("ont.read"), False, facts, NOW)
    assert isinstance(judged, Taken)
    assert (judged.verb.name, judged.key.name, judged.budget) == ("ont.read", "Wang Li", "fresh")


# what is wrong with the command, what of the facts makes it so, and the one reason; the later ones come after the first
REFUSED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("wrong_station", {"station": "station-2"}, {}),
    ("stale_boot", {"boot_nonce": "00" * 16}, {}),
    ("stale_boot", {}, {"nonce": ""}),
    ("replayed", {"counter": 7}, {"used": 7}),
    ("replayed", {"counter": 6}, {"used": 7}),
    ("unknown_verb", {"verb": "shell"}, {}),
    ("bad_arguments", {"arguments": {"file": "/etc/shadow"}}, {}),
    ("no_order", {"verb": "test.run"}, {}),
    ("no_consent", {}, {"consent": None}),
    ("consent_over", {}, {"consent": None, "last_consent": "mine"}),
    ("station_leaving", {}, {"leaving": True}),
    ("line_busy", {}, {"line_busy": True}),
    ("queue_full", {}, {"queued": QUEUE}),
    ("storage_full", {}, {"full": True}),
]


def changed(facts: Facts, wang: Engineer, change: dict[str, Any]) -> Facts:
    """The same facts with a change; `used` is the engineer's last counter."""
    made = dict(change)
    if "used" in made:
        made["counters"] = {wang.key.kid: made.pop("used")}
    if "last_consent" in made:
        made["last_consent"] = wang.key.kid
    return replace(facts, **made)


@pytest.mark.parametrize(("expected", "command", "change"), REFUSED, ids=[each[0] for each in REFUSED])
def test_each_step_refuses_by_itself(
    facts: Facts, wang: Engineer, expected: str, command: dict[str, Any], change: dict[str, Any]
) -> None:
    asked = {"verb": "ont.read", "counter": 8} | command
    judged = judge(wang.asks(**asked), False, changed(facts, wang, change), NOW)
    assert isinstance(judged, Refused)
    assert judged.reason == expected
    stale = expected in ("wrong_station", "stale_boot", "replayed")
    assert judged.budget == ("stale" if stale else "fresh")


def test_of_two_things_that_are_wrong_the_earlier_in_the_order_is_told(facts: Facts, wang: Engineer) -> None:
    told = [each for each in REFUSED if each[2] != {"nonce": ""} and each[1].get("counter") != 6]
    assert len({each[0] for each in told}) == len(told)
    pairs = 0
    for place, (first, command, change) in enumerate(told):
        for _, other_command, other_change in told[place + 1 :]:
            if set(command) & set(other_command) or set(change) & set(other_change):
                continue
            if first == "unknown_verb" and "verb" in other_command:
                continue
            asked = {"verb": "ont.read", "counter": 8} | command | other_command
            judged = judge(wang.asks(**asked), False, changed(facts, wang, change | other_change), NOW)
            assert reason(judged) == first
            pairs += 1
    assert pairs > 60


def test_consent_is_of_one_person_and_of_its_time(ring: Ring, facts: Facts, wang: Engineer, tmp_path: Path) -> None:
    zhao = engineer(tmp_path / "keys", "Zhao Min")
    both = replace(facts, trust=trust_with(ring, wang, zhao))
    assert reason(judge(zhao.asks("ont.read"), False, both, NOW)) == "consent_other"
    assert reason(judge(zhao.asks("status"), False, both, NOW)) == "taken"
    assert reason(judge(wang.asks("ont.read"), False, both, NOW + 599)) == "taken"
    assert reason(judge(wang.asks("ont.read"), False, both, NOW + 601)) == "consent_over"
    assert reason(judge(zhao.asks("ont.read"), False, both, NOW + 601)) == "no_consent"


def test_what_is_not_surely_of_an_engineer_is_noise(ring: Ring, facts: Facts, wang: Engineer) -> None:
    good = wang.asks()
    payload = write(wang.command())
    forged = [seal_command(wang.command(), each).encode() for each in (ring.stranger, ring.station, ring.acceptor)]
    forged += [seal_command(wang.command(), each).encode() for each in (ring.order, ring.reflector, ring.criteria)]
    found = [reason(judge(each, False, facts, NOW)) for each in forged]
    assert found == ["unknown_key", *["role"] * 5]
    head, body, signature = good.decode().split(".")
    twisted = f"{head}.{body}.{signature[:-6]}{'A' * 6}".encode()
    other = seal.seal(payload, typ=seal.ORDER, key=wang.key).token.encode()
    cases: list[tuple[bytes, bool, str]] = [
        (good, True, "retained"),
        (good + b" ", False, "encoding"),
        (b"x" * (COMMAND_BYTES + 1), False, "size"),
        ("命令".encode(), False, "encoding"),
        (b"", False, "encoding"),
        (twisted, False, "signature"),
        (other, False, "typ"),
    ]
    for raw, retained, expected in cases:
        assert reason(judge(raw, retained, facts, NOW)) == expected


def test_a_signed_object_that_is_no_command_is_told_so_without_a_box(facts: Facts, wang: Engineer) -> None:
    made = seal.seal(strict_json.write({"v": 1}), typ=seal.COMMAND, key=wang.key).token.encode()
    judged = judge(made, False, facts, NOW)
    assert isinstance(judged, Refused)
    assert (judged.reason, judged.command, judged.budget) == ("bad_form", None, "stale")


TIMES: list[tuple[str, dict[str, object], str]] = [
    ("revoked", {"revoked": {"time": "2026-11-01T00:00:00+00:00", "reason": "left"}}, "revoked"),
    ("surely over", {"not_after": "2026-10-01T00:00:00+00:00"}, "validity"),
    ("perhaps over", {"not_after": "2026-11-02T00:00:00+00:00"}, "taken"),
    ("perhaps not yet", {"not_before": "2026-11-02T00:00:00+00:00"}, "taken"),
]


@pytest.mark.parametrize(("name", "entry", "expected"), TIMES, ids=[each[0] for each in TIMES])
def test_a_key_is_refused_once_its_time_is_surely_over(
    ring: Ring, facts: Facts, wang: Engineer, name: str, entry: dict[str, object], expected: str
) -> None:
    known = replace(facts, trust=trust_with(ring, wang, **entry))
    assert reason(judge(wang.asks(), False, known, NOW)) == expected
    with_clock = replace(known, synchronised=FLOOR + timedelta(days=10 if "over" in name else 0))
    assert reason(judge(wang.asks(), False, with_clock, NOW)) == ("revoked" if name == "revoked" else "validity")


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_the_clock_of_the_engineer_decides_nothing(facts: Facts, wang: Engineer, days: int) -> None:
    issued = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(days=days)
    assert reason(judge(wang.asks(issued=issued), False, facts, NOW)) == "taken"


def asked_again_and_again(facts: Facts, ask: Callable[[], bytes], times: list[float]) -> list[str]:
    """What becomes of one command after the other."""
    state, found = State(nonce=NONCE), []
    for now in times:
        judged = judge(ask(), False, replace(facts, counters=state.counters, rates=state.rates), now)
        state.heed(judged, now)
        found.append(reason(judged))
    return found


def test_beyond_the_rate_there_is_no_answer(facts: Facts, wang: Engineer) -> None:
    found = asked_again_and_again(facts, wang.asks, [NOW + n / 20 for n in range(1000)] + [NOW + 61])
    assert found == ["taken"] * A_MINUTE + ["rate_minute"] * (1000 - A_MINUTE) + ["taken"]
    found = asked_again_and_again(facts, wang.asks, [NOW + 10 * n for n in range(AN_HOUR + 5)] + [NOW + 3601])
    assert found == ["taken"] * AN_HOUR + ["rate_hour"] * 5 + ["taken"]


def test_whoever_repeats_somebody_s_old_commands_does_not_use_up_their_rate(facts: Facts, wang: Engineer) -> None:
    old = wang.asks()
    mixed = iter([old, *[old] * 500, wang.asks(), *[wang.asks(station="station-2") for _ in range(20)], wang.asks()])
    found = asked_again_and_again(facts, lambda: next(mixed), [NOW + n / 100 for n in range(523)])
    assert found[0] == found[501] == found[-1] == "taken"
    assert found[1:501] == ["replayed"] * A_MINUTE + ["rate_minute"] * (500 - A_MINUTE)
    assert set(found[502:-1]) == {"rate_minute"}


def test_a_command_that_was_refused_or_let_go_cannot_be_used_later(facts: Facts, wang: Engineer) -> None:
    for change in ({"consent": None}, {"rates": {(wang.key.kid, "fresh"): Rate(answered=(NOW,) * A_MINUTE)}}):
        kept, state = wang.asks("ont.read"), State(nonce=NONCE)
        judged = judge(kept, False, changed(facts, wang, change), NOW)
        assert reason(judged) in ("no_consent", "rate_minute")
        state.heed(judged, NOW)
        assert reason(judge(kept, False, replace(facts, counters=state.counters), NOW)) == "replayed"


def test_a_counter_begins_again_with_another_birth(facts: Facts, wang: Engineer) -> None:
    state = State(nonce=NONCE)
    state.heed(judge(wang.asks(counter=900), False, facts, NOW), NOW)
    assert state.counters == {wang.key.kid: 900}
    state.born(NONCE)
    assert state.counters == {wang.key.kid: 900}
    state.born("11" * 16)
    assert state.counters == {}


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(alphabet="abc.=-_ \n", max_size=60).map(str.encode), st.booleans())
def test_no_bytes_are_more_than_noise(raw: bytes, retained: bool) -> None:
    facts = Facts(station="s", nonce=NONCE, trust=NOBODY, verbs=VERBS, earliest=FLOOR)
    assert isinstance(judge(raw, retained, facts, NOW), Noise)


NOBODY = seal.Trust()
