"""What is really sent over MQTT is what the AsyncAPI document says, all of it, and nothing else passes for it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.base64url import decode, encode
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from tests.agent.broker import mosquitto
from tests.agent.conftest import Ring
from tests.interfaces.asyncapi import DOCUMENT, Sent, matched
from tests.interfaces.openapi import Document
from tests.interfaces.recorder import Recorder, foreign_senders, recorded
from tests.interfaces.story import Story


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> Iterator[tuple[Story, Path]]:
    """The whole story once it was played, with everything that was heard of it; and the broker's log."""
    folder = tmp_path_factory.mktemp("story")
    log = folder / "broker.log"
    with mosquitto(folder, f"log_dest file {log}") as broker, Journal(folder / "journal") as journal:
        station = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        with recorded(broker.settings) as heard:
            story = Story(folder=folder, broker=broker, ring=ring, station=station, heard=heard)
            story.play()
    yield story, log


@pytest.fixture(scope="module")
def told(played: tuple[Story, Path]) -> tuple[Recorder, Path]:
    """Everything that was heard, and the broker's log of it."""
    return played[0].heard, played[1]


@pytest.fixture(scope="module")
def one_of_each(told: tuple[Recorder, Path]) -> dict[str, Sent]:
    """One message of each of the document's."""
    heard, _ = told
    found = {each.message: sent for sent, each in zip(heard.heard, heard.matches(), strict=True)}
    assert found.keys() == DOCUMENT["components"]["messages"].keys()
    return found


def test_every_message_is_one_of_the_document_s_and_each_of_these_was_seen(told: tuple[Recorder, Path]) -> None:
    heard, _ = told
    assert heard.faults() == []
    matches = heard.matches()
    assert {each.channel for each in matches} == DOCUMENT["channels"].keys()
    assert {each.message for each in matches} == DOCUMENT["components"]["messages"].keys()
    sends = {name for name, operation in DOCUMENT["operations"].items() if operation["action"] == "send"}
    assert {name for each in matches for name in each.operations} == sends


def test_nobody_sends_what_the_document_has_others_send(told: tuple[Recorder, Path]) -> None:
    assert foreign_senders(told[1]) == []


WRONG: dict[str, Callable[[Sent], Sent]] = {
    "another topic": lambda sent: replace(sent, topic=f"{sent.topic}/more"),
    "another tenant's form of topic": lambda sent: replace(sent, topic=sent.topic.replace("north", "nor/th")),
    "another version": lambda sent: replace(sent, topic=sent.topic.replace("/v1/", "/v2/")),
    "another QoS": lambda sent: replace(sent, qos=0),
    "retained, or not": lambda sent: replace(sent, retain=not sent.retain),
    "another expiry": lambda sent: replace(sent, expiry_s=7 if sent.expiry_s is None else None),
    "a foreign user property": lambda sent: replace(sent, user=(("retry", "1"),)),
    "a user property twice": lambda sent: replace(sent, user=(("dup", "1"), ("dup", "1"))),
    "nothing": lambda sent: replace(sent, payload=b""),
    "no text": lambda sent: replace(sent, payload=b"\xff" + sent.payload),
    "a foreign field": lambda sent: replace(sent, payload=_changed(sent.payload, _added)),
    "a field less": lambda sent: replace(sent, payload=_changed(sent.payload, _lessened)),
    "a field of another type": lambda sent: replace(sent, payload=_changed(sent.payload, _mistaken)),
}


def _changed(payload: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same message with another content of its object, or of its first sealed one."""
    if payload.startswith(b"{"):
        made = json.loads(payload)
        change(made)
        return json.dumps(made).encode()
    header, content, behind = payload.decode().split(".", 2)
    made = json.loads(decode(content))
    change(made)
    return f"{header}.{encode(json.dumps(made).encode())}.{behind}".encode()


def _added(made: dict[str, Any]) -> None:
    made["more"] = 1


def _lessened(made: dict[str, Any]) -> None:
    del made[[*made][-1 if "on" in made else 0]]  # a birth begins with what it need not say


def _mistaken(made: dict[str, Any]) -> None:
    made[next(iter(made))] = ["another type"]


@pytest.mark.parametrize("what", WRONG)
def test_a_message_that_is_changed_is_of_no_channel(what: str, one_of_each: dict[str, Sent]) -> None:
    passed = {name for name, sent in one_of_each.items() if not matched(WRONG[what](sent)).faults}
    assert passed == set()


def test_a_token_of_another_kind_in_a_topic_s_place_is_seen(one_of_each: dict[str, Sent]) -> None:
    tokens = {name: sent for name, sent in one_of_each.items() if sent.payload.startswith(b"ey")}
    for name, sent in tokens.items():
        for other, foreign in tokens.items():
            assert bool(matched(replace(sent, payload=foreign.payload)).faults) == (name != other)


def test_who_sends_in_another_s_place_is_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = "1: Received PUBLISH from prooflight-north-{} (d0, q1, r0, m1, 'prooflight/v1/north/s1/{}', ... (9 bytes))\n"
    for client, topic in (("s1", "have"), ("tickets", "in/order"), ("acceptor-a", "in/acceptance")):
        log.write_text(line.format(client, topic))
        assert foreign_senders(log) == []
    for client, topic in (("tickets", "in/acceptance"), ("s1", "in/order"), ("s2/x", "state"), ("s1", "telemetry")):
        log.write_text(line.format(client, topic))
        assert len(foreign_senders(log)) == 1


def test_how_remote_support_stands_is_told_to_the_page_as_its_document_says(played: tuple[Story, Path]) -> None:
    page, (asked, running, ended) = Document("page"), played[0].shown
    for each in (asked, running, ended):
        assert page.unlike({"$ref": "#/components/schemas/remote"}, each) == []
    assert (bool(asked["asked"]), bool(running["running"]), bool(running["granted"])) == (True, True, True)
    assert [each["ended"] for each in ended["recent"]] == [""]
