"""Counting in the ledger what its operator must know; reads only, by indexes, so that asking costs little."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_outbox import Outbox
from agent.acceptor.ledger_review_queue import queue
from agent.acceptor.status import Decided, Gap, Heard, Queue, Status, Untold

DAY = timedelta(days=1)
_FIRST_WAITING = "SELECT kid, epoch, min(seq), count(*), min(received_at) FROM waiting GROUP BY kid, epoch"
# One step along the primary key for each key: the table is never read as a whole.
_NEWEST = """
WITH RECURSIVE keys(kid) AS (
    SELECT min(kid) FROM records
    UNION ALL SELECT (SELECT min(r.kid) FROM records r WHERE r.kid > keys.kid) FROM keys WHERE keys.kid IS NOT NULL
)
SELECT k.kid, r.station, r.received_at, s.heard_at FROM keys k
JOIN records r ON r.kid = k.kid AND r.digest = (
    SELECT n.digest FROM records n WHERE n.kid = k.kid ORDER BY n.epoch DESC, n.seq DESC LIMIT 1
)
LEFT JOIN stations s ON s.kid = k.kid
"""


def status_of(connection: Connection, at: datetime, *, silent_after: timedelta) -> Status:
    """The state of the back office now."""
    first = _rows(connection, _FIRST_WAITING)
    gaps = [_gap(connection, kid, epoch, seq) for kid, epoch, seq, _, _ in first]
    waiting = queue(connection)
    return Status(
        taken_at=at,
        silent_after=silent_after,
        orders=tuple((s, n) for s, n in _rows(connection, "SELECT state, count(*) FROM tickets GROUP BY state")),
        waiting=Queue(count=sum(row[3] for row in first), oldest=_time(min((row[4] for row in first), default=None))),
        gaps=tuple(gap for gap in gaps if gap is not None),
        asked=sum(gap is None for gap in gaps),
        reviews=Queue(count=len(waiting), oldest=_time(waiting[0]["received_at"] if waiting else None)),
        decided=_decided(connection, at - DAY),
        stations=tuple(_heard(row) for row in _rows(connection, _NEWEST)),
        quarantined=tuple(row[0] for row in _rows(connection, "SELECT kid FROM quarantine ORDER BY since")),
        outbox=tuple(_untold(row) for row in Outbox(connection).untold()),
    )


def _gap(connection: Connection, kid: str, epoch: int, waits: int) -> Gap | None:
    """What is missing before the first record that waits; None where nothing is, so it waits for its line."""
    statement = "SELECT max(seq) FROM records WHERE kid = ? AND epoch = ?"
    known = connection.execute(statement, (kid, epoch)).fetchone()[0] or 0
    return Gap(kid=kid, epoch=epoch, first=known + 1, last=waits - 1) if waits > known + 1 else None


def _decided(connection: Connection, since: datetime) -> tuple[Decided, ...]:
    statement = (
        "SELECT decision, kinds, count(*) FROM records WHERE tx IN ('E', 'V') AND received_at >= ?"
        " GROUP BY decision, kinds"
    )
    counted: Counter[tuple[str, str]] = Counter()
    for decision, kinds, count in connection.execute(statement, (since.isoformat(),)).fetchall():
        for kind in (kinds or "unknown").split():
            counted[decision, kind] += count
    return tuple(Decided(decision=d, reason=kind, count=n) for (d, kind), n in sorted(counted.items()))


def _untold(row: Any) -> Untold:
    return Untold(
        target=row["target"], state=row["state"], queue=Queue(count=row["count"], oldest=_time(row["oldest"]))
    )


def _heard(row: Any) -> Heard:
    kid, station, received_at, heard_at = row
    return Heard(station=station, kid=kid, at=max(datetime.fromisoformat(at) for at in (received_at, heard_at) if at))


def _rows(connection: Connection, statement: str) -> list[Any]:
    return connection.execute(statement).fetchall()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
