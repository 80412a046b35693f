"""The fleet counted once more from the signed records and acceptances themselves, in the plainest way there is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from agent import acknowledgement, record_form, seal
from agent.acceptor.fleet_table import Cell, Filters
from agent.acceptor.ledger_database import Database
from agent.record import AcceptanceRecord
from diagnostics.causes import texts

STATES = ("open", "rejected", "review", "visit", "closed")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A record with what stands beside it in the ledger; `decided_at` is later where a person decided."""

    record: AcceptanceRecord
    digest: str
    decision: str
    kinds: list[str]
    at: datetime
    decided_at: datetime

    def value(self, quantity: str) -> Any:
        assert self.record.result
        return next((m.value for m in self.record.result.measurements if m.quantity == quantity), None)

    def dimension(self, name: str) -> str:
        record = self.record
        profile = record.result.profile if record.result else None
        told = {
            "area": record.ordered.olt if record.ordered else "",
            "family": profile.name if profile else "",
            "firmware": (self.value("ont_software_version") or "") if record.result else "",
            "station": record.station,
        }
        return told[name]


def seen(database: Database) -> list[Seen]:
    """Every record of a work order, in the order in which decisions were taken."""
    reviewed = {
        row[0]: datetime.fromisoformat(row[1]) for row in database.execute("SELECT digest, decided_at FROM reviews")
    }
    made = []
    for row in database.execute("SELECT * FROM records WHERE order_id IS NOT NULL ORDER BY rowid").fetchall():
        answer = acknowledgement.from_json(seal.content(seal.read(row["acceptance"], typ=seal.ACCEPTANCE)))
        at = datetime.fromisoformat(row["received_at"])
        made.append(
            Seen(
                record=record_form.parse(seal.read(row["token"], typ=seal.RECORD).payload),
                digest=row["digest"],
                decision=answer.decision,
                kinds=row["kinds"].split(),
                at=at,
                decided_at=reviewed.get(row["digest"], at),
            )
        )
    return sorted(made, key=lambda each: each.decided_at)


def _within(on: date, asked: Filters) -> bool:
    return (asked.since is None or asked.since <= on) and (asked.until is None or on <= asked.until)


def asked_for(every: list[Seen], asked: Filters, kinds: str = "EV") -> Iterator[Seen]:
    """The believed results (and visits) that the filters leave."""
    for each in every:
        wanted = all(getattr(asked, n) in ("", each.dimension(n)) for n in ("area", "family", "firmware", "station"))
        if each.record.tx in kinds and each.decision != "refused" and wanted and _within(each.at.date(), asked):
            yield each


def orders(every: list[Seen], asked: Filters) -> Counter[tuple[str, str]]:
    """Day and state of each work order."""
    counted: Counter[tuple[str, str]] = Counter()
    for order_id in {each.record.order.id for each in every if each.record.order}:
        history = [each for each in every if each.record.order and each.record.order.id == order_id]
        state, last, known = _state_of(history)
        told = known | {"station": last.record.station, "area": last.dimension("area")}
        matches = all(getattr(asked, name) in ("", told[name]) for name in told)
        if matches and _within(last.decided_at.date(), asked):
            counted[last.decided_at.date().isoformat(), state] += 1
    return counted


def _state_of(history: list[Seen]) -> tuple[str, Seen, dict[str, str]]:
    """What became of a work order, by which record, and what is known of its ONT by then."""
    closing = next((each for each in history if each.decision == "closed"), None)
    if closing is not None:
        history = history[: history.index(closing) + 1]
    opened = [each for each in history if each.record.tx == "B"][-1]
    of_newest = [
        each
        for each in history[history.index(opened) :]
        if each.record.tx == "E" and each.record.open == opened.digest and each.decision != "refused"
    ]
    last = closing or (of_newest or [opened])[-1]
    state = "closed" if closing else "open" if last is opened else last.decision.replace("recorded", "visit")
    counted = [
        each for each in history if each.record.tx == "E" and each.decision != "refused" and _moved(history, each)
    ]
    known = {}
    for name in ("family", "firmware"):
        told = [each.dimension(name) for each in counted if each.dimension(name)]
        known[name] = told[-1] if told else ""
    return state, last, known


def _moved(history: list[Seen], one: Seen) -> bool:
    """Whether a result was of the newest attempt when it was decided, or closed the order."""
    before = [each for each in history[: history.index(one)] if each.record.tx == "B"]
    return one.decision == "closed" or before[-1].digest == one.record.open


def reasons(every: list[Seen], asked: Filters) -> Counter[tuple[Cell, ...]]:
    counted: Counter[tuple[Cell, ...]] = Counter()
    for each in asked_for(every, asked):
        if each.decision in ("rejected", "review"):
            counted.update((each.decision, kind) for kind in each.kinds)
    return counted


def causes(every: list[Seen], asked: Filters) -> Counter[tuple[Cell, ...]]:
    counted: Counter[tuple[Cell, ...]] = Counter()
    for each in asked_for(every, asked):
        assert each.record.result
        for cause in each.record.result.causes[:1]:
            name = cause["name"] if cause["name"] in texts() else "unknown"
            counted[each.dimension(asked.by or "area") or None, name] += 1
    return counted


def shares(every: list[Seen], asked: Filters) -> dict[tuple[str, float], list[float]]:
    """By direction and ordered rate every share of the contract, sorted."""
    made: dict[tuple[str, float], list[float]] = {}
    for each in asked_for(every, asked, "E"):
        assert each.record.ordered
        for way in ("down", "up"):
            share = each.value(f"throughput_{way}_contract_ratio")
            if share is not None:
                made.setdefault((way, getattr(each.record.ordered, f"{way}_mbps")), []).append(round(share, 3))
    return {key: sorted(values) for key, values in sorted(made.items())}


def quantile(values: list[float], percent: int) -> float:
    """Nearest rank."""
    rank = Fraction(len(values) * percent, 100)
    return values[max(0, -(-rank.numerator // rank.denominator) - 1)]


def drifts(every: list[Seen], asked: Filters, circuits: dict[str, str]) -> dict[str, tuple[str, float, float]]:
    """By repair the installation before it, and both levels; `circuits` names the circuit of each order."""
    lit = [each for each in asked_for(every, Filters(at=asked.at), "E") if each.value("ont_rx_power_dbm") is not None]
    wanted = {each.digest for each in asked_for(every, asked, "E")}
    made: dict[str, tuple[str, float, float]] = {}
    for order_id, circuit in circuits.items():
        readings = [each for each in _of(lit, order_id) if each.record.ordered and each.record.ordered.kind == "repair"]
        worst = min(readings, key=lambda each: (each.value("ont_rx_power_dbm"), each.digest), default=None)
        if worst is None or worst.digest not in wanted:
            continue
        before = [
            each
            for other in circuits
            if circuits[other] == circuit
            for each in _of(lit, other)
            if each.record.ordered and each.record.ordered.kind != "repair"
            if each.decision in ("closed", "recorded") and each.at < worst.at
        ]
        if before:
            newest = max(before, key=lambda each: each.at)
            assert newest.record.order
            installed = newest.record.order.id
            made[order_id] = (installed, newest.value("ont_rx_power_dbm"), worst.value("ont_rx_power_dbm"))
    return made


def _of(every: list[Seen], order_id: str) -> list[Seen]:
    return [each for each in every if each.record.order and each.record.order.id == order_id]


def utc(day: int) -> datetime:
    """Noon of a day of the tests' month."""
    return datetime(2026, 11, day, 12, tzinfo=UTC)
