"""Whoever can write to a station's topic of commands and wishes it ill: messages by the thousand, each of some kind.

They hold a broker certificate, keys of every wrong role, one engineer's real key and all that was ever sent by it.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

from agent import seal
from agent.keys import PrivateKey
from agent.support import command
from agent.support.limits import COMMAND_BYTES
from agent.support.verbs import VERBS
from diagnostics import strict_json
from tests.agent.support.engineers import Engineer

_WORDS = ("/etc/shadow", "; reboot", "$(id)", "../../journal", "P1 record ", "\u202e", "lan1", "8.8.8.8", "", "x" * 500)
_NAMES = ("seconds", "quantities", "host", "of", "check", "count", "file", "command", "epoch", "from", "to")
_SOUND: dict[str, dict[str, Any]] = {  # what an engineer might really ask
    "status": {},
    "ont.read": {"groups": ["optics"]},
    "ont.watch": {"seconds": 2},
    "line.ping": {"target": "ont", "count": 1},
    "line.trace": {"target": "ont", "hops": 1},
    "line.check": {"check": "ont"},
    "log.slice": {},
    "record.list": {},
    "record.resend": {"records": ["0" * 64]},
}
_VERBS = (*VERBS, "shell", "file.read", "ont.write", "ont.reboot", "__init__", "status ")


class Attacker:
    """Makes one message after the other; the same ones for the same seed."""

    def __init__(self, engineer: Engineer, others: Sequence[PrivateKey], *, station: str, seed: int) -> None:
        self._chance = random.Random(seed)
        self._engineer = engineer
        self._others = others
        self._station = station
        self._sent: list[bytes] = []
        self._kinds: tuple[Callable[[str], bytes], ...] = (
            *(self._sound, self._sound, self._well_signed, self._replayed, self._reordered, self._other_role),
            *(self._changed, self._changed, self._noise, self._oversized, self._other_object, self._odd_form),
        )

    def message(self, nonce: str) -> bytes:
        """The next message; `nonce` is that of the station's birth."""
        return self._chance.choice(self._kinds)(nonce)

    def _sound(self, nonce: str) -> bytes:
        """A command of a real engineer as it should be."""
        verb = self._chance.choice(tuple(_SOUND))
        made = self._engineer.asks(verb, station=self._station, boot_nonce=nonce, arguments=_SOUND[verb])
        self._sent = [*self._sent[-50:], made]
        return made

    def _well_signed(self, nonce: str) -> bytes:
        """A command of a real engineer, of any verb and with any arguments."""
        made = self._engineer.asks(
            self._chance.choice(_VERBS),
            station=self._chance.choice((self._station, self._station, "station-2")),
            boot_nonce=self._chance.choice((nonce, nonce, nonce, "00" * 16)),
            arguments=self._arguments(),
            order=self._chance.choice(("", "WO-1", "../x", "x" * 200)),
        )
        self._sent = [*self._sent[-50:], made]
        return made

    def _arguments(self) -> dict[str, Any]:
        values: list[Callable[[], Any]] = [
            *(lambda: self._chance.choice(_WORDS), lambda: self._chance.randint(-10, 10**12)),
            *(lambda: self._chance.choice([None, True, [], {}, 0.5]), lambda: [self._chance.choice(_WORDS)] * 9),
        ]
        return {self._chance.choice(_NAMES): self._chance.choice(values)() for _ in range(self._chance.randint(0, 3))}

    def _replayed(self, nonce: str) -> bytes:
        return self._chance.choice(self._sent) if self._sent else self._well_signed(nonce)

    def _reordered(self, nonce: str) -> bytes:
        counter = self._chance.randint(1, 1 + self._engineer.counter)
        return self._engineer.asks("status", station=self._station, boot_nonce=nonce, counter=counter)

    def _other_role(self, nonce: str) -> bytes:
        made = self._engineer.command("status", station=self._station, boot_nonce=nonce)
        return command.seal_command(made, self._chance.choice(self._others)).encode()

    def _changed(self, nonce: str) -> bytes:
        """A real one in which a byte or two are not what was signed."""
        made = bytearray(self._replayed(nonce))
        for _ in range(self._chance.randint(1, 2)):
            made[self._chance.randrange(len(made))] = self._chance.choice(b"ABCxyz019-_.= \n\x00\xff")
        return bytes(made)

    def _noise(self, nonce: str) -> bytes:
        return self._chance.randbytes(self._chance.randint(0, 400))

    def _oversized(self, nonce: str) -> bytes:
        return (self._replayed(nonce) * (1 + COMMAND_BYTES // 300))[: COMMAND_BYTES + self._chance.randint(1, 4000)]

    def _other_object(self, nonce: str) -> bytes:
        typ = self._chance.choice([seal.RECORD, seal.ORDER, seal.REPLY, seal.ACCEPTANCE])
        return seal.seal(b"{}", typ=typ, key=self._engineer.key).token.encode()

    def _odd_form(self, nonce: str) -> bytes:
        """Signed by a real engineer, and not of the form of a command."""
        made = strict_json.parse_object(command.write(self._engineer.command("status", station=self._station)))
        made[self._chance.choice([*made, "more"])] = self._chance.choice([None, 0, "", [], {}, "x", -1, 1.5])
        return seal.seal(strict_json.write(made), typ=seal.COMMAND, key=self._engineer.key).token.encode()
