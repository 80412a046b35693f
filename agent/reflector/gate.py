"""The gate: who is admitted to a run, on which port, and the signed receipt for whatever came of it.

It believes the order key and the station key of its own trust file and nothing else. Everybody who was admitted, or
turned away because the gate was full, gets a receipt, which is saved before it is handed out.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agent import admission, receipt, seal, signed_order
from agent.admission import Admission, AdmissionError
from agent.base64url import encode
from agent.disk import Disk
from agent.keys import PrivateKey
from agent.receipt import Health, Receipt, State
from agent.reflector.firewall import Firewall
from agent.reflector.session import Outcome, Place, Session
from agent.reflector.tally import Tally
from agent.signed_order import SignedOrder, SignedOrderError
from agent.trust import Trust
from diagnostics.errors import NotAvailable

MOST_NONCES = 1024
ADMITTED_S = 60.0


class Refused(Exception):
    """Who asks is not admitted; the message says why, and is what he is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A run that may begin: where, and the handle by which its receipt is fetched."""

    port: int
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one gate is: its name and key, address and ports, how many runs at once, and where receipts are kept."""

    name: str
    key: PrivateKey
    address: str
    ports: Sequence[int]
    capacity: int
    folder: Path
    admitted_s: float = ADMITTED_S


@dataclass(frozen=True, slots=True)
class _Run:
    """An admission that was believed, with what its receipt will need."""

    admission: Admission
    station: str
    source: str
    number: int
    at: datetime


class Gate:
    """Admissions and their sessions; every method may be called from any thread."""

    def __init__(
        self,
        settings: Settings,
        trust: Callable[[], Trust],
        *,
        firewall: Firewall,
        now: Callable[[], datetime],
        keep: Callable[[str], None] = lambda digest: None,
    ) -> None:
        self._settings = settings
        self._trust = trust
        self._firewall = firewall
        self._now = now
        self._keep = keep
        self._turn = threading.Condition()
        self._nonces: dict[str, float] = {}
        self._sessions: dict[str, Session | None] = {}
        self._receipts: dict[str, str] = {}
        self._runs: dict[str, int] = {}
        self._ports = list(settings.ports)
        self._closed = False
        for folder in (settings.folder / "receipts", settings.folder / "pending"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def nonce(self) -> str:
        """A value that one admission may name within a minute; the oldest are forgotten when too many are asked for."""
        made = encode(os.urandom(32))
        with self._turn:
            while len(self._nonces) >= MOST_NONCES:
                del self._nonces[next(iter(self._nonces))]
            self._nonces[made] = time.monotonic() + self._settings.admitted_s
        return made

    def admit(self, order: str, proof: str, source: str) -> Admitted | str:
        """Open a port for one run; the token of a busy receipt where the gate is full. Refused says why not."""
        run = self._believed(order, proof, source)
        handle = encode(os.urandom(16))
        with self._turn:
            busy = self._closed or self._active() >= self._settings.capacity
            if not busy:
                port = self._ports.pop(0)
                self._sessions[handle] = None
        if busy:
            return self._sign(run, _nothing(run, "busy", f"{self._settings.capacity} runs are served here at once"))
        place = Place(
            address=self._settings.address,
            port=port,
            source=source,
            admitted_s=self._settings.admitted_s,
            log=self._settings.folder / f"iperf3-{port}.log",
        )
        try:
            self._firewall.admit(source, port)
        except NotAvailable as error:
            with self._turn:
                del self._sessions[handle]
                self._ports.append(port)
            raise Refused("the port could not be opened for you; tell the reflector's operator") from error
        session = Session(run.admission, place, lambda outcome: self._finish(handle, run, place, outcome))
        with self._turn:
            if handle not in self._receipts:
                self._sessions[handle] = session
            closed = self._closed
        if closed:  # it was closed while this run began, and could not stop what it did not know yet
            session.stop()
        session.await_listening()
        return Admitted(port=port, session=handle)

    def receipt(self, session: str, wait_s: float) -> str | None:
        """A session's receipt, waited for; None where it is not over yet. Refused where there is no such session."""
        with self._turn:
            if session not in self._sessions and session not in self._receipts:
                raise Refused("no such session; it is over, or was never here")
            self._turn.wait_for(lambda: session in self._receipts, wait_s)
            return self._receipts.get(session)

    def close(self) -> None:
        """Abort what runs, sign that, and admit nobody any more."""
        with self._turn:
            self._closed = True
            running = [session for session in self._sessions.values() if session]
        for session in running:
            session.stop()
        self._firewall.close()

    def _active(self) -> int:
        return len(self._sessions)

    def _believed(self, order: str, proof: str, source: str) -> _Run:
        trust, at = self._trust(), self._now()
        try:
            opened = seal.open_sealed(order, typ=seal.ORDER, trust=trust, at=at)
            signed = signed_order.from_json(opened.content)
            proved = seal.open_sealed(proof, typ=seal.ADMISSION, trust=trust, at=at)
            asked = admission.from_json(proved.content)
        except (seal.SealError, SignedOrderError, AdmissionError) as error:
            raise Refused(str(error)) from error
        fault = self._fault(signed, asked, opened.envelope.digest, proved.key.name, at)
        if fault:
            raise Refused(fault)
        with self._turn:
            number = self._runs.get(asked.order) or self._saved_runs(asked.order)
            self._runs[asked.order] = number + 1
        return _Run(admission=asked, station=proved.key.name, source=source, number=number + 1, at=at)

    def _fault(self, signed: SignedOrder, asked: Admission, order: str, station: str, at: datetime) -> str:
        """Why an admission with good signatures is not for this gate, order or time; nothing where it is."""
        with self._turn:
            fresh = self._nonces.pop(asked.nonce, 0.0) >= time.monotonic()
        for holds, words in (
            (fresh, "the nonce is not one of this gate, or was used"),
            (asked.reflector == self._settings.name, f"this is {self._settings.name}, not {asked.reflector}"),
            (asked.order == order, "the admission is for another order than the one beside it"),
            (station in signed.stations, f"the order is not for station {station}"),
            (any(r.name == self._settings.name for r in signed.reflectors), "the order names other reflectors"),
            (signed.issued_at <= at <= signed.expires_at, "the order has expired, or is not valid yet"),
        ):
            if not holds:
                return words
        return ""

    def _saved_runs(self, order: str) -> int:
        return len(list((self._settings.folder / "receipts").glob(f"{order}-*.jws")))

    def _finish(self, handle: str, run: _Run, place: Place, outcome: Outcome) -> None:
        self._firewall.shut(place.source, place.port)
        token = self._sign(run, outcome)
        with self._turn:
            self._receipts[handle] = token
            self._sessions.pop(handle, None)
            self._ports.append(place.port)
            while len(self._receipts) > MOST_NONCES:
                del self._receipts[next(iter(self._receipts))]
            self._turn.notify_all()

    def _sign(self, run: _Run, outcome: Outcome) -> str:
        made = self._stated(run, outcome)
        token = seal.seal(receipt.write(made), typ=seal.RECEIPT, key=self._settings.key).token
        name = f"{run.admission.order}-{run.number:06d}.jws"
        for folder in ("receipts", "pending"):
            Disk().replace(self._settings.folder / folder / name, token.encode())
        self._keep(seal.digest_of(token))
        return token

    def _stated(self, run: _Run, outcome: Outcome) -> Receipt:
        first, last = (self._wall(us) for us in outcome.tally.wall_us())
        health = Health(
            cpu_permille=outcome.cpu_permille,
            run_permille=outcome.run_permille,
            sessions=max(1, self._active()),
            capacity=self._settings.capacity,
        )
        return Receipt(
            reflector=self._settings.name,
            order=run.admission.order,
            open=run.admission.open,
            station=run.station,
            run=run.number,
            direction=run.admission.direction,
            source=receipt.network_of(run.source),
            state=outcome.state,
            reason=outcome.reason,
            ok=outcome.ok,
            admitted_at=run.at,
            first_byte_at=first,
            last_byte_at=last,
            bytes=outcome.tally.bytes,
            series=tuple(outcome.tally.series),
            min_rtt_us=outcome.tally.min_rtt_us,
            retransmits=outcome.tally.retransmits,
            health=health,
        )

    def _wall(self, us: int | None) -> datetime | None:
        if us is None:
            return None
        return self._now() - timedelta(microseconds=time.monotonic_ns() // 1000 - us)


def _nothing(run: _Run, state: State, reason: str) -> Outcome:
    tally = Tally(run.admission.direction, run.source)
    return Outcome(state=state, reason=reason, tally=tally, cpu_permille=0, run_permille=0)
