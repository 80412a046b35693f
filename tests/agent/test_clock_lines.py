"""A station whose clock is wrong measures, saves and closes as one whose clock is right, and says how it stood."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain as chained
from itertools import repeat
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agent import mqtt_link, record_form, seal
from agent.assignment import Assignment
from agent.chain import Chain
from agent.clock import StationClock
from agent.delivery import Delivery
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.record import AcceptanceRecord
from agent.trust import Revocation, Trust
from tests.agent import orders
from tests.agent.acceptor.conftest import visit
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import PACE, WAIT_S, Person, Words, running
from tests.agent.power_story import acceptance
from tests.diagnostics.fakes import FakeClock, instruments
from tests.frauds.house import NOW, Ending, House

Now = Callable[[], datetime]


@pytest.fixture
def house(tmp_path: Path, ring: Ring) -> Iterator[House]:
    made = House(tmp_path, ring)
    yield made
    made.close()


def ticking(*times: datetime) -> Now:
    """A clock that reads these times one after the other, and then stands."""
    left = chained(times, repeat(times[-1]))
    return lambda: next(left)


class Stepping(FakeClock):
    """The clock of the instruments, which reads as the station's does; durations are monotonic."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now()


def walked(house: House, now: Now, given: Assignment) -> tuple[Ending, list[AcceptanceRecord]]:
    """One whole attempt under a clock: what the acceptor makes of it, and its records."""
    with Journal(house.folder / "under this clock") as journal:
        station = Chain(journal, key=house.ring.station, station="station-1", clock=StationClock(now=now))
        bench = replace(instruments(), clock=Stepping(now))
        house.test(station, given, bench, house.kernel())
        ending = house.hand_in(station)
        assert house.verified(station).decision == "valid"
        tokens = [station.token(link) for link in station.links]
    return ending, [record_form.parse(seal.read(token, typ=seal.RECORD).payload) for token in tokens]


def running_from(start: datetime) -> Now:
    return ticking(*(start + timedelta(seconds=n) for n in range(100)))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS: dict[str, tuple[Callable[[], Now], str]] = {  # and the status of the open and of the close record
    "boot at 1970": (lambda: running_from(EPOCH), "UU"),
    "boot at 2099": (lambda: running_from(datetime(2099, 1, 1, tzinfo=UTC)), "II"),
    "step of an hour ahead in mid test": (lambda: ticking(*[NOW] * 9, NOW + timedelta(hours=1)), "II"),
    "step of an hour back in mid test": (lambda: ticking(*[NOW] * 9, NOW - timedelta(hours=1)), "II"),
    "step back to 1970 in mid test": (lambda: ticking(*[NOW] * 9, EPOCH), "IU"),
    "frozen clock": (lambda: ticking(NOW), "II"),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_no_clock_changes_what_was_measured_or_decided(name: str, house: House, tmp_path: Path) -> None:
    make, status = CLOCKS[name]
    ending, (opened, closed) = walked(house, make(), house.order())
    assert (ending.decision, house.closed()) == ("closed", {"WO-1"})
    assert [each.clock.status.replace("S", "I") for each in (opened, closed)] == list(status)
    assert closed.clock.mono_ns > opened.clock.mono_ns and closed.clock.boot_id == opened.clock.boot_id
    (tmp_path / "beside").mkdir()
    right = House(tmp_path / "beside", house.ring)
    expected, (_, reference) = walked(right, running_from(NOW), right.order())
    right.close()
    assert expected.words == ending.words
    assert figures(closed) == figures(reference)


def figures(record: AcceptanceRecord) -> list[tuple[Any, ...]]:
    assert record.result
    return [(each.quantity, each.index, each.value, each.failure) for each in record.result.measurements]


def reissued(house: House, **terms: Any) -> Assignment:
    """An order with other times, signed by the ticket service and entered in its ledger."""
    given = house.order()
    envelope = orders.resigned(seal.read(given.token, typ=seal.ORDER), house.ring.order, **terms)
    made = replace(given, signed=orders.read(envelope), token=envelope.token)
    house.ledger.issue(made.token, made.ref, orders.ISSUED.isoformat())
    return made


def test_an_order_from_the_future_closes_nothing_by_itself(house: House) -> None:
    ahead = NOW + timedelta(days=1)
    given = reissued(house, issued_at=ahead, expires_at=ahead + timedelta(days=7))
    ending = of_a_station(house, given)
    assert (ending.decision, house.closed()) == ("review", set())
    assert "the test is older than the order" in ending.words


def of_a_station(house: House, given: Assignment) -> Ending:
    """What the acceptor makes of a whole attempt by a station that was told of no newer time."""
    station = house.station()
    house.test(station, given, gates=house.kernel())
    return house.hand_in(station)


def test_an_expired_order_that_a_station_did_test_closes_nothing_by_itself(house: House) -> None:
    early = NOW - timedelta(days=1)
    given = reissued(house, issued_at=early - timedelta(days=7), expires_at=early)
    ending = of_a_station(house, given)
    assert (ending.decision, house.closed()) == ("review", set())
    assert "the order expired" in ending.words


ISSUED = datetime(2026, 1, 3, tzinfo=UTC)


def with_acceptor(ring: Ring, **changes: Any) -> Trust:
    """The trust file with another word on the acceptor's key."""
    key = replace(ring.trust.keys[ring.acceptor.kid], **changes)
    return Trust(keys=ring.trust.keys | {key.kid: key})


def sent_to(station: Chain, broker: Broker, trust: Trust, key: PrivateKey, expected: str) -> None:
    """Let an acceptance of the oldest record reach a station, and wait for what it says or saves."""
    words, saved = Words(), Event()
    station.journal.watch(lambda entry: saved.set())
    waiting = Delivery(station, trust, broker.settings, births=station.journal.directory / "b", pace=PACE, say=words)
    person = Person(broker, "acceptor")
    person.expect(mqtt_link.Connected)
    with running(waiting.run):
        words.wait("nobody subscribes there")
        token = acceptance(station.links[0], key, ISSUED)
        person.link.publish("prooflight/v1/north/station-1/in/acceptance", token.encode())
        if expected:
            words.wait(expected)
        else:
            assert saved.wait(WAIT_S)
    person.link.close()


def test_an_acceptance_is_believed_by_its_own_time_however_far_ahead_the_station_s_clock_is(
    ring: Ring, broker: Broker, station: Chain
) -> None:
    visit(station)
    trust = with_acceptor(ring, not_after=ISSUED + timedelta(days=1))  # as seen from here the station is far ahead
    sent_to(station, broker, trust, ring.acceptor, "")
    assert [link.seq for link in station.pending()] == [2]


def test_an_acceptance_by_a_key_that_had_ended_by_proved_time_or_was_revoked_is_not_believed(
    ring: Ring, broker: Broker, station: Chain
) -> None:
    visit(station)
    revoked = Revocation(time=ISSUED + timedelta(days=1), reason="stolen")
    sent_to(station, broker, with_acceptor(ring, revoked=revoked), ring.acceptor, "was revoked: stolen")
    station.raise_floor(ISSUED + timedelta(days=2))
    ended = with_acceptor(ring, not_after=ISSUED + timedelta(days=1))
    sent_to(station, broker, ended, ring.acceptor, "was valid only until 2026-01-04")
    assert [link.seq for link in station.pending()] == [1, 2]
