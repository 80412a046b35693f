"""What the report is about, on its first page: rates, order and line, and who signed what; pure."""

from collections.abc import Iterator
from typing import Any

from agent.commitment import CIRCUIT, TECHNICIAN
from agent.page import Html, element, joined
from agent.record import AcceptanceRecord
from agent.report.judged import Judged
from agent.report.layout import MOST_ROWS, facts, section, soft, table
from agent.report.marks import CHECK_KINDS, badge
from agent.report.statement import Seen, Statement
from agent.report.told import personal
from agent.report.words import Words
from agent.words import time_words
from diagnostics.line import Ordered
from diagnostics.verdict import only

_OBJECTS = ("order", "open", "close", "visit", "receipt", "acceptance", "review")


def figures(words: Words, line: Judged | None) -> Html:
    """Both rates in all their units, as large as they matter."""
    if line is None or line.record.ordered is None:
        return Html("")
    rates = (("down", line.record.ordered.down_mbps), ("up", line.record.ordered.up_mbps))
    return element("div", joined(_figure(words, line, way, rate) for way, rate in rates if rate), class_="figures")


def _figure(words: Words, line: Judged, way: str, rate: float) -> Html:
    assert line.record.result is not None
    found = only(f"throughput_{way}_mbps", "", line.record.result.measurements)
    per = only(f"throughput_{way}_kbyte_s_per_mbit", "", line.record.result.measurements)
    mbps = found.number if found else None
    big = words("no_figure") if mbps is None else f"{mbps:.1f} Mbit/s"
    told = [words("figure_ordered", f"{rate:g}")]
    if mbps is not None:
        told = [words("figure_share", f"{mbps / rate * 100:.1f}", f"{rate:g}")]
    if per is not None and per.number is not None:
        told.append(words("figure_per_mbit", f"{per.number:.1f}"))
    return element("div", words(f"fact_{way}"), element("b", big), joined(map(soft, told)), class_="figure")


def order_and_line(words: Words, made: Statement) -> Html:
    """What was ordered on which line, tested by whom and when."""
    ordered = made.ordered
    pairs = [
        (words("fact_order"), made.bundle.order_id),
        *(_ordered(words, made, ordered) if ordered else ()),
        *_tested(words, made),
    ]
    missing = [] if made.shown else [soft(words("nothing_read"))]
    return section("facts", words("facts"), *missing, facts(pairs))


def _ordered(words: Words, made: Statement, ordered: Ordered) -> Iterator[tuple[str, object]]:
    opened = made.opened or {}
    yield words("fact_kind"), words.of("kind", ordered.kind)
    yield words("fact_services"), words.comma.join(words.of("service", name) for name in ordered.services)
    if ordered.down_mbps or ordered.up_mbps:
        yield words("fact_rates"), words("rates", f"{ordered.down_mbps:g}", f"{ordered.up_mbps:g}")
    yield words("fact_mode"), words.comma.join((words.of("mode", ordered.mode), words.of("access", ordered.access)))
    yield words("fact_vlans"), words.comma.join(map(str, ordered.vlans))
    onu = "" if ordered.onu_id is None else str(ordered.onu_id)
    yield words("fact_place"), words.comma.join(filter(None, (ordered.olt, ordered.pon_port, onu)))
    serial = personal(words, ordered.ont_serial, opened) if ordered.ont_serial else ""
    yield words("fact_ont"), words.comma.join(filter(None, (ordered.ont_vendor, ordered.ont_model, serial)))


def _tested(words: Words, made: Statement) -> Iterator[tuple[str, object]]:
    shown = made.shown
    if shown is None:
        return
    record: Any = shown.close or shown.open
    yield words("fact_station"), record.station
    yield words("fact_attempt"), words("attempt_of", shown.number, len(made.attempts))
    yield words("fact_tested"), f"{time_words(record.clock.wall)} ({words(f'clock_{record.clock.status}')})"
    times = sorted(receipt.admitted_at for receipt in made.receipts if receipt.open == _open_digest(made))
    yield words("fact_seen"), " – ".join(dict.fromkeys(time_words(at) for at in (times[:1] + times[-1:])))
    result = shown.close.result if shown.close else None
    for name in (TECHNICIAN, CIRCUIT):
        if result is not None and name in result.commitments:
            yield words(f"fact_{name}"), personal(words, result.commitments[name], made.opened or {})
    criteria = record.criteria or (shown.open.criteria if shown.open else None)
    if criteria is not None:
        yield words("fact_criteria"), f"{criteria.name} {criteria.version}, SHA-256 {criteria.digest[:16]}…"


def _open_digest(made: Statement) -> str:
    """The digest of the open record of the attempt that is shown."""
    number = made.shown.number if made.shown else 0
    return next((each.piece.digest for each in made.seen if each.piece.where == f"attempt {number}, open record"), "")


def signatures(words: Words, made: Statement) -> Html:
    """Each sealed object of the attempt that is shown: its key, its stated time, what became of its signature."""
    number = made.shown.number if made.shown else 0
    near = [each for each in made.seen if each.attempt in (0, number)]
    far = [each for each in made.seen if each.attempt not in (0, number)]
    rows = [
        (_object(words, each), _key(words, each), _time(each), badge(CHECK_KINDS[each.status], _status(words, each)))
        for each in near[:MOST_ROWS]
    ]
    heads = [words(f"signed_{name}") for name in ("what", "by", "at", "check")]
    told = [table(heads, rows, "signatures")]
    if made.bundle.signed_order is None:
        told.append(soft(words("not_signed_order")))
    if len(near) > MOST_ROWS:
        told.append(soft(words("cut", len(near) - MOST_ROWS)))
    if far:
        told.append(soft(words("earlier_objects", len(far), _together(words, far))))
    return section("signatures", words("signatures"), *told)


def _together(words: Words, objects: list[Seen]) -> str:
    failed = sum(each.status == "FAILED" for each in objects)
    if failed:
        return words("some_failed", failed)
    return words("all_verified" if all(each.status == "OK" for each in objects) else "check_NOT_CHECKED")


def _status(words: Words, each: Seen) -> str:
    return words(f"check_{each.status.replace(' ', '_')}")


def _object(words: Words, each: Seen) -> str:
    where = each.piece.where
    kind = next((name for name in _OBJECTS if name in where), "")
    way = words(f"plot_{each.piece.made.direction}") if kind == "receipt" and each.piece.made else ""
    return words(f"object_{kind or 'compact'}", each.attempt, way)


def _key(words: Words, each: Seen) -> str:
    if each.piece.envelope is None:
        return words("object_unread")
    if each.piece.key is None:
        return words("key_unknown", each.piece.envelope.kid[:10])
    return f"{words.of('role', each.piece.key.role)}{words.comma}{each.piece.key.name}"


def _time(each: Seen) -> str:
    """When its signer says that it was; empty where it cannot be read."""
    made = each.piece.made
    told = [getattr(made, name) for name in ("issued_at", "admitted_at", "decided_at") if hasattr(made, name)]
    told += [made.clock.wall] if isinstance(made, AcceptanceRecord) else []
    return time_words(told[0]) if told else ""
