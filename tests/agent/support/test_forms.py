"""The forms of commands and replies: what was written reads back, and nothing else reads at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import seal
from agent.support import box, command, reply
from agent.support.box import BoxError
from agent.support.command import CommandError
from agent.support.limits import BODY_BYTES, COMMAND_BYTES, MESSAGE_BYTES
from agent.support.reply import Joining, Reply, ReplyError
from diagnostics import strict_json
from tests.agent.conftest import Ring
from tests.agent.support.engineers import Engineer, engineer, trust_with

OF = "a" * 64
POINT = box.new_key().public()


@pytest.fixture(scope="module")
def wang(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("engineer") / "keys")


def test_a_command_reads_back_as_it_was_written(ring: Ring, wang: Engineer) -> None:
    asked = wang.command("ont.watch", arguments={"seconds": 60}, order="WO-1")
    opened = command.open_command(command.seal_command(asked, wang.key).encode(), trust_with(ring, wang))
    assert command.from_json(opened.content) == asked
    assert opened.key.name == "Wang Li"


CHANGED: list[tuple[dict[str, Any], str]] = [
    ({"v": 2}, "v: must be 1"),
    ({"station": ""}, "station: must be text"),
    ({"counter": 0}, "counter: must be a whole number from 1"),
    ({"counter": 1.0}, "counter: must be a whole number"),
    ({"counter": True}, "counter: must be a whole number"),
    ({"counter": 2**53}, "counter: must be a whole number"),
    ({"arguments": []}, "arguments: must be an object"),
    ({"verb": "x" * 41}, "verb: must be at most 40"),
    ({"order": None}, "order: must be text"),
    ({"issued": "today"}, "issued: must be a time"),
    ({"issued": "2026-11-23T09:00:00"}, "issued: must name its offset"),
    ({"reply": None}, "reply: must be an object"),
    ({"reply": {"crv": "P-256", "kty": "EC", "x": "AA", "y": "AA"}}, "reply: public key: x and y must be 32 bytes"),
    ({"reply": {"crv": "P-256", "kty": "EC", "x": "A" * 43, "y": "A" * 43}}, "no point of P-256"),
    ({"reply": {"crv": "P-521", "kty": "EC", "x": "A" * 43, "y": "A" * 43}}, "must be a public P-256 key"),
    ({"consent": "given"}, "consent: is not a field of a command"),
]


@pytest.mark.parametrize(("change", "said"), CHANGED)
def test_a_command_of_another_form_names_its_field(wang: Engineer, change: dict[str, Any], said: str) -> None:
    made = json.loads(command.write(wang.command()))
    with pytest.raises(CommandError) as refused:
        command.from_json(made | change)
    assert said in str(refused.value)
    for name in made:
        with pytest.raises(CommandError):
            command.from_json({key: value for key, value in made.items() if key != name})


def test_a_command_that_is_too_long_is_neither_made_nor_read(ring: Ring, wang: Engineer) -> None:
    with pytest.raises(CommandError, match="at most"):
        wang.asks(arguments={"much": "x" * COMMAND_BYTES})
    with pytest.raises(seal.SealError) as refused:
        command.open_command(b"x" * (COMMAND_BYTES + 1), trust_with(ring, wang))
    assert refused.value.reason == "size"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=5))
def test_no_value_in_any_field_is_more_than_an_error(value: Any) -> None:
    made: dict[str, Any] = {"v": 1, "station": "s", "boot_nonce": "0", "counter": 1, "verb": "status", "order": ""}
    made |= {"arguments": {}, "reply": POINT, "issued": "2026-11-23T09:00:00+00:00"}
    for name in made:
        try:
            command.from_json(made | {name: value})
        except CommandError:
            continue
    for name in ("v", "of", "n", "kind", "reason", "body"):
        told = {"v": 1, "of": OF, "n": 0, "kind": "taken", "reason": "", "body": ""}
        try:
            reply.from_json(told | {name: value})
        except ReplyError:
            continue


def test_a_reply_reads_back_and_is_only_of_its_station_to_its_command(ring: Ring) -> None:
    made = Reply(of=OF, n=3, kind="event", body="e30")
    token = seal.seal(reply.write(made), typ=seal.REPLY, key=ring.station).token.encode()
    assert reply.open_reply(token, ring.trust, station="station-1", of=OF) == made
    with pytest.raises(ReplyError, match="another command"):
        reply.open_reply(token, ring.trust, station="station-1", of="b" * 64)
    with pytest.raises(ReplyError, match="not by station-2"):
        reply.open_reply(token, ring.trust, station="station-2", of=OF)
    for holder in (ring.acceptor, ring.stranger):
        forged = seal.seal(reply.write(made), typ=seal.REPLY, key=holder).token.encode()
        with pytest.raises(seal.SealError):
            reply.open_reply(forged, ring.trust, station="station-1", of=OF)


def test_only_the_key_of_the_command_opens_its_answers() -> None:
    asked, other = box.new_key(), box.new_key()
    made = box.close(b'{"event":"status"}', asked.x, asked.y)
    assert box.opened(made, asked) == {"event": "status"}
    flipped = made[:-5] + ("A" if made[-5] != "A" else "B") + made[-4:]
    parts = made.split(".")
    for wrong in ("", "a.b", flipped, ".".join(["e30", *parts[1:]]), "x" * (MESSAGE_BYTES + 1)):
        with pytest.raises(BoxError):
            box.opened(wrong, asked)
    with pytest.raises(BoxError):
        box.opened(made, other)


@given(st.dictionaries(st.text(max_size=5), st.text() | st.floats(allow_nan=False, allow_infinity=False), max_size=6))
def test_events_come_out_of_their_bodies_as_they_went_in(fields: dict[str, Any]) -> None:
    event = {"event": "log"} | fields | {"text": '"\\\u4f60' * 4000 * (len(fields) % 3)}
    joining = Joining()
    found = [joining.take(strict_json.parse_object(body)) for body in reply.bodies(event)]
    assert all(len(body) <= BODY_BYTES for body in reply.bodies(event))
    assert found[-1] == event
    assert found[:-1] == [None] * (len(found) - 1)


def test_a_part_that_was_lost_shows() -> None:
    made = [strict_json.parse_object(body) for body in reply.bodies({"event": "log", "text": "x" * 100_000})]
    joining = Joining()
    assert len(made) > 3
    assert [joining.take(body) for body in made[1:-1]] == [None] * (len(made) - 2)
    with pytest.raises(ReplyError, match="a part was lost"):
        joining.take(made[-1])


def test_the_largest_body_fits_into_one_message(ring: Ring, tmp_path: Path) -> None:
    asked = box.new_key()
    made = Reply(of=OF, n=10**6, kind="event", body=box.close(b'"' + b"x" * (BODY_BYTES - 2) + b'"', asked.x, asked.y))
    token = seal.seal(reply.write(made), typ=seal.REPLY, key=ring.station).token
    assert BODY_BYTES < len(token) <= MESSAGE_BYTES
