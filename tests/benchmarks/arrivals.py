"""What a fleet sends its acceptors, made once for a benchmark: signed orders, and the messages of one attempt for each.

Each order has a station of its own, as in a fleet hardly two messages at a time are of one. All of it is the product's
own: full records with every check, sealed, with the receipts of both runs behind the close record.
"""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.keys import new_private
from agent.trust import Trust, parse_trust
from diagnostics import strict_json
from tests.agent.conftest import HOLDERS, Ring
from tests.frauds.house import House


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The messages in the order in which they come, and what the back office must know before."""

    folder: Path
    orders: tuple[dict[str, str], ...]
    messages: tuple[str, ...]

    @property
    def trust(self) -> Trust:
        return parse_trust((self.folder / "trust.jwks").read_bytes(), "trust.jwks")

    @property
    def tokens(self) -> list[str]:
        """Everything in the messages that is signed."""
        return [token.partition("~")[0] for message in self.messages for token in message.split("\n")]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"folder": str(self.folder), "orders": self.orders, "messages": self.messages}))

    @classmethod
    def load(cls, path: Path) -> "Fleet":
        made = json.loads(path.read_text())
        return cls(folder=Path(made["folder"]), orders=tuple(made["orders"]), messages=tuple(made["messages"]))


def ring(folder: Path) -> Ring:
    """The keys of a benchmark."""
    folder.chmod(0o700)
    return Ring(*[new_private(folder / f"{name}.jwk") for name in HOLDERS], folder=folder)


def fleet(folder: Path, count: int) -> Fleet:
    """So many orders, each opened and closed once; every open record comes before every close record."""
    keys = ring(folder)
    entries: list[dict[str, Any]] = list(keys.entries)
    orders: list[dict[str, str]] = []
    opened: list[str] = []
    closed: list[str] = []
    with contextlib.ExitStack() as stack:
        house = House(folder, keys)
        stack.callback(house.close)
        for number in range(count):
            name, key = f"box-{number}", new_private(folder / f"box-{number}.jwk")
            entries.append({**key.public(), "kid": key.kid, "alg": "Ed25519", "role": "station", "name": name})
            station = house.station(name, key=key, journal=f"journal-{number}")
            given = house.order(f"WO-{number}", stations=(name,))
            house.test(station, given, gates=house.kernel(station=name))
            first, last = station.links
            seen = station.witnesses(last.open)
            orders.append({"token": given.token, **asdict(given.ref)})
            opened.append(station.token(first))
            closed.append("\n".join([station.token(last), *seen]))
    (folder / "trust.jwks").write_bytes(strict_json.write({"keys": entries}))
    return Fleet(folder=folder, orders=tuple(orders), messages=(*opened, *closed))


def shares(messages: Sequence[str], count: int) -> list[list[str]]:
    """The messages as a shared subscription deals them out: in turns."""
    return [list(messages[number::count]) for number in range(count)]
