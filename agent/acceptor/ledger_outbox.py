"""The outbox: what ticket systems are still to be told, written in the transaction of the decision itself.

A row waits until its system knows it, or until it is set aside for a person; rows of one work order reach one system in
their order. A row is claimed by pushing its due time, so that of several senders one sends it, and if that one dies
another does.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.acceptor.ledger_database import Connection

_COLUMNS = "rowid AS number, target, order_id, digest, event, why, decided_at, state, attempts, due_at, said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One row: what one system is to be told of one work order; `attempts` counts this one."""

    number: int
    target: str
    order_id: str
    digest: str
    event: str
    why: str
    decided_at: datetime
    attempts: int

    @property
    def key(self) -> str:
        """The same for every attempt, and for nothing else: what makes telling it idempotent."""
        return hashlib.sha256(f"{self.target} {self.digest} {self.event}".encode()).hexdigest()[:32]


class Outbox:
    """The tables of the outbox; the transaction around each call is the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enter(
        self, target: str, order_id: str, digest: str, event: str, why: str, at: datetime, *, again: bool = False
    ) -> None:
        """Note that a system is to be told; the same again changes nothing. `again`: it may know it already."""
        self._connection.execute(
            "INSERT INTO outbox (target, order_id, digest, event, why, decided_at, state, attempts, due_at, said)"
            " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, '') ON CONFLICT DO NOTHING",
            (target, order_id, digest, event, why, at.isoformat(), int(again), _when(at)),
        )

    def claim(self, target: str, now: datetime, until: datetime) -> Notice | None:
        """The next row that is due for a system, ours until a time; None where there is none."""
        while True:
            row = self._connection.execute(
                f"SELECT {_COLUMNS} FROM outbox AS o WHERE target = ? AND state = 'waiting' AND due_at <= ?"
                " AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.target = o.target AND e.order_id = o.order_id"
                " AND e.state = 'waiting' AND e.rowid < o.rowid) ORDER BY due_at, o.rowid LIMIT 1",
                (target, _when(now)),
            ).fetchone()
            if row is None:
                return None
            claimed = self._connection.execute(
                "UPDATE outbox SET due_at = ?, attempts = attempts + 1"
                " WHERE rowid = ? AND state = 'waiting' AND due_at = ?",
                (_when(until), row["number"], row["due_at"]),
            )
            if claimed.rowcount == 1:
                return _notice(row)

    def told(self, number: int, said: str) -> None:
        """Note that the system knows it."""
        self._connection.execute("UPDATE outbox SET state = 'told', said = ? WHERE rowid = ?", (said, number))

    def postpone(self, number: int, said: str, until: datetime) -> None:
        """Try again at a time."""
        self._connection.execute(
            "UPDATE outbox SET due_at = ?, said = ? WHERE rowid = ? AND state = 'waiting'", (_when(until), said, number)
        )

    def set_aside(self, number: int, said: str) -> None:
        """Leave it to a person: trying again by itself cannot help."""
        self._connection.execute(
            "UPDATE outbox SET state = 'set aside', said = ? WHERE rowid = ? AND state = 'waiting'", (said, number)
        )

    def again(self, now: datetime, order_id: str = "") -> int:
        """Let what was set aside wait again, and what waits be due now; how many rows that were set aside."""
        of, which = (" AND order_id = ?", (order_id,)) if order_id else ("", ())
        self._connection.execute(f"UPDATE outbox SET due_at = ? WHERE state = 'waiting'{of}", (_when(now), *which))
        done = self._connection.execute(
            f"UPDATE outbox SET state = 'waiting', due_at = ? WHERE state = 'set aside'{of}", (_when(now), *which)
        )
        return int(done.rowcount)

    def prune(self, before: datetime, most: int) -> int:
        """Let go of what was told before a time, at most so many rows; never of what waits or was set aside."""
        done = self._connection.execute(
            "DELETE FROM outbox WHERE rowid IN (SELECT rowid FROM outbox WHERE state = 'told' AND due_at < ? LIMIT ?)",
            (_when(before), most),
        )
        return int(done.rowcount)

    def link(self, order_id: str, links: Mapping[str, str]) -> None:
        """Note the ids that ticket systems have for a work order, its service or its trouble ticket, by kind."""
        for kind, name in links.items():
            self._connection.execute(
                "INSERT INTO ticket_links VALUES (?, ?, ?)"
                " ON CONFLICT (order_id, kind) DO UPDATE SET name = excluded.name",
                (order_id, kind, name),
            )

    def links(self, order_id: str) -> dict[str, str]:
        """The ids that ticket systems have for a work order, by kind."""
        rows = self._connection.execute("SELECT kind, name FROM ticket_links WHERE order_id = ?", (order_id,))
        return {row["kind"]: row["name"] for row in rows.fetchall()}

    def tokens(self, digest: str) -> tuple[str, str] | None:
        """The record and our acceptance, as they were signed; None where the ledger has let go of them."""
        found = self._connection.execute("SELECT token, acceptance FROM records WHERE digest = ?", (digest,)).fetchone()
        return None if found is None else (str(found["token"]), str(found["acceptance"]))

    def rows(self, *states: str) -> list[dict[str, Any]]:
        """The rows in these states, oldest first."""
        marks = ", ".join("?" * len(states))
        untold = "" if "told" in states else "state <> 'told' AND "  # what the index is for
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM outbox WHERE {untold}state IN ({marks}) ORDER BY rowid", states
        )
        names = ("target", "order_id", "digest", "event", "why", "decided_at", "state", "attempts", "due_at", "said")
        return [{name: row[name] for name in names} for row in found.fetchall()]

    def untold(self) -> list[dict[str, Any]]:
        """For each system how many rows wait or were set aside, and when the oldest of them was decided."""
        found = self._connection.execute(
            "SELECT target, state, count(*) AS count, min(decided_at) AS oldest FROM outbox WHERE state <> 'told'"
            " GROUP BY target, state ORDER BY target, state"
        )
        return [{name: row[name] for name in ("target", "state", "count", "oldest")} for row in found.fetchall()]


def _when(at: datetime) -> str:
    """One spelling for each time, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _notice(row: Any) -> Notice:
    return Notice(
        number=row["number"],
        target=row["target"],
        order_id=row["order_id"],
        digest=row["digest"],
        event=row["event"],
        why=row["why"],
        decided_at=datetime.fromisoformat(row["decided_at"]),
        attempts=row["attempts"] + 1,
    )
