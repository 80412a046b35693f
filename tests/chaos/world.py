"""The papers of a chaos campaign: keys, trust, configurations, every order signed, entered and in its inbox."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.acceptor.issuing import Terms
from agent.acceptor.ledger import Ledger
from agent.acceptor.office import Office
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.keys import PrivateKey, new_private
from agent.record import OrderRef
from agent.work_order import WorkOrder
from diagnostics import criteria, strict_json
from tests.agent import orders
from tests.chaos.plan import ACCEPTORS, Job, Plan

TENANT = "north"
REFLECTOR = "reflector-1"
ATTEMPTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where everybody listens on loopback: the stations' broker, the acceptors', the reflector's gate."""

    near: int
    far: int
    gate: int


@dataclass(frozen=True, slots=True)
class World:
    """A folder with everything that the cast needs to begin."""

    folder: Path
    plan: Plan
    ports: Ports
    place: LedgerPlace

    @property
    def trust(self) -> Path:
        return self.folder / "trust.json"

    def key(self, name: str) -> Path:
        """The private key of one of the cast."""
        return self.folder / "keys" / f"{name}.jwk"

    def config(self, name: str) -> Path:
        """The configuration of a station or an acceptor."""
        return self.folder / f"{name}.toml"

    def journal(self, station: str) -> Path:
        """The journal of a station."""
        return self.folder / station / "journal"


def build(world: World) -> None:
    """Write it all; the ledger's tables are made by the way."""
    keys = _keys(world)
    for station in world.plan.stations:
        world.config(station).write_text(_station(world, station))
    for acceptor in ACCEPTORS:
        world.config(acceptor).write_text(_acceptor(world, acceptor))
    issued = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    office = Office(name="desk", key=keys["acceptor-1"], close_unanchored=False, load_criteria=criteria.load)
    rates = {}
    with contextlib.closing(Ledger(world.place, office)) as ledger:
        for job in world.plan.jobs:
            rates[_hand_out(world, job, keys["tickets"], ledger, issued)] = job.mbps
    (world.folder / "rates.json").write_text(json.dumps(rates))


def _keys(world: World) -> Mapping[str, PrivateKey]:
    folder = world.folder / "keys"
    folder.mkdir(mode=0o700)
    roles = {"tickets": "order", REFLECTOR: "reflector"}
    roles |= dict.fromkeys(ACCEPTORS, "acceptor") | dict.fromkeys(world.plan.stations, "station")
    made = {name: new_private(world.key(name)) for name in roles}
    entries = [
        {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": roles[name], "name": name}
        for name, key in made.items()
    ]
    world.trust.write_bytes(strict_json.write({"keys": entries}))
    return made


def _station(world: World, name: str) -> str:
    return (
        f'[station]\nname = "{name}"\nstate_dir = "{world.folder / name}"\nkey = "{world.key(name)}"\n'
        f'trust = "{world.trust}"\n[mqtt]\nhost = "127.0.0.1"\nport = {world.ports.near}\ntenant = "{TENANT}"\n'
    )


def _acceptor(world: World, name: str) -> str:
    place, own = world.place, f'[acceptor]\nname = "{name}"\nkey = "{world.key(name)}"\ntrust = "{world.trust}"\n'
    if isinstance(place, PostgresSettings):
        own += f'[ledger]\ndsn = "{place.dsn}"\n'
    else:
        own += f'database = "{place}"\n'
    return own + f'[mqtt]\nhost = "127.0.0.1"\nport = {world.ports.far}\ntenant = "{TENANT}"\n'


def _hand_out(world: World, job: Job, key: PrivateKey, ledger: Ledger, issued: datetime) -> str:
    """Sign an order, enter it, put it into its stations' inboxes; the signed order's digest."""
    reflector = {"host": "127.0.0.1", "port": 5201, "gate": world.ports.gate, "name": REFLECTOR}
    order = orders.work_order(id=job.order, reflectors=[reflector])
    nonce = hashlib.sha256(f"{world.plan.seed} {job.order}".encode()).digest()
    envelope = orders.signed(key, order, Terms(stations=job.stations, attempts=ATTEMPTS), at=issued, nonce=nonce)
    ref = OrderRef(id=order.id, digest=orders.read(envelope).order_digest, anchor=envelope.digest)
    ledger.issue(envelope.token, ref, issued.isoformat())
    for station in job.stations:
        _put(world.folder / station / "inbox", order, orders.file_of(envelope, order))
    return envelope.digest


def _put(inbox: Path, order: WorkOrder, raw: bytes) -> None:
    inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    (inbox / f"{order.id}.json").write_bytes(raw)
