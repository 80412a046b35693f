"""A kit comes over the broker in whatever pieces and order; what no criteria key signed fills nothing."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import mqtt_link
from agent.acceptor.dispatch import Letter, NotSent, post
from agent.base64url import encode
from agent.chain import Chain
from agent.delivery import Delivery
from agent.kit import use
from agent.kit.arrival import Arrival, messages
from agent.kit.courier import TOPIC, Kits
from agent.kit.keeper import Keeper
from agent.kit.manifest import MOST_FILE_BYTES
from agent.kit.package import Kit
from agent.kit.store import Store
from agent.kit.waiting import Waiting
from agent.trust import Trust, TrustError
from diagnostics import strict_json
from diagnostics.child import never
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import Person, Words, delivery, running, somebody
from tests.agent.kit.making import UNTRIED, criteria_files, family_files, hand_over, kit

ARRIVED = "has arrived, and is tried when nothing is tested"


@pytest.fixture
def store(tmp_path: Path, ring: Ring) -> Store:
    return Store(folder=tmp_path / use.FOLDER, trust=lambda: ring.trust)


def held(store: Store) -> list[str]:
    """All files below the kits' folder."""
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


def test_a_kit_waits_once_all_of_it_is_there(store: Store, ring: Ring) -> None:
    made = kit(ring, 1, family_files() | criteria_files(ring))
    said = [Arrival(store).take(payload) for payload in messages(made)]  # a new one each: as after a restart
    assert said == ["kit north 1 is arriving", *[""] * (len(said) - 2), f"kit north 1 {ARRIVED}"]
    (path,) = Waiting(store.folder).paths()
    assert path.read_bytes() == made.write() and held(store) == [f"waiting/{made.digest}.kit"]


def test_its_files_may_come_in_any_order_and_twice(store: Store, ring: Ring) -> None:
    made, arrival = kit(ring, 1, family_files()), Arrival(store)
    manifest, *files = messages(made)
    said = [arrival.take(payload) for payload in (manifest, *reversed(files), *files, manifest)]
    assert sum(ARRIVED in words for words in said) == 1
    assert said[-1] == "kit north 1 is arriving", "sent once more before it was taken into use, it is waited for again"
    assert len(Waiting(store.folder).paths()) == 1


def test_a_file_that_two_places_have_in_common_is_sent_once(store: Store, ring: Ring) -> None:
    twice = {"profiles/aa/captures/lit/x": b"same", "profiles/aa/captures/dark/x": b"same"}
    sent = messages(kit(ring, 1, twice))
    assert len(sent) == 2
    assert ARRIVED in [Arrival(store).take(payload) for payload in sent][-1]


def test_a_newer_kit_takes_the_place_of_one_that_is_on_its_way(store: Store, ring: Ring) -> None:
    arrival = Arrival(store)
    old, new = messages(kit(ring, 1)), messages(kit(ring, 2))
    assert [arrival.take(payload) for payload in (old[0], new[0], old[1])][-1] == ""
    assert "a newer one is on its way" in arrival.take(old[0])
    assert ARRIVED in arrival.take(new[1])
    assert len(Waiting(store.folder).paths()) == 1


def test_what_is_in_force_already_is_not_fetched_again(store: Store, ring: Ring, station: Chain) -> None:
    made = kit(ring, 2)
    hand_over(store, made)
    assert Keeper(store, station, say=print, trial=UNTRIED).step(never)
    before = held(store)
    assert [Arrival(store).take(payload) for payload in messages(made)] == ["", ""]
    assert "version 1 is not newer than 2" in Arrival(store).take(messages(kit(ring, 1))[0])
    assert held(store) == before


def file_message(raw: bytes, **changes: Any) -> bytes:
    return strict_json.write({"digest": hashlib.sha256(raw).hexdigest(), "content": encode(raw)} | changes)


STRANGE: dict[str, tuple[Callable[[Kit, Ring], bytes], str]] = {
    "another file": (lambda k, r: file_message(b"another"), ""),
    "a named file with other bytes": (
        lambda k, r: messages(k)[1].replace(b'"content":"', b'"content":"AAAA', 1),
        "is not the one that was signed",
    ),
    "a file without its digest": (lambda k, r: b'{"content":""}', "digest: is missing"),
    "a file with a stranger": (lambda k, r: file_message(b"x", more=1), "is not a field of a kit's file"),
    "no base64url": (lambda k, r: file_message(b"x", **{"content": "=="}), "cannot be read"),
    "a file beyond all size": (lambda k, r: file_message(b"x" * (MOST_FILE_BYTES + 300)), "cannot be read"),
    "no JSON": (lambda k, r: b'{"digest"', "cannot be read"),
    "nothing": (lambda k, r: b"", "its signature is not believed"),
    "a manifest beyond all size": (lambda k, r: b"e" * 100_000, "manifest is too long"),
    "a manifest of the station": (lambda k, r: messages(kit(r, 9, key=r.station))[0], "pinned as station"),
    "a manifest of a stranger": (lambda k, r: messages(kit(r, 9, key=r.stranger))[0], "not in the trust file"),
    "a manifest for newer software": (lambda k, r: messages(kit(r, 9, software="99.0"))[0], "wants prooflight 99.0"),
    "a record": (lambda k, r: b"a.b.c", "its signature is not believed"),
}


@pytest.mark.parametrize(("made", "words"), STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("arriving", [False, True])
def test_what_nobody_signed_is_let_go_and_leaves_nothing(
    made: Callable[[Kit, Ring], bytes], words: str, arriving: bool, store: Store, ring: Ring
) -> None:
    real, arrival = kit(ring, 1, family_files()), Arrival(store)
    if arriving:
        arrival.take(messages(real)[0])
    before, payload = held(store), made(real, ring)
    said = arrival.take(payload)
    assert words in said if arriving or not payload.startswith(b"{") else said == ""
    assert held(store) == before
    if arriving:
        assert ARRIVED in [arrival.take(each) for each in messages(real)[1:]][-1]


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda text: b"{" + text.encode()))
@settings(max_examples=100)
def test_garbage_is_let_go(raw: bytes) -> None:
    folder = Path("/nonexistent") / use.FOLDER
    assert Arrival(Store(folder=folder, trust=Trust)).take(raw).startswith("a kit is let go") or raw.startswith(b"{")


def test_trust_that_cannot_be_read_and_a_disk_that_is_full_are_told(tmp_path: Path, ring: Ring) -> None:
    def lost() -> Trust:
        raise TrustError("trust.jwks: No such file")

    sent = messages(kit(ring, 1))
    assert "No such file" in Arrival(Store(folder=tmp_path / "a", trust=lost)).take(sent[0])
    (tmp_path / "b").write_text("a file where a folder should be")
    said = Arrival(Store(folder=tmp_path / "b", trust=lambda: ring.trust)).take(sent[0])
    assert "a kit could not be saved" in said and "send it again" in said


def letters(made: Kit, station: str = "station-1") -> list[Letter]:
    return [Letter(station=station, topic=TOPIC, payload=payload) for payload in messages(made)]


@contextmanager
def listening(broker: Broker) -> Iterator[Person]:
    """Somebody who hears the births of the station."""
    with somebody(broker, "centre") as person:
        person.link.subscribe("prooflight/v1/north/station-1/state")
        person.expect(mqtt_link.Subscribed)
        yield person


def birth(person: Person) -> dict[str, Any]:
    told = person.expect(mqtt_link.Received)
    person.link.acknowledge(told)
    return dict(json.loads(told.payload))


def test_a_kit_goes_over_a_real_broker_and_the_birth_says_so(
    store: Store, broker: Broker, ring: Ring, station: Chain
) -> None:
    words, made = Words(), kit(ring, 3, family_files())
    with pytest.raises(NotSent, match="station station-1: it never listened; send it again, or hand the kit over"):
        post(broker.settings, letters(made), who="kits", expiry_s=60)
    heard = Kits(take=Arrival(store).take, told=lambda: use.told(store.folder.parent))
    births = store.folder.parent / "births"
    told: dict[str, Any] = {"births": births, "say": words, "kits": heard}
    delivering = Delivery(station, ring.trust, broker.settings, **told)
    with listening(broker) as person, running(delivering.run):
        assert "kit" not in birth(person)  # it said so behind its subscription: the broker knows that it listens
        post(broker.settings, letters(made), who="kits", expiry_s=60)
        words.wait(f"kit north 3 {ARRIVED}", wait_s=60)
        assert Keeper(store, station, say=words, trial=UNTRIED).step(never)
        delivering.courier.renew()
        assert birth(person)["kit"] == "north 3"


def test_a_station_without_a_place_for_kits_asks_for_none(broker: Broker, ring: Ring, station: Chain) -> None:
    with listening(broker) as person, running(delivery(station, broker, ring).run):
        assert birth(person)["on"]
        person.link.publish(f"prooflight/v1/north/station-1/{TOPIC}", b"x")
        assert person.expect(mqtt_link.Published).code == mqtt_link.NO_SUBSCRIBERS


def test_a_retained_kit_is_let_go(store: Store, broker: Broker, ring: Ring, station: Chain) -> None:
    words = Words()
    births = store.folder.parent / "births"
    with somebody(broker) as person:
        person.link.publish(f"prooflight/v1/north/station-1/{TOPIC}", messages(kit(ring, 1))[0], retain=True)
        person.expect(mqtt_link.Published)
    heard = Kits(take=Arrival(store).take)
    with running(Delivery(station, ring.trust, broker.settings, births=births, say=words, kits=heard).run):
        words.wait("a kit was let go: it was retained", wait_s=60)
    assert held(store) == []
