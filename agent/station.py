"""The station put together: key, journal and chain from its configuration, and the instruments of its line.

Everything heavy is started by those instruments, as children, when it is used; nothing of it is imported here.
"""

import contextlib
import platform
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent import acknowledgement, bundle, opening, seal, tpm_key
from agent.acceptance import Accepted, accept, demands
from agent.assignment import Assignment
from agent.chain import Chain
from agent.clock import StationClock
from agent.config import StationConfig
from agent.criteria_shelf import Shelf
from agent.delivery import Delivery
from agent.discretion import Discretion
from agent.gate import GateChild, GatedThroughput, Papers
from agent.journal import Journal
from agent.kit import use as kits
from agent.kit.arrival import heard_of
from agent.kit.use import KitInUse
from agent.line_secrets import passwords, wire_secrets
from agent.order_book import OrderBook
from agent.salts import station_salts
from agent.storage import Storage
from agent.subscriber import session_of
from agent.support.port import Port
from agent.terminals import terminal_of
from agent.toml_table import ConfigError
from agent.trust import load_trust
from agent.version import VERSION
from agent.visiting import Visit
from agent.work_order import WorkOrder
from diagnostics import strict_json
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, Progress, SystemClock
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line
from diagnostics.scapy_wire import WireChild
from diagnostics.secret import Secret


def line_of(config: StationConfig, order: WorkOrder | None = None) -> Line:
    """The line that this station is plugged into, with what the order wants of it."""
    if config.line is None or config.ont is None:
        missing = "[line]" if config.line is None else "[ont]"
        raise ConfigError(f"{config.file}: {missing} is needed to test a line; say where the line is plugged in")
    plugged: dict[str, Any] = {
        "interface": config.line.interface,
        "namespace": config.line.namespace,
        "gateway": config.line.gateway,
        "ont_address": config.ont.address,
        "names": config.names,
    }
    if order is None:
        return Line(**plugged)
    services: dict[str, Any] = {"multicast": order.multicast, "registrar": order.registrar}
    return Line(**plugged, ordered=order.ordered, reflectors=order.reflectors, **services)


def shelf_of(config: StationConfig) -> Shelf:
    """Where the station finds criteria."""
    trust, newer = (lambda: load_trust(config.trust)), (lambda: kits.criteria_of(config.state_dir))
    return Shelf(folder=config.criteria, trust=trust, newer=newer)


def instruments_of(
    config: StationConfig,
    line: Line,
    cancelled: Callable[[], bool],
    order: WorkOrder | None = None,
    password: Secret | None = None,
    newer: Path | None = None,
) -> Instruments:
    """The real instruments of a line; they all stop early once `cancelled` says so.

    `password` is the account's, `newer` the folder of profiles of the kit in use.
    """
    return Instruments(
        terminal=terminal_of(config, line, order, cancelled, newer),
        wire=WireChild(
            line.interface,
            line.namespace,
            ip_interface=line.ip_interface,
            cancelled=cancelled,
            secrets=wire_secrets(config, order),
        ),
        throughput=Iperf3Child(line.ip_interface, line.namespace, cancelled=cancelled),
        host=HostChild(line.namespace, cancelled=cancelled),
        clock=SystemClock(),
        session=session_of(config, line, order, password, cancelled),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station with its journal open; one process has it at a time."""

    config: StationConfig
    chain: Chain
    orders: OrderBook

    def accept(
        self,
        assignment: Assignment,
        cancelled: Callable[[], bool],
        tell: Callable[[str], None] = lambda words: None,
        progress: Callable[[Progress], None] = lambda progress: None,
        password: Secret | None = None,
        heard: Callable[[Instruments], Instruments] = lambda instruments: instruments,
    ) -> Accepted:
        """Test the line against an order and save what came of it; OrderRefused where it must not be worked on.

        `password` is the PPPoE account's, where it was typed; `heard` is for who listens to the instruments.
        """
        kit, order = self.kit(tell), assignment.order  # to the end of the attempt it is this kit
        load = shelf_of(self.config).load
        demands(order, load)  # what is wrong with an order is said before anything is opened
        line = line_of(self.config, order)
        self.storage().admit()
        self.orders.admit(assignment)
        discretion = self.discretion(assignment, password)
        if discretion.opener is None:
            tell("no key of role opening is pinned: what is personal is committed, and nobody will be able to open it")
        instruments = heard(instruments_of(self.config, line, cancelled, order, password, kit.profiles))
        gated = self._gated(assignment, line, instruments, cancelled)
        return accept(
            order,
            ref=assignment.ref,
            discretion=discretion,
            load=load,
            receipt=gated.take_receipt,
            chain=self.chain,
            line=line,
            instruments=replace(instruments, throughput=gated),
            environment=environment(line) | {"key": self.chain.key_held} | kit.pin(),
            tell=tell,
            progress=progress,
        )

    def kit(self, tell: Callable[[str], None]) -> KitInUse:
        """The kit for what begins now; for the thread that tests, since one that is broken gives way to another."""
        return kits.begin(kits.store_of(self.config), tell)

    def storage(self) -> Storage:
        """The room that this station has for what it keeps."""
        return Storage(self.chain, most_bytes=self.config.storage_mib << 20)

    def visit(self, assignment: Assignment) -> Visit:
        """The visit of an order, to be noted and closed."""
        load, discretion = shelf_of(self.config).load, self.discretion(assignment)
        return Visit(
            self.chain,
            assignment,
            load=load,
            discretion=discretion,
            pin=lambda: kits.in_force(self.config.state_dir).pin(),
        )

    def discretion(self, assignment: Assignment, password: Secret | None = None) -> Discretion:
        """What is personal in an order, and how this station tells it: to the back office alone."""
        trust = load_trust(self.config.trust)
        order = assignment.order
        named = assignment.ref.digest if assignment.signed is None else assignment.ref.anchor
        return Discretion(
            order,
            station_salts(self.config.state_dir, named),
            disclosures=assignment.disclosures,
            technician=self.config.technician,
            secrets=passwords(self.config, order, password),
            key=opening.key_for(trust, self.chain.floor),
        )

    def _gated(
        self, assignment: Assignment, line: Line, instruments: Instruments, cancelled: Callable[[], bool]
    ) -> GatedThroughput:
        """The throughput engine, admitted by gates with a signed order."""
        papers = None
        if assignment.signed is not None:
            papers = Papers(
                order=assignment.token,
                seal=self.chain.admission,
                opened=lambda: self.chain.links[-1].digest,  # the attempt that runs is the last one
                keep=self.chain.witness,
                trust=load_trust(self.config.trust),
            )
        return GatedThroughput(instruments.throughput, GateChild(line.namespace, cancelled=cancelled), papers)

    def delivery(
        self,
        say: Callable[[str], None],
        take_order: Callable[[bytes], None] | None = None,
        port: Port | None = None,
    ) -> Delivery | None:
        """What hands this station's records to its broker; None where no broker is configured.

        `take_order` is handed what the ticket service sends, `port` is remote support's; without them nothing is asked
        for. Kits are taken in whenever they come.
        """
        if self.config.mqtt is None:
            return None
        births = self.config.state_dir / "births"
        trust = load_trust(self.config.trust)
        found = heard_of(self.config.state_dir, kits.store_of(self.config))
        heard: dict[str, Any] = {"take_order": take_order, "port": port, "kits": found}
        return Delivery(self.chain, trust, self.config.mqtt, births=births, say=say, **heard)

    def deliver(self, wait_s: float) -> str:
        """Try for so many seconds to deliver all that waits, and say what came of it."""
        said = [""]
        delivery = self.delivery(said.append)
        if delivery is not None and delivery.deliver(wait_s):
            return "every record is acknowledged by the acceptor"
        why = said[-1] if delivery is not None else "no [mqtt] is configured"
        return f"{len(self.chain.pending())} records wait in the journal, nothing is lost ({why or 'no answer yet'})"

    def answer(self, digest: str) -> acknowledgement.Acceptance | None:
        """The acceptor's acceptance of a record; None where it has not answered yet."""
        link = next(link for link in self.chain.links if link.digest == digest)
        receipt = self.chain.receipt(link)
        if receipt is None:
            return None
        return acknowledgement.from_json(strict_json.parse_object(seal.read(receipt, typ=seal.ACCEPTANCE).payload))

    def decision(self, digest: str) -> str:
        """What the acceptor decided on a record, in its own words; that it has not yet where there is no answer."""
        acceptance = self.answer(digest)
        if acceptance is None:
            return "not decided yet"
        words = {
            "closed": "work order closed",
            "rejected": "rejected, work order stays open",
            "review": "for review by a person",
        }
        decided = words.get(acceptance.decision, acceptance.decision)
        first = (*acceptance.reasons, "")[0].partition("; demanded:")[0]
        more = f", and {len(acceptance.reasons) - 1} more" if len(acceptance.reasons) > 1 else ""
        return f"{decided} ({first}{more})" if first else decided

    def write_bundle(self, order_id: str, path: Path | None = None) -> Path:
        """Write the evidence of one order as it stands now, and say where."""
        target = path or self.config.state_dir / "bundles" / f"{order_id}.json"
        bundle.save(target, bundle.collect(self.chain, order_id))
        return target


@contextlib.contextmanager
def opened(config: StationConfig) -> Iterator[Station]:
    """The station of a configuration, its journal locked for us until the block ends."""
    key = tpm_key.load(config.key)
    with Journal(config.state_dir / "journal") as journal:
        chain = Chain(journal, key=key, station=config.name, clock=StationClock())
        yield Station(config=config, chain=chain, orders=OrderBook(chain, technician=config.technician))


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Until the block ends, SIGINT and SIGTERM cancel the running instruments, then raise KeyboardInterrupt."""
    asked = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        if not asked.is_set():  # only once: the record of the interrupted attempt must not be interrupted as well
            asked.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def environment(line: Line | None = None) -> dict[str, Any]:
    """What a test, or a visit, was recorded by."""
    made = {
        "software": VERSION,
        "python": platform.python_version(),
        "kernel": platform.release(),
        "machine": platform.machine(),
    }
    return made if line is None else made | {"interface": line.interface}
