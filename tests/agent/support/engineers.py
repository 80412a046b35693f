"""What tests of remote support share: an engineer with a pinned key, who asks, reads answers and counts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.keys import PrivateKey, new_private, public_jwk
from agent.opening_key import OpeningKey
from agent.support import box
from agent.support.command import Command, seal_command
from agent.trust import Trust, parse_trust
from diagnostics import strict_json
from tests.agent.conftest import Ring

NONCE = "0f" * 16
ISSUED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Engineer:
    """A person with a key of role support."""

    key: PrivateKey
    name: str
    answers: OpeningKey = field(default_factory=box.new_key)
    counter: int = 0

    @property
    def entry(self) -> dict[str, object]:
        """The key as a trust file pins it."""
        pinned = {**public_jwk(self.key.x), "kid": self.key.kid, "alg": "Ed25519"}
        return {**pinned, "role": "support", "name": self.name}

    def command(self, verb: str = "status", **changes: Any) -> Command:
        """The next command to station-1; `changes` are of its fields."""
        self.counter += 1
        asked: dict[str, Any] = {"station": "station-1", "boot_nonce": NONCE, "counter": self.counter, "verb": verb}
        asked |= {"arguments": {}, "order": "", "x": self.answers.x, "y": self.answers.y, "issued": ISSUED}
        return Command(**(asked | changes))

    def asks(self, verb: str = "status", **changes: Any) -> bytes:
        """The same, sealed, as it goes to the broker."""
        return seal_command(self.command(verb, **changes), self.key).encode()


def engineer(folder: Path, name: str = "Wang Li") -> Engineer:
    """Somebody with a new key."""
    folder.mkdir(mode=0o700, exist_ok=True)
    return Engineer(new_private(folder / f"{name.replace(' ', '-')}.jwk"), name)


def trust_with(ring: Ring, *engineers: Engineer, path: Path | None = None, **changes: object) -> Trust:
    """The ring's keys and those of engineers; `changes` are of the engineers' entries, `path` where it is written."""
    raw = strict_json.write({"keys": [*ring.entries, *(each.entry | changes for each in engineers)]})
    if path is not None:
        path.write_bytes(raw)
    return parse_trust(raw, "trust.jwks")
