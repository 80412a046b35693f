"""A bundle under a signed order verifies by what ticket service and reflectors signed; each lie about it is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent import bundle, seal
from agent.assignment import Assignment
from agent.bundle import Bundle
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.order_book import OrderBook
from agent.record import OrderRef
from agent.signed_order import from_json
from agent.trust import Revocation, Trust
from agent.verification import Verification, verify
from diagnostics import criteria, strict_json
from tests.agent import orders, receipts, samples
from tests.agent.acceptor.conftest import NOW
from tests.agent.conftest import Ring


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


def assigned(ring: Ring) -> Assignment:
    """The signed order for the facts that the samples were measured on, as the station took it up."""
    envelope = orders.signed_for_samples(ring.order)
    signed = from_json(strict_json.parse_object(envelope.payload))
    order = replace(orders.work_order(), ordered=samples.ORDERED)
    return Assignment(order=order, signed=signed, token=envelope.token)


@pytest.fixture
def sound(ring: Ring, station: Chain) -> Bundle:
    """An attempt that was aborted in its first run, and a good one."""
    given = assigned(ring)
    OrderBook(station).admit(given)
    attempt = station.open(given.ref, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    broken = receipts.made(order=given.ref.anchor, open=attempt.open, state="aborted", reason="it left")
    station.witness(receipts.sealed(broken, ring.reflector))
    station.abandon(attempt, "A", "interrupted", {})
    receipts.witnessed_visit(station, given.ref, ring.reflector)
    return bundle.collect(station, given.order.id)


def verified(made: Bundle, trust: Trust) -> Verification:
    return verify(bundle.parse(bundle.write(made)), trust, criteria.load, NOW)


def words_of(found: Verification, name: str) -> tuple[str, str]:
    return next((check.status, check.words) for check in found.checks if check.name == name)


def test_a_witnessed_bundle_is_valid_by_all_that_was_signed(sound: Bundle, ring: Ring) -> None:
    found = verified(sound, ring.trust)
    assert found.valid, found.checks
    assert words_of(found, "anchor") == ("OK", "signed by tickets, and kept to")
    assert words_of(found, "attempts") == (
        "OK",
        "1 to 2, counted without a gap; 2 of 3 that the order allows",
    )
    assert words_of(found, "receipts") == ("OK", "3 runs signed by reflector-1")
    assert words_of(found, "figures")[0] == "OK"
    assert words_of(found, "time")[1].startswith("order 2026-11-20T08:00+00:00, reflector 2026-11-22T09:29")
    assert [len(attempt.receipts) for attempt in sound.attempts] == [1, 2]


def test_a_journal_with_orders_and_receipts_is_read_again_after_a_restart(
    tmp_path: Path, sound: Bundle, station: Chain, ring: Ring
) -> None:
    station.journal.close()
    with Journal(tmp_path / "journal") as journal:
        again = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        assert bundle.collect(again, sound.order_id) == sound
        assert again.floor == receipts.ADMITTED


def _last(made: Bundle, *tokens: str) -> Bundle:
    return replace(made, attempts=(*made.attempts[:-1], replace(made.attempts[-1], receipts=tokens)))


def _other_order(made: Bundle, ring: Ring) -> Bundle:
    return replace(made, signed_order=orders.signed_for_samples(ring.order, nonce=bytes(32)).token)


def _forged(made: Bundle, ring: Ring) -> Bundle:
    """The reflector's receipts signed by the station."""
    payloads = [seal.read(token, typ=seal.RECEIPT).payload for token in made.attempts[-1].receipts]
    return _last(made, *(seal.seal(raw, typ=seal.RECEIPT, key=ring.station).token for raw in payloads))


FRAUDS: dict[str, tuple[str, str, Callable[[Bundle, Ring], Bundle]]] = {
    "the signed order left out": ("anchor", "is not here", lambda b, r: replace(b, signed_order=None)),
    "another signed order": ("anchor", "names another signed order", _other_order),
    "an order that the station signed": (
        "keys",
        "pinned as station",
        lambda b, r: replace(b, signed_order=orders.signed_for_samples(r.station).token),
    ),
    "a receipt left out": ("receipts", "is not here", lambda b, r: _last(b, b.attempts[-1].receipts[0])),
    "receipts that the station signed": ("keys", "pinned as station", _forged),
    "a receipt of another attempt": (
        "attempts",
        "which no record shows",
        lambda b, r: _last(b, *b.attempts[-1].receipts, receipts.sealed(receipts.made(), r.reflector)),
    ),
    "a record as receipt": ("types", "typ is not", lambda b, r: _last(b, b.attempts[0].open)),
}


@pytest.mark.parametrize(("check", "words", "commit"), FRAUDS.values(), ids=FRAUDS)
def test_a_fraud_is_found_by_the_check_that_is_for_it(
    sound: Bundle, ring: Ring, check: str, words: str, commit: Callable[[Bundle, Ring], Bundle]
) -> None:
    found = verified(commit(sound, ring), ring.trust)
    assert not found.valid
    status, told = words_of(found, check)
    assert (status, words in told) == ("FAILED", True), told


@pytest.mark.parametrize(("role", "rests"), [("order", "anchor"), ("reflector", "receipts")])
def test_what_a_revoked_key_signed_is_not_believed(role: str, rests: str, sound: Bundle, ring: Ring) -> None:
    key = ring.trust.keys[getattr(ring, role).kid]
    revoked = replace(key, revoked=Revocation(time=NOW - timedelta(hours=1), reason="stolen"))
    found = verified(sound, Trust(keys=ring.trust.keys | {key.kid: revoked}))
    assert (words_of(found, "revocation")[0], words_of(found, rests)[0]) == ("FAILED", "NOT CHECKED")
    assert not found.valid
    later = replace(key, revoked=Revocation(time=NOW + timedelta(hours=1), reason="old"))
    assert verified(sound, Trust(keys=ring.trust.keys | {key.kid: later})).valid


def test_more_attempts_than_the_order_allows_are_found(ring: Ring, station: Chain) -> None:
    given = assigned(ring)
    OrderBook(station).admit(given)
    for _ in range(4):
        receipts.witnessed_visit(station, given.ref, ring.reflector)
    found = verified(bundle.collect(station, given.order.id), ring.trust)
    assert words_of(found, "attempts") == ("FAILED", "attempt 4 of 3 that the order allows")


def test_an_order_without_a_gate_and_without_receipts_leaves_them_unchecked(ring: Ring, station: Chain) -> None:
    envelope = orders.resigned(orders.signed_for_samples(ring.order), ring.order, reflectors=())
    ref = OrderRef(id="WO-2026-000117", digest=assigned(ring).ref.digest, anchor=envelope.digest)
    station.journal.append("order", envelope.token)
    attempt = station.open(ref, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    station.finish(attempt, samples.result(), {})
    found = verified(bundle.collect(station, ref.id), ring.trust)
    assert words_of(found, "anchor")[0] == "OK"
    assert words_of(found, "receipts")[0] == "NOT CHECKED"
    assert found.valid


def test_the_order_file_that_a_station_keeps_is_the_one_that_was_issued(sound: Bundle, ring: Ring) -> None:
    assert sound.signed_order == assigned(ring).token
