"""Keys and a trust file that the tests of this folder share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.keys import PrivateKey, new_private
from agent.trust import Trust, parse_trust
from diagnostics import strict_json
from tests.agent.broker import Broker, mosquitto


@dataclass(frozen=True)
class Ring:
    """One key of each role, pinned in one trust file, and one of nobody."""

    station: PrivateKey
    acceptor: PrivateKey
    order: PrivateKey
    reflector: PrivateKey
    criteria: PrivateKey
    stranger: PrivateKey
    folder: Path

    @property
    def entries(self) -> list[dict[str, object]]:
        return [
            {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": role, "name": name}
            for key, role, name in (
                (self.station, "station", "station-1"),
                (self.acceptor, "acceptor", "back office"),
                (self.order, "order", "tickets"),
                (self.reflector, "reflector", "reflector-1"),
                (self.criteria, "criteria", "standards"),
            )
        ]

    @property
    def trust(self) -> Trust:
        return parse_trust(self.trust_file.read_bytes(), "trust.jwks")

    @property
    def trust_file(self) -> Path:
        path = self.folder / "trust.jwks"
        if not path.exists():
            path.write_bytes(strict_json.write({"keys": self.entries}))
        return path


HOLDERS = ("station", "acceptor", "order", "reflector", "criteria", "stranger")


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Ring:
    folder = tmp_path_factory.mktemp("keys")
    folder.chmod(0o700)
    made = [new_private(folder / f"{name}.jwk") for name in HOLDERS]
    return Ring(*made, folder=folder)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A real broker with nothing special about it."""
    with mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    """A station with an empty journal."""
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())
