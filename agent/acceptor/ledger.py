"""The ledger: one row for each record in its place of a station's chain, with the acceptance that answers it.

Row, ruling, signed acceptance and closed work order are one transaction (SQLite, WAL, synchronous=FULL): all of it lies
on the disk or none of it. The same record again gets the same acceptance; another record in the same place is
equivocation and closes nothing any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent import acknowledgement, compact_verdict, record_form, seal
from agent.acceptor import tickets
from agent.acceptor.anti_entropy import Known
from agent.acceptor.arrival import Answer, Arrival, Witnessed, remembered
from agent.acceptor.desk import Facts, Ruling, decide
from agent.acceptor.ledger_database import LedgerError, connect, transaction
from agent.acceptor.ledger_openings import Openings
from agent.acceptor.ledger_orders import Orders
from agent.acceptor.ledger_visits import visited
from agent.acceptor.line_binding import Lookup
from agent.keys import PrivateKey
from agent.record import OrderRef
from diagnostics.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who signs acceptances, under which policy, by which criteria; `lookup` makes the look-up of lines, if any."""

    name: str
    key: PrivateKey
    close_unanchored: bool
    load_criteria: Callable[[str], Criteria]
    lookup: Callable[[], Lookup | None] = lambda: None


class Ledger:
    """The acceptor's database; several acceptors may share one."""

    def __init__(self, path: Path, office: Office) -> None:
        self._office = office
        self._path = path
        self.connection = connect(path)
        self.orders = Orders(self.connection)
        self.openings = Openings(self.connection)
        self.tickets: tickets.Tickets = tickets.EmbeddedTickets(self.connection)

    def take(self, arrival: Arrival) -> list[Answer]:
        """Enter a record and whatever waited for it; the answers to send, once they lie on the disk.

        No answer at all means that the record waits for an earlier one of its chain.
        """
        with transaction(self.connection, self._path):
            if arrival.opening is not None:
                self.openings.keep(arrival.envelope.digest, arrival.opening)
            for each in arrival.receipts:
                self.orders.note_receipt(each.token, each.receipt.order, arrival.at.isoformat())
            answers = [self._enter(arrival)]
            while answers[-1] is not None and (waiting := self._waiting_behind(arrival)) is not None:
                arrival = waiting
                answers.append(self._enter(arrival))
        return [answer for answer in answers if answer is not None]

    def newest(self, kid: str, epoch: int) -> Known:
        """The newest record of an epoch of a key's chain."""
        statement = "SELECT seq, digest FROM records WHERE kid = ? AND epoch = ? ORDER BY seq DESC LIMIT 1"
        row = self.connection.execute(statement, (kid, epoch)).fetchone()
        return Known(seq=row[0], digest=row[1]) if row else Known(seq=0, digest="")

    def issue(self, token: str, ref: OrderRef, at: str) -> None:
        """Enter a signed order; from now on nothing else closes its work order. LedgerError where it is closed."""
        with transaction(self.connection, self._path):
            self.orders.enter(token, at)
            if not self.tickets.expect(ref, "an order was issued", at):
                raise LedgerError(f"{self._path}: work order {ref.id} is closed; give the new job another id")

    def revoke(self, digest: str, reason: str) -> None:
        """Note that a signed order is withdrawn: nothing is closed by it any more."""
        with transaction(self.connection, self._path):
            self.orders.revoke(digest, reason)

    def forget(self, order_id: str) -> int:
        """Give up the openings of a work order's records for good; how many there were."""
        with transaction(self.connection, self._path):
            return self.openings.forget(order_id)

    def note(self, witnessed: Witnessed, at: str) -> bool:
        """Enter a receipt that a reflector sent; whether it was new."""
        with transaction(self.connection, self._path):
            return self.orders.note_receipt(witnessed.token, witnessed.receipt.order, at)

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def _enter(self, arrival: Arrival) -> Answer | None:
        known = self._acceptance_of(arrival)
        if known is not None:
            return Answer(station=arrival.record.station, token=known, repeat=True, words="repeated")
        fault = self._fault(arrival)
        if fault == "early":
            self._park(arrival)
            return None
        if fault:
            self._quarantine(arrival, fault)
        ruling, token = self._decided(arrival)
        if fault:
            columns = (*arrival.place, arrival.envelope.digest, arrival.envelope.token, arrival.at.isoformat(), token)
            self.connection.execute("INSERT INTO equivocations VALUES (?, ?, ?, ?, ?, ?, ?)", columns)
        else:
            self._write(arrival, ruling, token)
            self._settle(arrival, ruling)
        words = f"{ruling.decision}: {'; '.join(ruling.reasons)}"
        again = arrival.remembered is not None and token == arrival.remembered.token
        return Answer(station=arrival.record.station, token=token, repeat=again, words=words)

    def _decided(self, arrival: Arrival) -> tuple[Ruling, str]:
        """The ruling on a record with its acceptance: the one that we gave before, where this ledger has lost it."""
        facts = self._facts(arrival)
        ruling = decide(arrival.record, facts)
        if arrival.remembered is not None and not facts.quarantine:
            return ruling, arrival.remembered.token
        return ruling, self._signed(arrival, ruling, facts)

    def _acceptance_of(self, arrival: Arrival) -> str | None:
        for table in ("records", "equivocations"):
            row = self._one(f"SELECT acceptance FROM {table} WHERE kid = ? AND digest = ?", arrival, "digest")
            if row is not None:
                return str(row[0])
        return None

    def _fault(self, arrival: Arrival) -> str:
        """What is wrong with a record's place in its chain: nothing, "early", or proof of two chains under one key."""
        record, place = arrival.record, f"epoch {arrival.record.epoch}, seq {arrival.record.seq}"
        if self._at("records", arrival) is not None:
            return f"two records for {place}"
        if self._quarantined(arrival):
            return ""
        if record.seq == 1:
            begins = record.tx == "R" if record.epoch > 1 else record.prev is None
            return "" if begins else f"{place} does not begin a chain"
        before = self._at("records", arrival, step=-1)
        if before is None:
            parked = self._at("waiting", arrival)
            return "early" if parked in (None, arrival.envelope.digest) else f"two records for {place}"
        return "" if before == record.prev else f"{place} does not follow the record before it"

    def _facts(self, arrival: Arrival) -> Facts:
        record = arrival.record
        row = self.connection.execute(
            "SELECT count(*) FROM records WHERE kid = ? AND epoch < ?", (arrival.envelope.kid, record.epoch)
        ).fetchone()
        return Facts(
            quarantine=self._quarantined(arrival),
            ticket=self.tickets.state(record.order) if record.order else "open",
            chain="re-anchored" if row[0] else "complete",
            close_unanchored=self._office.close_unanchored,
            load_criteria=self._office.load_criteria,
            at=arrival.at,
            order=self.orders.known(record.order.anchor) if record.order else None,
            lookup=self._office.lookup() if record.tx in ("E", "V") else None,
            given=arrival.remembered.acceptance if arrival.remembered else None,
            visited=visited(self.connection, arrival.envelope.kid, record),
        )

    def _signed(self, arrival: Arrival, ruling: Ruling, facts: Facts) -> str:
        made = acknowledgement.Acceptance(
            acceptor=self._office.name,
            record=arrival.envelope.digest,
            kid=arrival.envelope.kid,
            epoch=arrival.record.epoch,
            seq=arrival.record.seq,
            order=arrival.record.order,
            decision=ruling.decision,
            outcome=ruling.outcome,
            reasons=ruling.reasons,
            line=ruling.line,
            verdict=self._verdict(arrival, ruling, facts),
            chain="broken" if facts.quarantine else facts.chain,
            close_unanchored=self._office.close_unanchored,
            issued_at=arrival.at,
        )
        return seal.seal(acknowledgement.write(made), typ=seal.ACCEPTANCE, key=self._office.key).token

    def _verdict(self, arrival: Arrival, ruling: Ruling, facts: Facts) -> str | None:
        """The compact verdict's token, where there is an outcome to tell; a visit's is told with the test's figures."""
        result = facts.visited.record if facts.visited else arrival.record
        if ruling.outcome is None or result.result is None:
            return None
        told = {"record": arrival.envelope.digest, "decision": ruling.decision, "outcome": ruling.outcome}
        raw = compact_verdict.write(compact_verdict.of(result, **told, issued_at=arrival.at))
        return seal.seal(raw, typ=seal.VERDICT, key=self._office.key).token

    def _write(self, arrival: Arrival, ruling: Ruling, token: str) -> None:
        record, order = arrival.record, arrival.record.order
        row: dict[str, Any] = {
            "kid": arrival.envelope.kid,
            "epoch": record.epoch,
            "seq": record.seq,
            "digest": arrival.envelope.digest,
            "tx": record.tx,
            "station": record.station,
            "order_id": order and order.id,
            "attempt": record.attempt,
            "decision": ruling.decision,
            "outcome": ruling.outcome,
            "reasons": "\n".join(ruling.reasons),
            "received_at": arrival.at.isoformat(),
            "token": arrival.envelope.token,
            "acceptance": token,
        }
        names = ", ".join(row)
        self.connection.execute(f"INSERT INTO records ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
        self.connection.execute("DELETE FROM waiting WHERE kid = ? AND epoch = ? AND seq = ?", arrival.place)

    def _settle(self, arrival: Arrival, ruling: Ruling) -> None:
        order, at = arrival.record.order, arrival.at.isoformat()
        if order is None:
            return
        if arrival.record.tx == "B":
            self.orders.note_attempt(order.anchor, arrival.envelope.digest)
        why = f"{ruling.decision}: {'; '.join(ruling.reasons)}"
        if ruling.decision != "closed":
            self.tickets.note(order, why, at)
        elif not self.tickets.close(order, arrival.envelope.digest, why, at) and arrival.remembered is None:
            raise LedgerError(f"{self._path}: work order {order.id} was closed by another hand meanwhile; start again")

    def _quarantined(self, arrival: Arrival) -> str:
        row = self._one("SELECT reason FROM quarantine WHERE kid = ?", arrival)
        return str(row[0]) if row else ""

    def _quarantine(self, arrival: Arrival, reason: str) -> None:
        since = arrival.at.isoformat()
        self.connection.execute(
            "INSERT OR IGNORE INTO quarantine VALUES (?, ?, ?)", (arrival.envelope.kid, since, reason)
        )

    def _park(self, arrival: Arrival) -> None:
        lines = (arrival.envelope.token, *([arrival.remembered.token] if arrival.remembered else ()))
        columns = (*arrival.place, arrival.envelope.digest, "\n".join(lines), arrival.at.isoformat())
        self.connection.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?, ?)", columns)

    def _waiting_behind(self, arrival: Arrival) -> Arrival | None:
        kid, epoch, seq = arrival.place
        row = self.connection.execute(
            "SELECT token, received_at FROM waiting WHERE kid = ? AND epoch = ? AND seq = ?", (kid, epoch, seq + 1)
        ).fetchone()
        if row is None:
            return None
        token, _, given = row[0].partition("\n")
        envelope = seal.read(token, typ=seal.RECORD)
        return Arrival(
            envelope=envelope,
            record=record_form.parse(envelope.payload),
            at=max(arrival.at, datetime.fromisoformat(row[1])),
            remembered=remembered(given) if given else None,
        )

    def _at(self, table: str, arrival: Arrival, step: int = 0) -> str | None:
        kid, epoch, seq = arrival.place
        statement = f"SELECT digest FROM {table} WHERE kid = ? AND epoch = ? AND seq = ?"
        row = self.connection.execute(statement, (kid, epoch, seq + step)).fetchone()
        return None if row is None else str(row[0])

    def _one(self, statement: str, arrival: Arrival, *more: str) -> Any:
        parameters = [arrival.envelope.kid, *(getattr(arrival.envelope, name) for name in more)]
        return self.connection.execute(statement, parameters).fetchone()
