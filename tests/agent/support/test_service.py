"""Remote support over a real broker: what is asked is run once, answered in order, and stopped by those on site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.support.limits import QUEUE
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.support.engineers import Engineer, engineer
from tests.agent.support.stations import Desk, Served, desk, served


@pytest.fixture(scope="module")
def wang(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("wang") / "keys")


@pytest.fixture(scope="module")
def zhao(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("zhao") / "keys", "Zhao Min")


@pytest.fixture
def at(tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer, zhao: Engineer) -> Iterator[Served]:
    with served(tmp_path, broker, ring, station, wang, zhao) as made:
        yield made


@pytest.fixture
def one(at: Served, broker: Broker, ring: Ring, wang: Engineer) -> Iterator[Desk]:
    with desk(broker, ring, wang) as made:
        yield made


@pytest.fixture
def other(at: Served, broker: Broker, ring: Ring, zhao: Engineer) -> Iterator[Desk]:
    with desk(broker, ring, zhao) as made:
        yield made


def test_status_is_answered_and_stands_in_the_journal(at: Served, one: Desk) -> None:
    of = one.ask()
    told = one.until(of, "end")
    assert [(each.n, each.kind, each.reason) for each in told] == [(0, "taken", ""), (1, "event", ""), (2, "end", "")]
    assert one.body(told[0]) == {"event": "taken", "ahead": 0, "left_minute": 9, "left_hour": 59}
    assert one.events(of) == [{"event": "status", "status": {"station": "station-1"}}]
    assert one.body(told[2]) == {"event": "end", "events": 1, "dropped": 0, "words": "done"}
    at.hears("status has ended (done)")
    assert [(each["what"], each["who"], each["verb"], each["command"]) for each in at.diary()] == [
        (what, "Wang Li", "status", of) for what in ("taken", "ended")
    ]
    assert at.support.told()["recent"][0] | {"ago_s": 0} == {
        "who": "Wang Li",
        "verb": "status",
        "ended": "",
        "ago_s": 0,
    }


def test_nothing_runs_before_those_on_site_agree(at: Served, one: Desk) -> None:
    assert one.refused(one.ask("held", order="WO-1")) == "no_consent"
    [asked] = at.support.told()["asked"]
    assert (asked["who"], asked["verb"], asked["order"]) == ("Wang Li", "held", "WO-1")
    at.support.grant(asked["kid"], 30, "customer")
    assert (at.support.told()["asked"], at.support.told()["granted"]["by"]) == ([], "customer")
    of = one.ask("held")
    at.verbs["held"].say(event="seen", value=1)
    at.verbs["held"].finish()
    assert one.ended(of) == ""
    assert one.events(of) == [{"event": "seen", "value": 1}]
    assert at.verbs["held"].runs == 1
    assert [each["what"] for each in at.diary()][:3] == ["refused", "consent", "taken"]


def test_who_is_not_let_in_is_asked_for_no_more(at: Served, one: Desk) -> None:
    one.refused(one.ask("held"))
    at.support.decline(one.who.key.kid)
    assert at.support.told()["asked"] == []
    assert at.diary()[-1]["what"] == "declined"


ENDINGS = [("withdraw", "withdrawn"), ("stop", "cancelled")]


@pytest.mark.parametrize(("deed", "reason"), ENDINGS)
def test_those_on_site_end_what_runs(at: Served, one: Desk, deed: str, reason: str) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    at.verbs["held"].wait()
    shown = at.support.told()["running"]
    assert (shown["who"], shown["verb"]) == ("Wang Li", "held")
    getattr(at.support, deed)()
    assert one.ended(of) == reason
    at.hears(f"held has ended ({reason})")
    assert at.support.told()["running"] is None
    assert (at.support.told()["granted"] is None) == (deed == "withdraw")
    entries = {(each["what"], each.get("reason")) for each in at.diary()}
    assert ("ended", reason) in entries
    assert (("withdrawn", None) in entries) == (deed == "withdraw")
    again = one.ask("held")
    assert (one.refused(again) if deed == "withdraw" else "") == ("consent_over" if deed == "withdraw" else "")


def test_nothing_leaves_the_station_once_consent_is_gone(at: Served, one: Desk) -> None:
    """A reading that was under way then comes to its end, and is told to nobody."""
    at.verbs["held"].deaf = True
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    at.verbs["held"].say(event="seen", n=1)
    one.until(of, "event")
    at.support.withdraw()
    at.verbs["held"].say(event="seen", n=2)
    assert one.ended(of) == "withdrawn"
    assert one.events(of) == [{"event": "seen", "n": 1}]


@pytest.mark.parametrize(("minutes", "passed_s", "reason"), [(5, 301.0, "consent_over"), (30, 601.0, "deadline")])
def test_time_ends_what_runs(
    tmp_path: Path,
    broker: Broker,
    ring: Ring,
    station: Chain,
    wang: Engineer,
    minutes: int,
    passed_s: float,
    reason: str,
) -> None:
    now = [1000.0]
    with served(tmp_path, broker, ring, station, wang, monotonic=lambda: now[0]) as at, desk(broker, ring, wang) as one:
        at.support.grant(wang.key.kid, minutes, "customer")
        of = one.ask("held")
        at.verbs["held"].wait()
        now[0] += passed_s
        assert one.ended(of) == reason
        at.hears(f"held has ended ({reason})")
        if reason == "consent_over":
            at.hears("may look no longer: consent_over")
            assert at.support.told()["granted"] is None
            assert {each["what"] for each in at.diary()} == {"consent", "taken", "ended", "consent_over"}


def test_an_engineer_ends_what_they_asked_for_and_nobody_else_does(at: Served, one: Desk, other: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    at.verbs["held"].wait()
    assert other.ended(other.ask("cancel", arguments={"of": of})) == ""
    assert at.support.told()["running"]["who"] == "Wang Li"
    assert one.ended(one.ask("cancel", arguments={"of": of})) == ""
    assert one.ended(of) == "cancelled"


def test_two_engineers_at_once_take_turns(at: Served, one: Desk, other: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    at.verbs["held"].wait()
    assert other.refused(other.ask("held")) == "consent_other"
    waiting = other.ask()
    assert other.body(other.until(waiting, "taken")[0])["ahead"] == 1
    assert at.support.told()["waiting"] == [{"who": "Zhao Min", "verb": "status"}]
    at.support.grant(other.who.key.kid, 5, "technician")
    assert one.ended(of) == "withdrawn"
    assert other.ended(waiting) == ""


def test_more_than_the_queue_holds_is_refused(at: Served, one: Desk, other: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    first = one.ask("held")
    at.verbs["held"].wait()
    asked = [(one if n % 2 else other).ask() for n in range(QUEUE + 1)]
    both = {of: one if n % 2 else other for n, of in enumerate(asked)}
    assert [both[of].until(of, "taken")[0].kind for of in asked[:QUEUE]] == ["taken"] * QUEUE
    assert both[asked[-1]].refused(asked[-1]) == "queue_full"
    at.verbs["held"].finish()
    assert one.ended(first) == ""
    assert [both[of].ended(of) for of in asked[:QUEUE]] == [""] * QUEUE


def test_a_repeated_command_runs_once(at: Served, one: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    one.born()  # before that there is no nonce to name
    token = one.who.asks("held", boot_nonce=one.nonce)
    of = one.send(token)
    at.verbs["held"].wait()
    assert one.send(token) == one.send(token) == of
    assert [each.reason for each in one.until(of, "refused", 1)][-1] == "replayed"
    at.verbs["held"].finish()
    assert one.ended(of) == ""
    assert at.verbs["held"].runs == 1


def test_a_job_on_site_has_the_line_first(at: Served, one: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held.line")
    at.verbs["held.line"].wait()
    with at.place.for_job(lambda: False):
        assert one.ended(of) == "superseded_by_test"
        at.hears("held.line has ended")
        late = one.ask("held.line")
        assert one.ended(late) == "line_busy"
    free = one.ask("held.line")
    at.verbs["held.line"].wait()
    at.verbs["held.line"].finish()
    assert one.ended(free) == ""


def test_a_verb_that_has_a_fault_ends_with_one_and_the_next_one_runs(at: Served, one: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    at.verbs["held"].wait()
    at.verbs["held"].say(event="x", value=object())  # no JSON
    assert one.ended(of) == "fault"
    assert one.ended(one.ask()) == ""


def test_an_answer_that_grows_too_long_ends(at: Served, one: Desk) -> None:
    at.support.grant(one.who.key.kid, 5, "technician")
    of = one.ask("held")
    for n in range(20):
        at.verbs["held"].say(event="log", n=n, text="x" * 60_000)
    assert one.ended(of) == "too_long"
    assert sum(len(each.body) for each in one.told[of]) < 1 << 20
    told = one.events(of)
    assert len(told) > 5
    assert [each["n"] for each in told] == list(range(len(told)))
