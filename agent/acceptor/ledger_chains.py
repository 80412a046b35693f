"""The stations' chains in the ledger: each record in its place, what waits for the one before, who forked his chain.

A place is filled once and for good. The transaction around each call is the caller's.
"""

from datetime import datetime, timedelta
from typing import Any

from agent import record_form, seal
from agent.acceptor.anti_entropy import Known
from agent.acceptor.desk import ChainState, Ruling
from agent.acceptor.ledger_database import Connection
from agent.acceptor.office import Arrival, remembered
from agent.acceptor.placing import Neighbours
from agent.record import AcceptanceRecord
from diagnostics.measurement import sanitised

_HEARD_EVERY = timedelta(hours=1)


class Chains:
    """The tables of records, and of what could not become one (yet)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def around(self, arrival: Arrival) -> Neighbours:
        """What is known around a record's place; of one that was answered before only its acceptance."""
        kid, epoch, seq = arrival.place
        place, this = (kid, epoch, seq), (kid, arrival.envelope.digest)
        recorded, refused, here, before, waiting, reason = self._connection.execute(
            "SELECT (SELECT acceptance FROM records WHERE kid = ? AND digest = ?),"
            " (SELECT acceptance FROM equivocations WHERE kid = ? AND digest = ?),"
            " (SELECT digest FROM records WHERE kid = ? AND epoch = ? AND seq = ?),"
            " (SELECT digest FROM records WHERE kid = ? AND epoch = ? AND seq = ?),"
            " (SELECT digest FROM waiting WHERE kid = ? AND epoch = ? AND seq = ?),"
            " (SELECT reason FROM quarantine WHERE kid = ?)",
            (*this, *this, *place, kid, epoch, seq - 1, *place, kid),
        ).fetchone()
        if recorded or refused:
            return Neighbours(acceptance=recorded or refused)
        return Neighbours(here=here, before=before, waiting=waiting, quarantined=reason is not None)

    def state(self, arrival: Arrival) -> ChainState:
        """Whether the chain was begun anew under the same key."""
        statement = "SELECT 1 FROM records WHERE kid = ? AND epoch < ? LIMIT 1"
        if arrival.record.epoch == 1:
            return "complete"
        row = self._connection.execute(statement, (arrival.envelope.kid, arrival.record.epoch)).fetchone()
        return "complete" if row is None else "re-anchored"

    def newest(self, kid: str, epoch: int) -> Known:
        """The newest record of an epoch of a key's chain."""
        statement = "SELECT seq, digest FROM records WHERE kid = ? AND epoch = ? ORDER BY seq DESC LIMIT 1"
        row = self._connection.execute(statement, (kid, epoch)).fetchone()
        return Known(seq=row[0], digest=row[1]) if row else Known(seq=0, digest="")

    def write(self, arrival: Arrival, ruling: Ruling, acceptance: str) -> None:
        """Put a record in its place, with what became of it."""
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
            "kinds": ruling.kinds,
            "received_at": arrival.at.isoformat(),
            "software": software_of(record),
            "token": arrival.envelope.token,
            "acceptance": acceptance,
        }
        names = ", ".join(row)
        self._connection.execute(f"INSERT INTO records ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])

    def answer_anew(self, digest: str, ruling: Ruling, acceptance: str) -> None:
        """Put another decision and acceptance in the place of a record's first ones."""
        row = (ruling.decision, "\n".join(ruling.reasons), ruling.kinds, acceptance, digest)
        statement = "UPDATE records SET decision = ?, reasons = ?, kinds = ?, acceptance = ? WHERE digest = ?"
        self._connection.execute(statement, row)

    def unpark(self, arrival: Arrival) -> None:
        """Let what waited for this place go: the place is filled."""
        self._connection.execute("DELETE FROM waiting WHERE kid = ? AND epoch = ? AND seq = ?", arrival.place)

    def write_equivocation(self, arrival: Arrival, acceptance: str) -> None:
        """Keep a record that stands in no place, with what it was answered."""
        columns = (*arrival.place, arrival.envelope.digest, arrival.envelope.token, arrival.at.isoformat(), acceptance)
        self._connection.execute("INSERT INTO equivocations VALUES (?, ?, ?, ?, ?, ?, ?)", columns)

    def hear(self, kid: str, station: str, at: datetime) -> None:
        """Note that a station spoke to us; within an hour of the last note nothing is written."""
        statement = (
            "INSERT INTO stations VALUES (?, ?, ?) ON CONFLICT (kid) DO UPDATE"
            " SET station = excluded.station, heard_at = excluded.heard_at WHERE stations.heard_at < ?"
        )
        self._connection.execute(statement, (kid, station, at.isoformat(), (at - _HEARD_EVERY).isoformat()))

    def quarantined(self, arrival: Arrival) -> str:
        """Why the record's key is not believed any more; empty where it is."""
        row = self._one("SELECT reason FROM quarantine WHERE kid = ?", arrival)
        return str(row[0]) if row else ""

    def quarantine(self, arrival: Arrival, reason: str) -> None:
        """Believe nothing by this key any more; the first reason stays."""
        row = (arrival.envelope.kid, arrival.at.isoformat(), reason)
        self._connection.execute("INSERT INTO quarantine VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)

    def park(self, arrival: Arrival) -> None:
        """Keep a record until the one before it has come."""
        lines = (arrival.envelope.token, *([arrival.remembered.token] if arrival.remembered else ()))
        columns = (*arrival.place, arrival.envelope.digest, "\n".join(lines), arrival.at.isoformat())
        self._connection.execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", columns)

    def waiting_behind(self, arrival: Arrival) -> Arrival | None:
        """The record that waited for this one; it comes now, by our clock."""
        kid, epoch, seq = arrival.place
        statement = "SELECT token, received_at FROM waiting WHERE kid = ? AND epoch = ? AND seq = ?"
        row = self._connection.execute(statement, (kid, epoch, seq + 1)).fetchone()
        if row is None:
            return None
        return _arrived(row, arrival.at)

    def ready(self, at: datetime) -> list[Arrival]:
        """The records whose predecessor has come, and which wait for something else; oldest first."""
        statement = (
            "SELECT w.token, w.received_at FROM waiting w WHERE w.seq = 1 OR EXISTS (SELECT 1 FROM records r"
            " WHERE r.kid = w.kid AND r.epoch = w.epoch AND r.seq = w.seq - 1) ORDER BY w.received_at LIMIT 1000"
        )
        return [_arrived(row, at) for row in self._connection.execute(statement).fetchall()]

    def _one(self, statement: str, arrival: Arrival, *more: str) -> Any:
        parameters = [arrival.envelope.kid, *(getattr(arrival.envelope, name) for name in more)]
        return self._connection.execute(statement, parameters).fetchone()


def software_of(record: AcceptanceRecord) -> str:
    """The version of its station's software, and of its kit if any, as a record says; empty where it does not."""
    found, kit = (
        record.environment.get("software"),
        [record.environment.get(name) for name in ("kit_name", "kit_version")],
    )
    if not isinstance(found, str):
        return ""
    named = f", kit {kit[0]} {kit[1]}" if isinstance(kit[0], str) and isinstance(kit[1], int) else ""
    return sanitised(found + named, 64)


def _arrived(row: Any, at: datetime) -> Arrival:
    """A record that waited, as if it came now; never earlier than it did."""
    token, _, given = row[0].partition("\n")
    envelope = seal.read(token, typ=seal.RECORD)
    return Arrival(
        envelope=envelope,
        record=record_form.parse(envelope.payload),
        at=max(at, datetime.fromisoformat(row[1])),
        remembered=remembered(given) if given else None,
    )
