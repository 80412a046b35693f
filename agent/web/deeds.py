"""What the page can have done: a job on the line, an order taken in, a fact of the visit noted, the visit closed.

Each reads its request strictly and calls what the commands call; a fact is called noted when the journal has saved it.
"""

from collections.abc import Mapping
from typing import Any, get_args

from agent import assignment
from agent.assignment import FILE_BYTES, Assignment, Withdrawal
from agent.daemon import Daemon
from agent.http_message import Answer, Refused, Request, field, only, told
from agent.jobs import Job, NotNow, repeatable
from agent.live import JobKind
from agent.photograph import MOST_BYTES
from agent.station import environment, shelf_of
from agent.trust import load_trust
from agent.visit_facts import LONGEST_WORDS, VisitError
from agent.web.codes import codes_in
from agent.web.order_view import detail
from diagnostics.secret import Secret

_KEY = 120
_PURPOSES = ("barcode", "label", "")


def start(daemon: Daemon, request: Request) -> Answer:
    """Begin a job on the line."""
    made = request.json()
    only(made, ("key", "kind", "password"))
    key, kind = field(made, "key", str, longest=_KEY), field(made, "kind", str)
    if kind not in get_args(JobKind):
        raise Refused(400, "odd_request", "kind")
    order = daemon.order(key)
    names = _again(daemon, order, key) if kind == "again" else ()
    typed = Secret(field(made, "password", str, longest=128)) if "password" in made else None
    daemon.ask(Job(kind=kind, key=key, assignment=order, names=names, password=typed or None))
    return told({"started": kind})


def stop(daemon: Daemon, request: Request) -> Answer:
    """End what runs on the line for an order."""
    made = request.json()
    only(made, ("key",))
    daemon.stop(field(made, "key", str, longest=_KEY))
    return told({"stopping": True})


def _again(daemon: Daemon, order: Assignment, key: str) -> tuple[str, ...]:
    result = (detail(daemon, key)["last"] or {}).get("result") or {}
    wrong = [each for each in result.get("findings", []) if each["status"] in ("fail", "unknown")]
    names = repeatable([each["quantity"] for each in wrong], order, daemon.station)
    if not names:
        raise NotNow("nothing_again", "nothing failed that can be checked alone; start the whole test")
    return names


def take_order(daemon: Daemon, request: Request) -> Answer:
    """Take in an order that was handed to the page as a file."""
    return _taken(daemon, request.raw(FILE_BYTES))


def _taken(daemon: Daemon, raw: bytes) -> Answer:
    config = daemon.station.config
    found = assignment.parse(raw, lambda: load_trust(config.trust), shelf_of(config).load)
    daemon.inbox.put(raw, "page")
    daemon.take_in_now()
    return told({"order": "" if isinstance(found, Withdrawal) else found.order.id})


def note(daemon: Daemon, request: Request) -> Answer:
    """Note one fact of a visit."""
    made = request.json()
    only(made, ("key", "kind", "content"))
    key, kind = field(made, "key", str, longest=_KEY), field(made, "kind", str)
    if kind == "photograph":
        raise VisitError("photograph: is noted with its file, and never without")
    with daemon.visit(key) as visit:
        fact = visit.note(kind, field(made, "content", dict))
    return told({"noted": fact.to_json()})


def photograph(daemon: Daemon, request: Request) -> Answer:
    """Keep a photograph; one that is taken for a code only where it has one.

    Nothing of a code is noted before somebody chose it.
    """
    of, purpose = request.query.get("of", ""), request.query.get("purpose", "")
    if purpose not in _PURPOSES:
        raise Refused(400, "odd_request", "purpose")
    raw = request.raw(MOST_BYTES)
    codes = codes_in(raw) if purpose else []
    if purpose and not codes:
        raise Refused(422, "no_code")
    with daemon.visit(request.query.get("key", "")) as visit:
        fact = visit.photograph(raw, "photograph", of)
    return told({"noted": fact.to_json(), "codes": codes})


def read_order_code(daemon: Daemon, request: Request) -> Answer:
    """Find the order that a photographed QR code refers to, or take in the one that it is."""
    texts = [each["text"] for each in codes_in(request.raw(MOST_BYTES))]
    orders = daemon.orders()
    for text in texts:
        for key, order in orders.items():
            if text.startswith("prooflight:order:") and text == _reference(order):
                return told({"key": key})
    for text in texts:
        if text.startswith("{"):
            return _taken(daemon, text.encode())
    if any(text.startswith("prooflight:order:") for text in texts):
        raise Refused(404, "order_not_here")
    raise Refused(422, "no_order_code" if texts else "no_code")


def _reference(order: Assignment) -> str:
    from agent.signed_order import reference

    return reference(order.order.id, order.ref.anchor if order.signed else order.order.digest)


def escalate(daemon: Daemon, request: Request) -> Answer:
    """Call in technical support or the desk: noted with what failed, and sent at once where the visit waits for it."""
    made = request.json()
    only(made, ("key", "to", "reason"))
    key = field(made, "key", str, longest=_KEY)
    words = field(made, "reason", str, longest=LONGEST_WORDS).strip()
    reason = attached(words, (detail(daemon, key)["last"] or {}).get("result"))
    with daemon.visit(key) as visit:
        visit.note("escalated", {"to": field(made, "to", str), "reason": reason})
        waits = visit.has_result() and visit.standing().verdict.outcome != "accepted"
        sent = _closed(daemon, key, visit) if waits else None  # an accepted visit would be closed for good
    return told({"escalated": made["to"], "reason": reason, "record": sent})


def attached(words: str, result: Mapping[str, Any] | None) -> str:
    """The technician's words with the causes and the findings that are not passed, as much as there is room for."""
    parts = [words]
    if result is not None:
        parts += [f"[{cause['name']}]" for cause in result["causes"][:3]]
        parts += [
            f"{each['status']} {each['name']}{_value(each['measured'])}"
            for each in result["findings"]
            if each["required"] and each["status"] in ("fail", "unknown")
        ]
    whole = "; ".join(part for part in parts if part)
    return whole if len(whole) <= LONGEST_WORDS else whole[: LONGEST_WORDS - 1] + "…"


def _value(measured: Mapping[str, Any] | None) -> str:
    return f" ({measured['words'][0]})" if measured and measured["words"] else ""


def close(daemon: Daemon, request: Request) -> Answer:
    """Judge and seal the visit; delivery then takes it along."""
    made = request.json()
    only(made, ("key",))
    key = field(made, "key", str, longest=_KEY)
    with daemon.visit(key) as visit:
        digest = _closed(daemon, key, visit)
    return told({"record": digest})


def _closed(daemon: Daemon, key: str, visit: Any) -> str:
    _, envelope = visit.close(environment())
    daemon.station.write_bundle(daemon.order(key).order.id)
    return str(envelope.digest)
