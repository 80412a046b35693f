"""A gate on loopback with real keys, a real HTTP face and real iperf3 servers, and who asks it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import admission, receipt, seal
from agent.admission import Admission
from agent.keys import PrivateKey
from agent.receipt import Receipt
from agent.reflector.face import Face
from agent.reflector.firewall import Firewall, Watch
from agent.reflector.gate import Gate, Settings
from agent.trust import Trust
from diagnostics.line import Reflector
from tests.agent import orders
from tests.agent.conftest import Ring
from tests.peers import free_port

NOW = orders.ISSUED + timedelta(days=1)
OPEN = "b" * 64
WAIT_S = 60.0


@dataclass
class House:
    """A running gate, the keys around it, and what it is asked."""

    ring: Ring
    folder: Path
    capacity: int = 2
    admitted_s: float = WAIT_S
    firewall: Firewall = field(default_factory=Watch)
    gate: Gate = field(init=False)
    face: Face = field(init=False)
    kept: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings(
            name="reflector-1",
            key=self.ring.reflector,
            address="127.0.0.1",
            ports=[free_port() for _ in range(2 * self.capacity)],
            capacity=self.capacity,
            folder=self.folder,
            admitted_s=self.admitted_s,
        )
        self.gate = Gate(settings, lambda: self.trust, firewall=self.firewall, now=lambda: NOW, keep=self.kept.append)
        self.face = Face("127.0.0.1", 0, self.gate)

    @property
    def trust(self) -> Trust:
        return self.ring.trust

    @property
    def reflector(self) -> Reflector:
        port = int(self.face.server_address[1])
        return Reflector(host="127.0.0.1", name="reflector-1", gate=port)

    def order(self, key: PrivateKey | None = None, **changes: Any) -> seal.Envelope:
        """A signed order that names this gate."""
        made = orders.signed(self.ring.order)
        changes = {"reflectors": (Reflector(host="127.0.0.1", name="reflector-1", gate=5200),)} | changes
        return orders.resigned(made, key or self.ring.order, **changes)

    def proof(self, order: seal.Envelope, key: PrivateKey | None = None, **changes: Any) -> str:
        """An admission for it, sealed by the station."""
        asked: dict[str, Any] = {
            "nonce": self.gate.nonce(),
            "reflector": "reflector-1",
            "order": order.digest,
            "open": OPEN,
            "direction": "down",
            "discard_s": 1,
            "average_s": 2,
        }
        payload = admission.write(Admission(**asked | changes))
        return seal.seal(payload, typ=seal.ADMISSION, key=key or self.ring.station).token

    def receipt(self, session: str) -> Receipt:
        """The receipt of a session, once it is over."""
        token = self.gate.receipt(session, WAIT_S)
        assert token is not None
        return self.believed(token)

    def believed(self, token: str) -> Receipt:
        return receipt.from_json(seal.open_sealed(token, typ=seal.RECEIPT, trust=self.trust).content)


@pytest.fixture
def house(tmp_path: Path, ring: Ring) -> Iterator[House]:
    made = House(ring=ring, folder=tmp_path / "reflector")
    thread = threading.Thread(target=made.face.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.face.shutdown()
    thread.join(WAIT_S)
    made.gate.close()
    made.face.server_close()
