"""The stations as the ledger knows them, and what waits for a person; read when it is asked for, changes nothing.

A chain is contiguous, or has a gap before what waits for it; two records for one place are a fork, any other break puts
its key into quarantine.
"""

from datetime import datetime
from typing import Any

from agent import record_form, seal
from agent.acceptor.fleet_query import by_time, moment
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, refuse_foreign
from agent.acceptor.ledger_chains import software_of
from agent.acceptor.ledger_database import Connection

# One step along the primary key for each key: the table of records is never read as a whole.
_STATIONS = """
WITH RECURSIVE chains(kid) AS (
    SELECT min(kid) FROM records
    UNION ALL SELECT (SELECT min(r.kid) FROM records r WHERE r.kid > chains.kid) FROM chains
    WHERE chains.kid IS NOT NULL
), keys(kid) AS (SELECT kid FROM chains WHERE kid IS NOT NULL UNION SELECT kid FROM stations)
SELECT k.kid, r.station AS recorded, s.station AS said, r.received_at, s.heard_at, r.epoch, r.seq, r.digest, r.software,
    (SELECT min(w.seq) FROM waiting w WHERE w.kid = k.kid AND w.epoch = coalesce(r.epoch, 1)) AS waits,
    q.kid AS quarantined, EXISTS (
        SELECT 1 FROM equivocations e WHERE e.kid = k.kid AND (
            EXISTS (SELECT 1 FROM records o WHERE (o.kid, o.epoch, o.seq) = (e.kid, e.epoch, e.seq))
            OR EXISTS (SELECT 1 FROM waiting o WHERE (o.kid, o.epoch, o.seq) = (e.kid, e.epoch, e.seq)))) AS forked
FROM keys k
LEFT JOIN records r ON r.kid = k.kid AND r.digest = (
    SELECT n.digest FROM records n WHERE n.kid = k.kid ORDER BY n.epoch DESC, n.seq DESC LIMIT 1
)
LEFT JOIN stations s ON s.kid = k.kid
LEFT JOIN quarantine q ON q.kid = k.kid
"""
_QUEUE = (
    "FROM fleet_results f JOIN fleet_orders o ON o.order_id = f.order_id AND o.attempt = f.attempt"
    " WHERE f.decision IN ('rejected', 'review') AND f.decision = 'review' AND o.state <> 'closed'"
)


def stations(connection: Connection, asked: Filters) -> FleetTable:
    """Every station's key: alive or silent since when, its version, its chain, and how much of it a person must see."""
    refuse_foreign("stations", asked, dimensions=("station",), by=(), days=False)
    waiting = {row[0]: row[1] for row in connection.execute(f"SELECT f.station, count(*) {_QUEUE} GROUP BY f.station")}
    found = [row for row in connection.execute(_STATIONS) if asked.station in ("", _name(row))]
    found.sort(key=lambda row: (_name(row), row["kid"]))
    shown = found[asked.offset : asked.offset + asked.limit]
    columns = ("station", "key", "state", "heard", "version", "chain", "place", "recorded", "reviews")
    return FleetTable(
        name="stations",
        columns=tuple(Column(name=name) for name in columns),
        rows=tuple(_station(connection, row, waiting.get(_name(row), 0), asked) for row in shown),
        total=len(found),
    )


def review(connection: Connection, asked: Filters) -> FleetTable:
    """What waits for a person: results and visits of the newest attempt of an open work order, the oldest first."""
    refuse_foreign("review", asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS, "f.")
    where = f"{_QUEUE} AND {condition.sql}"
    total = connection.execute(f"SELECT count(*) {where}", condition.parameters).fetchone()[0]
    found = connection.execute(
        f"SELECT f.digest, f.order_id, f.station, f.area, f.family, f.kinds, f.at {where}"
        " ORDER BY f.at, f.digest LIMIT ? OFFSET ?",
        (*condition.parameters, asked.limit, asked.offset),
    )
    names = ("record", "order", "station", "area", "family", "reasons", "since")
    return FleetTable(
        name="review",
        columns=tuple(Column(name=name) for name in names),
        rows=tuple((*row[:3], *(cell or None for cell in row[3:6]), moment(row[6])) for row in map(tuple, found)),
        total=int(total),
    )


def _name(row: Any) -> str:
    return str(row["recorded"] or row["said"])


def _station(connection: Connection, row: Any, reviews: int, asked: Filters) -> tuple[Cell, ...]:
    heard = max(datetime.fromisoformat(at) for at in (row["received_at"], row["heard_at"]) if at)
    state = "silent" if asked.at - heard > asked.silent_after else "alive"
    place = f"{row['epoch']}/{row['seq']}" if row["seq"] else None
    version = row["software"] if row["software"] is not None else _version(connection, row["digest"])
    return (
        *(_name(row), row["kid"], state, heard.isoformat(timespec="seconds"), version or None, _chain(row)),
        *(place, row["received_at"], reviews),
    )


def _chain(row: Any) -> str:
    if row["quarantined"]:
        return "fork" if row["forked"] else "quarantined"
    return "gap" if row["waits"] is not None and row["waits"] > (row["seq"] or 0) + 1 else "contiguous"


def _version(connection: Connection, digest: str | None) -> str:
    """The version in a record that an older release of ours entered; empty where there is no record."""
    if digest is None:
        return ""
    token = connection.execute("SELECT token FROM records WHERE digest = ?", (digest,)).fetchone()[0]
    return software_of(record_form.parse(seal.read(token, typ=seal.RECORD).payload))
