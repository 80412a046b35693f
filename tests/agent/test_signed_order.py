"""A station works only on an order that a ticket key signed for it, for these very facts, as often as allowed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import assignment, seal, signed_order
from agent.acceptor.issuing import withdraw
from agent.assignment import Assignment, Withdrawal
from agent.base64url import encode
from agent.chain import Chain
from agent.cli import main
from agent.clock import StationClock
from agent.commitment import Disclosure, disclose
from agent.journal import Journal
from agent.order_book import OrderBook, OrderRefused
from agent.record import CriteriaRef
from agent.trust import Revocation, Trust
from agent.work_order import OrderError, WorkOrder
from diagnostics import strict_json
from diagnostics.line import Reflector
from tests.agent import orders, samples
from tests.agent.conftest import Ring


@pytest.fixture
def chain(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


def arrived(raw: bytes, trust: Trust) -> Assignment:
    found = assignment.parse(raw, lambda: trust)
    assert isinstance(found, Assignment)
    return found


def assigned(ring: Ring, **terms: Any) -> Assignment:
    return arrived(orders.file_of(orders.signed(ring.order, terms=replace(orders.TERMS, **terms))), ring.trust)


def test_a_signed_order_arrives_as_it_was_issued(ring: Ring) -> None:
    envelope = orders.signed(ring.order)
    found = arrived(orders.file_of(envelope), ring.trust)
    assert found.signed is not None
    assert (found.ref.anchor, found.ref.digest) == (envelope.digest, found.signed.order_digest)
    assert found.ref.digest != orders.work_order().digest, "who guesses an order must not find it confirmed"
    assert found.signed == signed_order.from_json(strict_json.parse_object(envelope.payload))
    assert (found.signed.attempts, found.signed.nonce) == (3, encode(orders.NONCE))
    assert signed_order.reference(found.order.id, envelope.digest).startswith("prooflight:order:WO-2026-000117:")


def test_a_signed_order_names_no_person(ring: Ring) -> None:
    payload = orders.signed(ring.order).payload.decode()
    for personal in ("Chen", "5555 0117", "Lakeside", "hz0571"):
        assert personal not in payload


def test_an_order_that_nobody_signed_is_unanchored_and_needs_no_trust(ring: Ring) -> None:
    def nobody() -> Trust:
        raise AssertionError("no signature, no trust file")

    found = assignment.parse(orders.RAW, nobody)
    assert isinstance(found, Assignment)
    assert (found.signed, found.ref.anchor) == (None, "unanchored")


def _other_work_order() -> WorkOrder:
    return orders.work_order(ont={"serial": "HWTC00000001"})


def _with_disclosures(ring: Ring, *disclosures: Disclosure) -> bytes:
    return assignment.write(orders.signed(ring.order).token, disclosures, orders.work_order().raw)


REFUSED: dict[str, tuple[Callable[[Ring], bytes], str]] = {
    "signed by a stranger": (lambda r: orders.file_of(orders.signed(r.stranger)), "not in the trust file"),
    "signed by a station": (lambda r: orders.file_of(orders.signed(r.station)), "pinned as station"),
    "signed by the acceptor": (lambda r: orders.file_of(orders.signed(r.acceptor)), "pinned as acceptor"),
    "for another work order": (
        lambda r: orders.file_of(orders.signed(r.order), _other_work_order()),
        "for another work order",
    ),
    "by another issuer": (
        lambda r: orders.file_of(orders.resigned(orders.signed(r.order), r.order, issuer="me")),
        "is not tickets",
    ),
    "with other ordered facts": (
        lambda r: orders.file_of(orders.resigned(orders.signed(r.order), r.order, ordered=samples.ORDERED)),
        "is not committed in the order",
    ),
    "with another serial, disclosed": (
        lambda r: _with_disclosures(r, *orders.told(), disclose("ont_serial", "HWTC00000001", samples.SALT)),
        "ont_serial is not committed in the order before it",
    ),
    "without its disclosures": (_with_disclosures, "order.digest: is for another work order"),
    "with a disclosure of its own": (
        lambda r: _with_disclosures(r, *orders.told(), disclose("name", "Li", samples.SALT)),
        "name is not committed",
    ),
    "with a disclosure that is none": (
        lambda r: orders.file_of(orders.signed(r.order)).replace(b"~", b"~eyJ9~", 1),
        "a disclosure must be",
    ),
    "for a technician who is not among its disclosures": (
        lambda r: orders.file_of(orders.signed(r.order, technicians=("4711",))),
        "technicians: is not what",
    ),
    "with other reflectors": (
        lambda r: orders.file_of(
            orders.resigned(orders.signed(r.order), r.order, reflectors=(Reflector(host="laptop"),))
        ),
        "reflectors: is not what",
    ),
    "with other resources": (
        lambda r: orders.file_of(
            orders.resigned(
                orders.signed(r.order),
                r.order,
                resource={"olt": "X", "pon_port": "1", "onu_id": None, "splitter_port": ""},
            )
        ),
        "resource: is not what",
    ),
    "by criteria that are not here": (
        lambda r: orders.file_of(
            orders.resigned(
                orders.signed(r.order), r.order, criteria=CriteriaRef(name="mine", version="1", digest="0" * 64)
            )
        ),
        "are not on this station",
    ),
    "a record in its place": (
        lambda r: assignment.write(seal.seal(b"{}", typ=seal.RECORD, key=r.order).token, (), orders.RAW),
        "typ is not",
    ),
    "no token": (lambda r: assignment.write("", (), orders.RAW), "not a compact JWS"),
}


@pytest.mark.parametrize(("made", "words"), REFUSED.values(), ids=REFUSED)
def test_an_order_that_is_not_what_was_signed_is_refused(made: Callable[[Ring], bytes], words: str, ring: Ring) -> None:
    with pytest.raises(OrderError, match="signed order: ") as caught:
        assignment.parse(made(ring), lambda: ring.trust)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_revoked_order_key_signs_nothing_more_whatever_time_it_states(ring: Ring) -> None:
    key = ring.trust.keys[ring.order.kid]
    revoked = replace(key, revoked=Revocation(time=orders.ISSUED + timedelta(days=1), reason="stolen"))
    trust = Trust(keys=ring.trust.keys | {key.kid: revoked})
    with pytest.raises(OrderError, match="was revoked: stolen"):
        assignment.parse(orders.file_of(orders.signed(ring.order)), lambda: trust)


def test_a_station_takes_an_order_up_and_remembers_it_after_a_restart(ring: Ring, chain: Chain) -> None:
    found = assigned(ring)
    OrderBook(chain).admit(found)
    OrderBook(chain).admit(found)
    assert [entry.kind for entry in chain.journal.entries] == ["order"]
    assert chain.kept("order", found.ref.anchor) == found.token
    assert found.signed is not None and chain.floor == found.signed.issued_at


def test_an_order_for_another_station_or_technician_is_refused(ring: Ring, chain: Chain) -> None:
    with pytest.raises(OrderRefused, match="is for station station-9, this is station-1"):
        OrderBook(chain).admit(assigned(ring, stations=("station-9",)))
    made = orders.signed(ring.order, technicians=("4711",))
    mine = arrived(orders.file_of(made, technicians=("4711",)), ring.trust)
    for technician in ("", "4712"):
        with pytest.raises(OrderRefused, match="another technician"):
            OrderBook(chain, technician=technician).admit(mine)
    OrderBook(chain, technician="4711").admit(mine)


def test_an_order_expires_by_proved_time_and_not_by_the_station_s_clock(ring: Ring, tmp_path: Path) -> None:
    wild = StationClock(now=lambda: orders.ISSUED + timedelta(days=30_000))
    with Journal(tmp_path / "wild") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=wild)
        OrderBook(chain).admit(assigned(ring))
        chain.raise_floor(orders.ISSUED + timedelta(days=8))
        with pytest.raises(OrderRefused, match="expired at 2026-11-27"):
            OrderBook(chain).admit(assigned(ring))


def test_proved_time_survives_a_restart(ring: Ring, tmp_path: Path) -> None:
    for attempt in range(2):
        with Journal(tmp_path / "journal") as journal:
            chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
            book = OrderBook(chain)
            if attempt == 0:
                later = orders.ISSUED + timedelta(days=9)
                newer = orders.signed(ring.order, at=later, nonce=bytes(32))
                book.admit(arrived(orders.file_of(newer), ring.trust))
            with pytest.raises(OrderRefused, match="expired"):
                book.admit(assigned(ring))


def test_an_order_is_used_up_after_its_attempts(ring: Ring, chain: Chain) -> None:
    found, book = assigned(ring, attempts=2), OrderBook(chain)
    for _ in range(2):
        book.admit(found)
        attempt = chain.open(found.ref, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
        chain.abandon(attempt, "A", "interrupted", {})
    with pytest.raises(OrderRefused, match="allows 2 attempts, all are used"):
        book.admit(found)
    again = orders.signed(ring.order, nonce=bytes(32))
    book.admit(arrived(orders.file_of(again), ring.trust))


def test_a_revocation_counts_before_and_after_its_order_and_after_a_restart(ring: Ring, chain: Chain) -> None:
    found = assigned(ring)
    token = withdraw(found.ref.anchor, "wrong house", key=ring.order, at=orders.ISSUED).token
    withdrawal = assignment.parse(assignment.write_withdrawal(token), lambda: ring.trust)
    assert isinstance(withdrawal, Withdrawal)
    OrderBook(chain).revoke(withdrawal)
    for _ in range(2):
        with pytest.raises(OrderRefused, match="was revoked: wrong house"):
            OrderBook(chain).admit(found)


@pytest.mark.parametrize("role", ["station", "acceptor", "stranger"])
def test_only_the_order_key_revokes(role: str, ring: Ring) -> None:
    token = withdraw("0" * 64, "because", key=getattr(ring, role), at=orders.ISSUED).token
    with pytest.raises(OrderError, match="signed order: key"):
        assignment.parse(assignment.write_withdrawal(token), lambda: ring.trust)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(field=st.integers(0, 12), value=JSON)
def test_garbage_in_any_field_of_a_signed_order_is_named(field: int, value: Any, ring: Ring) -> None:
    sound = strict_json.parse_object(orders.signed(ring.order).payload)
    name = sorted(sound)[field]
    try:
        read = signed_order.from_json(sound | {name: value})
    except signed_order.SignedOrderError as error:
        assert "\n" not in str(error)
    else:
        signed_order.write(read)


@given(
    raw=st.binary(max_size=100)
    | st.dictionaries(st.sampled_from(["format", "signed", "work_order"]), JSON).map(
        lambda made: strict_json.write(made | {"format": assignment.FORMAT})
    )
)
def test_garbage_instead_of_an_assignment_is_an_order_error(raw: bytes) -> None:
    with pytest.raises(OrderError):
        assignment.parse(raw, Trust)


def test_an_order_that_has_expired_is_refused_by_the_command_before_anything_is_opened(
    ring: Ring, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = orders.signed(ring.order, at=datetime(2020, 1, 1, tzinfo=UTC))  # older than this software, which proves it
    order, config = tmp_path / "order.json", tmp_path / "station.toml"
    order.write_bytes(orders.file_of(old))
    config.write_text(
        f'[station]\nname = "station-1"\nstate_dir = "state"\nkey = "{ring.folder}/station.jwk"\n'
        f'trust = "{ring.trust_file}"\n[line]\ninterface = "lo"\n[ont]\naddress = "127.0.0.1"\nport = 9\n'
    )
    assert main(["accept", str(order), "--config", str(config), "--wait", "0"]) == 65
    told = capsys.readouterr().err
    assert "expired at 2020-01-08" in told and told.count("\n") == 1
    with Journal(tmp_path / "state" / "journal") as journal:
        assert len(journal.entries) == 0, "no attempt was opened"
