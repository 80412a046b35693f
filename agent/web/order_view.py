"""One order as the page shows it: what was ordered, what the order lacks, its last result, its visit, its delivery.

Everything is derived from the order and the journal whenever it is asked for, so that a reload, a second phone and a
restart all see the same.
"""

from datetime import datetime
from typing import Any

from agent import record_form, seal
from agent.acceptance import demands
from agent.assignment import Assignment
from agent.daemon import Daemon
from agent.jobs import repeatable
from agent.link import Link
from agent.record import AcceptanceRecord, demands_visit
from agent.station import line_of, shelf_of
from agent.subscriber import password_of
from agent.visit import lacking
from agent.visit_facts import VisitError
from agent.visit_texts import titles, wrongs
from agent.web.findings import causes, findings
from agent.work_order import WorkOrder
from diagnostics.causes import name_causes
from diagnostics.criteria import CriteriaError
from diagnostics.errors import ProoflightError
from diagnostics.verdict import judge

_DRAWN = ("throughput_down_mbps", "throughput_up_mbps", "ont_rx_power_dbm")


def brief(daemon: Daemon, key: str, order: Assignment) -> dict[str, Any]:
    """An order in a list."""
    made, a = order.order, order.order.appointment
    links = _links(daemon, order)
    return {
        "key": key,
        "id": made.id,
        "kind": made.ordered.kind,
        "customer": made.customer,
        "address": made.site,
        "window": [_time(a.window_from), _time(a.window_to)],
        "signed": order.signed is not None,
        "phase": _phase(daemon, links),
    }


def detail(daemon: Daemon, key: str) -> dict[str, Any]:
    """All that the page shows of one order. Raises NotNow where it is not here."""
    order = daemon.order(key)
    links = _links(daemon, order)
    attempts = [link for link in links if link.tx == "B"]
    return {
        **brief(daemon, key, order),
        **_ordered(order.order),
        "lacking": lacking(order.order),
        "attempts": len(attempts),
        "attempts_allowed": None if order.signed is None else order.signed.attempts,
        "expires_at": None if order.signed is None else _time(order.signed.expires_at),
        "objection": _objection(daemon, order),
        "limits": _limits(daemon, order.order),
        "dials": _asks_password(daemon, order.order),
        "last": _last(daemon, order, links, attempts),
        "visit": _visit(daemon, key, links),
    }


def _ordered(order: WorkOrder) -> dict[str, Any]:
    o = order.ordered
    return {
        "telephone": order.telephone,
        "exchange": order.exchange,
        "account": order.account,
        "circuit": order.circuit,
        "splitter_port": order.splitter_port,
        "services": list(o.services),
        "rates": [o.down_mbps, o.up_mbps],
        "mode": o.mode,
        "access": o.access,
        "ont": [o.ont_vendor, o.ont_model, o.ont_serial],
        "port": [o.olt, o.pon_port, o.onu_id],
        "vlans": list(o.vlans),
        "cable_label": o.cable_label,
        "criteria": o.criteria,
        "changes": [[_time(told), _time(was)] for told, was in order.appointment.changes],
    }


def _objection(daemon: Daemon, order: Assignment) -> str:
    """Why the order must not be worked on, in one word; empty where it may."""
    found = daemon.station.orders.objection(order)
    return "" if found is None else found.kind


def _limits(daemon: Daemon, order: WorkOrder) -> list[dict[str, Any]]:
    """What the plots of a test are held against."""
    try:
        _, limits = demands(order, shelf_of(daemon.station.config).load)
    except ProoflightError:
        return []
    drawn = [each for each in limits if each.quantity in _DRAWN]
    return [{"quantity": each.quantity, "lower": each.lower, "upper": each.upper} for each in drawn]


def _asks_password(daemon: Daemon, order: WorkOrder) -> bool:
    """Whether the station dials for this order and nobody told it the password."""
    try:
        config = daemon.station.config
        return line_of(config, order).dialled and password_of(config, order) is None
    except ProoflightError:
        return False


def _last(daemon: Daemon, order: Assignment, links: list[Link], attempts: list[Link]) -> dict[str, Any] | None:
    """How the last attempt ended; None where there was none, or while it runs."""
    if not attempts:
        return None
    closing = [link for link in links if link.open == attempts[-1].digest and link.tx != "V"]
    if not closing:
        return None
    record = _record(daemon, closing[-1])
    made = {"attempt": record.attempt, "tx": record.tx, "ended_at": _time(record.clock.wall), "reason": record.reason}
    if record.result is None or record.ordered is None:
        return made | {"result": None, "delivery": _delivery(daemon, closing[-1])}
    return made | {"result": _result(daemon, order, record), "delivery": _delivery(daemon, closing[-1])}


def _result(daemon: Daemon, order: Assignment, record: AcceptanceRecord) -> dict[str, Any]:
    assert record.result and record.ordered
    load = shelf_of(daemon.station.config).load
    measured = record.result.measurements
    limits = load(record.ordered.criteria).for_line(record.ordered)
    verdict = judge(measured, limits)
    wrong = [each.quantity for each in verdict.findings if each.status in ("fail", "unknown")]
    return {
        "outcome": record.result.outcome,
        "findings": findings(measured, limits),
        "causes": causes(name_causes(verdict, measured), measured, verdict),
        "again": list(repeatable(wrong, order, daemon.station)),
        "visit_demanded": _demands(record, load),
    }


def _demands(record: AcceptanceRecord, load: Any) -> bool:
    try:
        return demands_visit(record, load)
    except CriteriaError:
        return False


def _visit(daemon: Daemon, key: str, links: list[Link]) -> dict[str, Any]:
    """What was noted, and how the visit would be judged now; without a result only what was noted."""
    with daemon.visit(key) as visit:
        facts = [{**each.fact.to_json(), "after_result": each.after_result} for each in visit.noted()]
        try:
            standing = visit.standing()
        except VisitError:
            return {"facts": facts, "findings": [], "outcome": None, "closed": "", "delivery": None}
    told = []
    for finding in standing.verdict.findings:
        made = {name: getattr(finding, name) for name in ("name", "quantity", "index", "status", "required")}
        words = {"title": titles(finding.quantity), "wrong": wrongs(finding.quantity)}
        told.append(made | words | {"measured": finding.measured})
    closes = [link for link in links if link.tx == "V"]
    return {
        "facts": facts,
        "findings": told,
        "outcome": standing.verdict.outcome,
        "closed": standing.closed,
        "delivery": _delivery(daemon, closes[-1]) if closes and _is_last(links) else None,
    }


def _is_last(links: list[Link]) -> bool:
    return links[-1].tx == "V"


def _phase(daemon: Daemon, links: list[Link]) -> str:
    """What an order waits for, in one word."""
    ended = [link for link in links if link.tx in ("E", "V")]
    if not ended:
        return "new" if not links else "open"
    decisions = [_delivery(daemon, link)["decision"] for link in reversed(ended)]
    if "closed" in decisions:
        return "closed"
    return next((word for word in decisions if word in ("review", "rejected", "refused")), "open")


def _delivery(daemon: Daemon, link: Link) -> dict[str, Any]:
    """How far a record has come: saved here, sent, taken by the broker, answered by the back office, and with what."""
    answer = daemon.station.answer(link.digest)
    state = daemon.delivery.state(link.digest) if daemon.delivery is not None else None
    return {
        "digest": link.digest,
        "sent": answer is not None or state == "handed",
        "answered": answer is not None,
        "decision": answer.decision if answer else None,
        "reasons": list(answer.reasons[:5]) if answer else [],
    }


def _links(daemon: Daemon, order: Assignment) -> list[Link]:
    named = (order.ref.id, order.ref.digest)
    return [link for link in daemon.station.chain.links if link.order and (link.order.id, link.order.digest) == named]


def _record(daemon: Daemon, link: Link) -> AcceptanceRecord:
    return record_form.parse(seal.read(daemon.station.chain.token(link), typ=seal.RECORD).payload)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
