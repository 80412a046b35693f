"""Everybody around one work order with real keys: ticket service, station, reflector, acceptor, verifier; no broker.

Orders are issued, admitted, tested, sealed, journalled, handed in and judged by the product's own code. Only the line
itself is a bench that answers from a table, and the reflector's kernel is one as well: what it counted, it is told.
"""

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agent import acknowledgement, admission, assignment, bundle, seal
from agent.acceptance import Accepted, accept, demands
from agent.acceptor.believing import believed, witnessed
from agent.acceptor.ledger import Answer, Ledger, Office
from agent.acceptor.line_binding import Lookup
from agent.assignment import Assignment
from agent.bundle import Bundle
from agent.chain import Attempt, Chain, Disclose
from agent.clock import StationClock
from agent.gate import Answer as GateAnswer
from agent.gate import GatedThroughput, Papers
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.mqtt_link import Received
from agent.order_book import OrderBook
from agent.receipt import Receipt
from agent.record import CriteriaRef, RecordError, Result
from agent.trust import parse_trust
from agent.verification import verify
from diagnostics import criteria, strict_json
from diagnostics.errors import ProoflightError
from diagnostics.instruments import Direction, Instruments
from diagnostics.line import Line, Reflector
from tests.agent import orders, receipts
from tests.agent.conftest import Ring
from tests.diagnostics.fakes import instruments

NOW = orders.ISSUED + timedelta(days=2)
REFLECTOR = {"host": "198.18.0.9", "port": 5201, "gate": 5200, "name": "reflector-1"}
MBPS = 937.0  # what the bench's runs come to
SECONDS = 15
NETWORK = "198.18.0.0/24"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What became of it: a decision of the acceptor or of whoever stopped it before, and why."""

    decision: str
    words: str


class Forger(Chain):
    """A station whose software its holder has changed: it lies about a result, and seals the lie with its real key."""

    lie: Callable[[Result], Result] | None = None

    def finish(
        self, attempt: Attempt, result: Result, environment: Mapping[str, Any], disclose: Disclose = lambda of: None
    ) -> seal.Envelope:
        return super().finish(attempt, self.lie(result) if self.lie else result, environment, disclose)


@dataclass
class Kernel:
    """A reflector that signs what its kernel would have counted of the bench's runs; `changes` go into each receipt."""

    key: PrivateKey
    changes: Mapping[str, Any] = field(default_factory=dict)
    mbps: float = MBPS
    runs: int = 0
    asked: Any = None

    def ask(self, reflector: Reflector, path: str, body: Mapping[str, str] | None = None) -> tuple[int, GateAnswer]:
        if path == "/v1/nonce":
            return 200, {"nonce": "n"}
        if path == "/v1/admission":
            assert body is not None
            self.runs += 1
            proof = seal.read(body["proof"], typ=seal.ADMISSION)
            self.asked = admission.from_json(strict_json.parse_object(proof.payload))
            return 200, {"port": 5210, "session": "s"}
        return 200, {"receipt": receipts.sealed(self._stated(), self.key)}

    def _stated(self) -> Receipt:
        asked = {"order": self.asked.order, "open": self.asked.open, "run": self.runs}
        return stated(self.asked.direction, mbps=self.mbps, **asked | dict(self.changes))


def stated(direction: Direction, *, mbps: float = MBPS, **changes: Any) -> Receipt:
    """The receipt of a run at this rate, two hours ago, over the ordered line."""
    each = int(mbps * 1e6 / 8)
    ends = [(s * 1_000_000, each * s) for s in range(SECONDS + 1)]
    whole: dict[str, Any] = {
        "source": NETWORK,
        "admitted_at": NOW - timedelta(hours=2),
        "bytes": each * SECONDS,
        "series": (*ends, (SECONDS * 1_000_000 + 100_000, each * SECONDS)),
    }
    return receipts.made(direction, **whole | changes)


class House:
    """One back office and who hands it what; time is told, and everything lies in one folder."""

    def __init__(self, folder: Path, ring: Ring) -> None:
        self.folder, self.ring, self.now = folder, ring, NOW
        self.trust = self.trust_of_station = ring.trust
        self.lookup: Lookup | None = None
        self.honest: set[str] = set()
        self.ledger = self._ledger("ledger")
        self._journals = contextlib.ExitStack()

    def _ledger(self, name: str) -> Ledger:
        office = Office(
            name="desk",
            key=self.ring.acceptor,
            close_unanchored=False,
            load_criteria=criteria.load,
            lookup=lambda: self.lookup,
        )
        return Ledger(self.folder / name, office)

    def close(self) -> None:
        self._journals.close()
        self.ledger.close()

    def pin(self, key: PrivateKey, role: str, name: str) -> None:
        """Put another key into the trust file."""
        entry = {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": role, "name": name}
        self.trust = parse_trust(strict_json.write({"keys": [*self.ring.entries, entry]}), "trust.jwks")

    def kernel(self, key: PrivateKey | None = None, *, mbps: float = MBPS, **changes: Any) -> Kernel:
        """The reflector that orders name."""
        return Kernel(key or self.ring.reflector, changes, mbps)

    def station(self, name: str = "station-1", *, key: PrivateKey | None = None, journal: str = "journal") -> Forger:
        """A station with its journal; it tells the truth until it is told to lie."""
        held = self._journals.enter_context(Journal(self.folder / journal))
        return Forger(held, key=key or self.ring.station, station=name, clock=StationClock())

    def order(self, order_id: str = "WO-1", technicians: tuple[str, ...] = (), **terms: Any) -> Assignment:
        """A work order that the ticket service signs, as a station reads it from its file."""
        order = orders.work_order(id=order_id, reflectors=[REFLECTOR])
        envelope = orders.signed(self.ring.order, order, replace(orders.TERMS, **terms), technicians=technicians)
        given = assignment.parse(orders.file_of(envelope, order, technicians), lambda: self.ring.trust)
        assert isinstance(given, Assignment)
        self.ledger.issue(given.token, given.ref, orders.ISSUED.isoformat())
        return given

    def test(
        self,
        station: Chain,
        given: Assignment,
        bench: Instruments | None = None,
        gates: Kernel | None = None,
        **changes: Any,
    ) -> Accepted:
        """One whole attempt, as a station makes it; without a gate its runs are by a server that signs nothing."""
        OrderBook(station).admit(given)
        return self._accepted(station, given, bench or instruments(), gates, **changes)

    def _accepted(
        self, station: Chain, given: Assignment, bench: Instruments, gates: Kernel | None, **changes: Any
    ) -> Accepted:
        order = given.order
        gated = self._gated(station, given, bench, gates) if gates else None
        throughput = bench.throughput if gated is None else gated
        return accept(
            order,
            ref=given.ref,
            discretion=orders.discretion(given),
            receipt=gated.take_receipt if gated else lambda: None,
            chain=station,
            line=Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered, ont_address="198.18.0.5"),
            instruments=replace(bench, throughput=throughput),
            environment={"software": "test"},
            **changes,
        )

    def _gated(self, station: Chain, given: Assignment, bench: Instruments, gates: Kernel) -> GatedThroughput:
        papers = Papers(
            order=given.token,
            seal=station.admission,
            opened=lambda: station.links[-1].digest,
            keep=station.witness,
            trust=self.trust_of_station,
        )
        return GatedThroughput(bench.throughput, gates, papers)

    def claim(
        self,
        station: Chain,
        given: Assignment,
        *,
        result: Result | None = None,
        down: Mapping[str, Any] = MappingProxyType({}),
        up: Mapping[str, Any] = MappingProxyType({}),
        signer: PrivateKey | None = None,
        **opened: Any,
    ) -> list[str]:
        """An attempt that was never made: a good result under receipts with these changes; their tokens."""
        signer = signer or self.ring.reflector
        wanted, _ = demands(given.order)
        named = CriteriaRef(name=wanted.name, version=wanted.version, digest=wanted.digest)
        begin: dict[str, Any] = {"order": given.ref, "ordered": orders.discretion(given).ordered, "criteria": named}
        attempt = station.open(environment={}, **begin | opened)
        of_attempt = {"order": given.ref.anchor, "open": attempt.open, "station": station.station}
        ways: tuple[tuple[Direction, Mapping[str, Any]], ...] = (("down", down), ("up", up))
        tokens = [receipts.sealed(stated(way, **of_attempt | dict(changes)), signer) for way, changes in ways]
        seen = tuple(station.witness(token) for token in tokens)
        station.finish(attempt, replace(result or self.rehearsed(given), receipts=seen), {})
        return tokens

    def rehearsed(self, given: Assignment, bench: Instruments | None = None) -> Result:
        """What the same test comes to with nobody watching."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder, Journal(Path(folder) / "journal") as journal:
            aside = Forger(journal, key=self.ring.stranger, station="aside", clock=StationClock())
            seen: list[Result] = []
            aside.lie = keeping(seen)
            self._accepted(aside, given, bench or instruments(), None)
            return seen[0]

    def send(self, token: str, *tokens: str) -> Ending:
        """One message to the acceptor, and what it answers; the newest of several answers."""
        payload = "\n".join((token, *tokens)).encode()
        message = Received(topic="record", payload=payload, mid=1, retained=False)
        try:
            arrival = believed(message, self.trust, self.now)
            answers = self.ledger.take(arrival)
        except (seal.SealError, RecordError) as error:
            return Ending(decision="not believed", words=str(error))
        return self._read(answers[-1]) if answers else Ending(decision="waits", words="for the record before it")

    def _read(self, answer: Answer) -> Ending:
        opened = seal.open_sealed(answer.token, typ=seal.ACCEPTANCE, trust=self.ring.trust)
        made = acknowledgement.from_json(opened.content)
        if answer.repeat:
            return Ending(decision="repeated", words=f"the acceptance for {made.order.id if made.order else 'none'}")
        return Ending(decision=made.decision, words="; ".join(made.reasons))

    def hand_in(self, station: Chain, *more: str, skip: int = 0) -> Ending:
        """All records of a station but the first `skip`, with their receipts; what became of the last."""
        ending = Ending(decision="nothing", words="")
        for link in station.links[skip:]:
            seen = station.witnesses(link.open) if link.open else ()
            ending = self.send(station.token(link), *seen, *more)
        return ending

    def told(self, token: str) -> None:
        """A receipt that a reflector sends to the acceptor by itself."""
        self.ledger.note(witnessed(token, self.trust, self.now), self.now.isoformat())

    def verified(self, station: Chain, order_id: str = "WO-1") -> Ending:
        """What the offline verifier says of the station's bundle, with the words of every check that failed."""
        return self.judged(bundle.collect(station, order_id))

    def judged(self, made: Bundle) -> Ending:
        """What the offline verifier says of a bundle."""
        found = verify(bundle.parse(bundle.write(made)), self.trust, criteria.load, self.now)
        failed = [check.words for check in found.checks if check.status == "FAILED"]
        return Ending(decision="valid" if found.valid else "invalid", words="; ".join(failed))

    def closed(self) -> set[str]:
        """The work orders that are closed."""
        rows = self.ledger.connection.execute("SELECT id FROM tickets WHERE state = 'closed'")
        return {str(row[0]) for row in rows}


def stopped(decision: str, act: Callable[[], object]) -> Ending:
    """What became of an act that somebody refuses on the spot."""
    try:
        act()
    except ProoflightError as error:
        return Ending(decision=decision, words=str(error))
    return Ending(decision="went through", words="")


def keeping(seen: list[Result]) -> Callable[[Result], Result]:
    """No lie, but every result is kept aside."""

    def keep(result: Result) -> Result:
        seen.append(result)
        return result

    return keep
