"""Replies as the engineer may believe them: in order, each once, gaps told; garbage changes nothing, floods end."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import seal
from agent.opening_key import OpeningKey
from agent.support import box, reply
from agent.support.limits import MESSAGE_BYTES, TOTAL_BYTES
from agent.support.listener import Heard, Listener
from agent.support.reply import Kind, Reply, bodies
from diagnostics import strict_json
from tests.agent.conftest import Ring

OF = "0f" * 32
KEY = box.new_key()


def listener(ring: Ring, **changed: Any) -> Listener:
    return Listener(OF, **({"station": "station-1", "trust": ring.trust, "key": KEY} | changed))


def message(
    ring: Ring, n: int, kind: Kind = "event", body: dict[str, Any] | bytes | None = None, **changed: Any
) -> bytes:
    """The bytes of one reply."""
    raw = body if isinstance(body, bytes) else strict_json.write(body or {"event": str(n)})
    key: OpeningKey = changed.pop("to", KEY)
    made = Reply(**({"of": OF, "n": n, "kind": kind, "body": box.close(raw, key.x, key.y)} | changed))
    return seal.seal(reply.write(made), typ=seal.REPLY, key=ring.station).token.encode()


def names(heard: list[Heard]) -> list[str]:
    return [str(one.body.get("event", one.kind)) for one in heard]


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6))
def test_in_whatever_order_and_however_often_they_come_each_is_told_once_and_in_order(
    ring: Ring, order: list[int], again: list[int]
) -> None:
    made = {n: message(ring, n, "end" if n == 5 else "event") for n in range(6)}
    heard = listener(ring)
    told = [one for n in [*order, *again] for one in heard.take(made[n], 0.0)]
    assert names(told) == ["0", "1", "2", "3", "4", "5"] and heard.ended
    assert not heard.lost and not heard.unbelieved


def test_a_message_that_never_comes_is_told_as_a_gap_after_a_while_and_not_before(ring: Ring) -> None:
    heard = listener(ring)
    assert heard.due_at is None
    assert names(heard.take(message(ring, 0), 0.0)) == ["0"]
    assert heard.take(message(ring, 3), 10.0) == [] and heard.due_at == 13.0
    assert heard.overdue(12.9) == []
    (told,) = heard.overdue(13.0)
    assert (told.lost, told.body, heard.lost, heard.due_at) == (2, {"event": "3"}, 2, None)
    assert heard.take(message(ring, 1), 14.0) == [], "too late: it was told as lost"


def test_so_many_messages_ahead_are_not_held_back_for_one(ring: Ring) -> None:
    heard = listener(ring)
    told = [one for n in range(1, 70) for one in heard.take(message(ring, n), 0.0)]
    assert len(told) == 69 and told[0].lost == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"of": "00" * 32},
        {"to": box.new_key()},
        {"n": -1},
        {"kind": "shout"},
        {"reason": "moon_phase"},
        {"body": "not a box"},
        {"body": "a.b.c.d.e"},
    ],
    ids=["another command", "another key", "number", "kind", "reason", "no box", "broken box"],
)
def test_what_is_not_to_this_command_or_not_of_this_form_is_no_event(ring: Ring, changed: dict[str, Any]) -> None:
    heard = listener(ring)
    assert [one.body for one in heard.take(message(ring, **({"n": 0} | changed)), 0.0) if one.body] == []
    assert heard.unbelieved == 1 and not heard.ended


@pytest.mark.parametrize("signer", ["acceptor", "order", "reflector", "criteria", "stranger"])
def test_nobody_but_the_station_is_believed(ring: Ring, signer: str) -> None:
    heard, content = listener(ring), reply.write(Reply(of=OF, n=0, kind="end"))
    forged = seal.seal(content, typ=seal.REPLY, key=getattr(ring, signer)).token.encode()
    assert heard.take(forged, 0.0) == [] and not heard.ended and heard.unbelieved == 1


def test_another_station_is_not_believed_nor_another_kind_of_object(ring: Ring) -> None:
    assert listener(ring, station="station-2").take(message(ring, 0), 0.0) == []
    content = reply.write(Reply(of=OF, n=0, kind="end"))
    record = seal.seal(content, typ=seal.RECORD, key=ring.station).token.encode()
    assert listener(ring).take(record, 0.0) == []


@given(st.binary(max_size=300))
def test_garbage_changes_nothing(ring: Ring, payload: bytes) -> None:
    heard = listener(ring)
    assert heard.take(payload, 0.0) == [] and not heard.ended and heard.unbelieved == 1


def test_what_is_larger_than_a_message_is_not_even_read(ring: Ring) -> None:
    heard = listener(ring)
    assert heard.take(message(ring, 0) + b"x" * MESSAGE_BYTES, 0.0) == []
    assert str(MESSAGE_BYTES) in heard.why


def test_a_station_that_never_stops_is_listened_to_no_longer_than_twice_what_an_answer_may_be(ring: Ring) -> None:
    heard, n = listener(ring), 0
    large = message(ring, 0, body={"event": "much", "text": "x" * 30_000})
    while not heard.ended and n * len(large) < 3 * TOTAL_BYTES:
        told = heard.take(message(ring, n, body={"event": "much", "text": "x" * 30_000}), 0.0)
        n += 1
    assert told[-1].reason == "too_long" and told[-1].own and heard.ended


def test_an_event_in_parts_is_whole_or_none(ring: Ring) -> None:
    event = {"event": "records", "text": "é" * 40_000}
    made = list(bodies(event))
    assert len(made) > 2
    heard = listener(ring)
    told = [one for n, body in enumerate(made) for one in heard.take(message(ring, n, body=body), 0.0)]
    assert [one.body for one in told] == [event]
    broken = listener(ring)
    for n, body in enumerate(made):
        if n != 1:
            broken.take(message(ring, n, body=body), 0.0)
    told = broken.overdue(100.0)
    assert all(not one.body for one in told) and broken.lost >= 1


def test_what_seemed_the_end_may_be_none(ring: Ring) -> None:
    heard = listener(ring)
    heard.take(message(ring, 0, "refused", reason="replayed"), 0.0)
    assert heard.ended
    heard.reopen()
    assert names(heard.take(message(ring, 1), 0.0)) == ["1"] and heard.lost == 1
