"""The AsyncAPI document, and what is wrong with a message by it: topic, sender, how it was sent, what it holds."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.interfaces.schemas import FOLDER, faults

DOCUMENT: dict[str, Any] = json.loads((FOLDER / "asyncapi.json").read_text())
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as the broker hands it on; `user` are its user properties, `expiry_s` how long it is kept."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    user: tuple[tuple[str, str], ...] = ()
    expiry_s: int | None = None


def resolved(ref: str) -> Any:
    """What a reference within the document means."""
    made: Any = DOCUMENT
    for word in ref.removeprefix("#/").split("/"):
        made = made[word]
    return made if "$ref" not in made or ref.startswith("#/operations") else resolved(made["$ref"])


def fits(template: str, text: str) -> bool:
    """Whether a text is an address, or a client id, in which names stand in braces."""
    parts = _NAME.split(template)
    pattern = "".join(re.escape(part) if place % 2 == 0 else r"[^/+#$\s]+" for place, part in enumerate(parts))
    return re.fullmatch(pattern, text) is not None


def _last(topic: str) -> str:
    return topic.rpartition("/")[2]


def channels(topic: str) -> list[str]:
    """The channels that a topic is one of."""
    return [name for name, channel in DOCUMENT["channels"].items() if fits(channel["address"], topic)]


def operations(action: str, channel: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The operations of one kind on a channel."""
    for name, operation in DOCUMENT["operations"].items():
        if (operation["action"], operation["channel"]["$ref"]) == (action, f"#/channels/{channel}"):
            yield name, operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Where a message belongs, or why nowhere; `operations` are those by which it may have been sent."""

    channel: str = ""
    message: str = ""
    operations: tuple[str, ...] = ()
    faults: tuple[str, ...] = field(default=())


def matched(sent: Sent) -> Matched:
    """The one channel, message and way of sending that a message fits."""
    found = channels(sent.topic)
    if len(found) != 1:
        return Matched(faults=(f"{sent.topic}: is of the channels {found}",))
    channel = found[0]
    said: list[str] = []
    names = []
    for name in DOCUMENT["channels"][channel]["messages"]:
        wrong = list(_wrong(resolved(f"#/components/messages/{name}"), sent))
        said += [f"{sent.topic} as {name}: {each}" for each in wrong]
        names += [] if wrong else [name]
    if len(names) != 1:
        return Matched(channel=channel, faults=(*said, f"{sent.topic}: is of the messages {names}"))
    ways = tuple(name for name, way in operations("send", channel) if _sent_so(way, channel, names[0], sent))
    if not ways:
        how = f"QoS {sent.qos}, retain {sent.retain}, expiry {sent.expiry_s}"
        return Matched(channel=channel, message=names[0], faults=(f"{sent.topic}: nobody sends it so: {how}",))
    return Matched(channel=channel, message=names[0], operations=ways)


def senders(topic: str) -> list[str]:
    """The client ids, as templates, that may send to a topic."""
    clients = DOCUMENT["x-clients"]
    return [clients[way["x-client"]]["client-id"] for name in channels(topic) for _, way in operations("send", name)]


def _wrong(message: Mapping[str, Any], sent: Sent) -> Iterator[str]:
    headers = message.get("headers", {"type": "object", "additionalProperties": False})
    if len(dict(sent.user)) < len(sent.user):
        yield "a user property stands there twice"
    yield from (f"header {each}" for each in faults(headers, dict(sent.user)))
    if "x-payload-digest" in message and _last(sent.topic) != hashlib.sha256(sent.payload).hexdigest():
        yield f"{message['x-payload-digest']} is not the payload's digest"
    try:
        text = sent.payload.decode()
        made = json.loads(text) if message["contentType"] == "application/json" else text
    except ValueError as error:
        yield f"is no {message['contentType']}: {error}"
        return
    yield from faults(message["payload"], made)


def _sent_so(way: Mapping[str, Any], channel: str, message: str, sent: Sent) -> bool:
    how = way["bindings"]["mqtt"]
    named = {"$ref": f"#/channels/{channel}/messages/{message}"} in way["messages"]
    kept = how.get("messageExpiryInterval")
    in_time = sent.expiry_s is None if kept is None else not faults(kept, sent.expiry_s)
    return named and in_time and (sent.qos, sent.retain) == (how["qos"], how["retain"])
