"""Commands: what an engineer asks of a station, its form and its seal; read strictly, believed only by the seal.

A command names its station, the birth it is for and a rising counter, so it counts once and for one station. Its time
is told for people and decides nothing: the engineer's clock may be wrong by a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import opening_key, seal
from agent.fields import Fields
from agent.keys import KeyFileError, PrivateKey
from agent.seal import Opened
from agent.support.limits import COMMAND_BYTES
from agent.trust import Trust
from diagnostics import strict_json
from diagnostics.errors import BadInput

TOPIC = "in/command"
_VERSION = 1
_MOST = 2**53 - 1
_NAMES = ("v", "station", "boot_nonce", "counter", "verb", "arguments", "order", "reply", "issued")


class CommandError(BadInput):
    """What was signed is no command; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing asked of one station; `x` and `y` are the point that answers are encrypted to."""

    station: str
    boot_nonce: str
    counter: int
    verb: str
    arguments: Mapping[str, Any]
    order: str
    x: str
    y: str
    issued: datetime


def write(command: Command) -> bytes:
    """The bytes of a command, ready to be sealed."""
    return strict_json.write(
        {
            "v": _VERSION,
            "station": command.station,
            "boot_nonce": command.boot_nonce,
            "counter": command.counter,
            "verb": command.verb,
            "arguments": dict(command.arguments),
            "order": command.order,
            "reply": opening_key.public_jwk(command.x, command.y),
            "issued": command.issued.isoformat(timespec="seconds"),
        }
    )


def seal_command(command: Command, key: PrivateKey) -> str:
    """The token of a command; its digest is what replies to it are known by. CommandError where it grows too long."""
    token = seal.seal(write(command), typ=seal.COMMAND, key=key).token
    if len(token) > COMMAND_BYTES:
        raise CommandError(f"arguments: the command must be at most {COMMAND_BYTES} bytes long")
    return token


def open_command(payload: bytes, trust: Trust) -> Opened:
    """A command whose size, typ, signature and role are right, its form not looked at; SealError says what is not."""
    if len(payload) > COMMAND_BYTES:
        raise seal.SealError("size", f"a command is at most {COMMAND_BYTES} bytes long")
    try:
        token = payload.decode("ascii")
    except UnicodeError as error:
        raise seal.SealError("encoding", "not a compact JWS: it is not ASCII") from error
    return seal.open_sealed(token, typ=seal.COMMAND, trust=trust)


def from_json(content: Mapping[str, Any]) -> Command:
    """The command that a sealed object states; CommandError names the field that is wrong."""
    root = Fields(dict(content), "", CommandError).exactly(*_NAMES, of="of a command")
    root.version(_VERSION)
    point = root.object("reply", required=True).exactly("crv", "kty", "x", "y", of="of a P-256 key")
    x, y = point.text("x", longest=43), point.text("y", longest=43)
    if (point.text("crv"), point.text("kty")) != ("P-256", "EC"):
        raise root.complain("reply", "must be a public P-256 key")
    try:
        opening_key.check_point(x, y)
    except KeyFileError as error:
        raise root.complain("reply", str(error)) from error
    return Command(
        station=root.text("station"),
        boot_nonce=root.text("boot_nonce", longest=64),
        counter=root.whole("counter", 1, _MOST),
        verb=root.text("verb", longest=40),
        arguments=_object(root, content["arguments"]),
        order=root.text("order", ""),
        x=x,
        y=y,
        issued=root.required_time("issued"),
    )


def _object(root: Fields, made: Any) -> Mapping[str, Any]:
    """The arguments as they are: what belongs there is for their verb to say."""
    root.object("arguments", required=True)
    return dict(made)
