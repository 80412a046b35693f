"""What the line and the visit were judged by, limit by limit, what is most likely wrong, what was not measured; pure.

What speaks against the line comes first. A long list is cut at its end, where what passed stands, and says so.
"""

from collections import defaultdict

from agent.page import Html, element, joined
from agent.report.judged import Judged, Row
from agent.report.layout import MOST_ROWS, section, soft, table
from agent.report.marks import STATUS_KINDS, badge
from agent.report.statement import Statement
from agent.report.told import Opened, because, demanded, margin, measured, title
from agent.report.words import Words
from diagnostics.causes import Cause, texts, words_of
from diagnostics.quantity_texts import failure_words

_MOST_CAUSES = 20
_MOST_EVIDENCE = 12


def findings(words: Words, made: Statement, judged: Judged | None) -> Html:
    """The findings on the line, with its causes."""
    if judged is None:
        return section("findings", words("findings"), soft(words("no_findings")))
    return section("findings", words("findings"), findings_table(words, judged, made.opened or {}))


def findings_table(words: Words, judged: Judged, opened: Opened) -> Html:
    """Each finding in plain words."""
    if not judged.rows:
        return soft(words("no_findings"))
    heads = [words(name) for name in ("result", "finding", "measured", "demanded", "margin")]
    told = table(heads, [_cells(words, row, opened) for row in judged.rows[:MOST_ROWS]], "findings")
    cut = len(judged.rows) - MOST_ROWS
    return joined([told, soft(words("decides")), soft(words("cut", cut)) if cut > 0 else ""])


def _cells(words: Words, row: Row, opened: Opened) -> list[object]:
    name = title(words, row.quantity, row.index)
    called = element("b", name) if row.required else joined([name, " ", element("small", words("advisory"))])
    kind = "open" if row.status == "fail" and not row.required else STATUS_KINDS[row.status]
    mark = badge(kind, words(f"status_{row.status}"), row.status)
    if row.limit is None:
        return [mark, called, row.sentence, "", margin(words, row)]
    told = measured(words, row.measurement, opened, row.limit.equals)
    noted = element("small", f" {row.remark}") if row.remark else ""
    return [mark, called, joined([told, noted]), demanded(words, row, opened), margin(words, row)]


def causes(words: Words, made: Statement, judged: Judged | None) -> Html:
    """What is most likely wrong and what to do next; nothing where nothing is open."""
    if judged is None or (judged.outcome == "accepted" and not judged.causes):
        return Html("")
    if not judged.causes:
        return section("causes", words("causes"), soft(words("no_cause")))
    told = [_cause(words, judged, cause, made.opened or {}) for cause in judged.causes[:_MOST_CAUSES]]
    return section("causes", words("causes"), element("ol", joined(told)))


def _cause(words: Words, judged: Judged, cause: Cause, opened: Opened) -> Html:
    named = cause.name in texts()
    called, action = words_of(cause.name, words.language) if named else (cause.title, cause.action)
    reasons = [because(words, judged, line, opened) for line in cause.evidence[:_MOST_EVIDENCE]]
    return element(
        "li",
        element("b", called),
        element("p", element("span", words("next"), class_="tag"), " ", action),
        joined(
            element("p", element("span", words("because"), class_="tag"), " ", each, class_="soft") for each in reasons
        ),
    )


def missing(words: Words, judged: Judged | None) -> Html:
    """What was asked of the line and could not be found out, by its reason."""
    if judged is None or judged.record.result is None:
        return Html("")
    by_reason: dict[str, list[str]] = defaultdict(list)
    for measurement in judged.record.result.measurements:
        if measurement.failure is not None and measurement.failure.kind != "not_applicable":
            reason = failure_words(measurement.failure.kind, words.language)
            by_reason[reason].append(title(words, measurement.quantity, measurement.index))
    rows = [(element("b", reason), words.semicolon.join(dict.fromkeys(names))) for reason, names in by_reason.items()]
    if not rows:
        return section("missing", words("missing"), soft(words("nothing_missing")))
    told = joined(element("div", element("dt", reason), element("dd", names)) for reason, names in rows)
    return section("missing", words("missing"), element("dl", told))
