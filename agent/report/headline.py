"""The first thing that a reader sees: the verdict in words, colour and sign, whether the order is closed, what to mind.

Pure. Green is only a bundle that verifies, of a line that was accepted, with neither visit nor back office against it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.page import Html, element, joined
from agent.report.judged import Judged
from agent.report.marks import sign
from agent.report.statement import Statement
from agent.report.words import Words
from agent.words import time_words
from diagnostics.measurement import sanitised

_KINDS = {"accepted": "good", "rejected": "bad", "inconclusive": "open"}
_LONGEST, _MOST_REASONS = 160, 5  # the whole stands in the acceptance
_AGAINST = ("rejected", "review", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the banner says: kind (good, bad, open, calm) and title, then lines beneath."""

    kind: str
    title: str
    lines: tuple[str, ...]
    cautions: tuple[str, ...]


def headline(words: Words, made: Statement, line: Judged | None, visit: Judged | None) -> Headline:
    """The banner for a statement, by what its last result and its last visit come to."""
    outcome = line.outcome if line and made.last.has_result else None
    verdict = words(f"outcome_{outcome or 'none'}")
    lines = [*_ending(words, made, outcome), *_closing(words, made), _signatures(words, made)]
    is_good = outcome == "accepted" and not _is_opposed(made, visit)
    kind = _KINDS.get(outcome or "", "calm")
    if outcome == "accepted" and not (is_good and made.valid):
        kind = "calm" if is_good else "open"
    if made.verification is not None and not made.verification.valid:
        is_forged = any(check.status == "FAILED" for check in made.verification.checks)
        kind, verdict = ("bad", words("not_valid")) if is_forged else ("open", words("not_proven"))
        lines.insert(0, words("states_only", words(f"outcome_{outcome or 'none'}")))
    cautions = tuple(_cautions(words, made, line, visit))
    return Headline(kind=kind, title=verdict, lines=tuple(lines), cautions=cautions)


def banner(words: Words, found: Headline) -> Html:
    """The banner as HTML."""
    told = [
        element("h1", sign(found.kind), element("span", found.title)),
        joined(element("p", line) for line in found.lines),
    ]
    if found.cautions:
        told.append(element("ul", joined(element("li", caution) for caution in found.cautions)))
    return element("section", *told, class_=f"banner {found.kind}")


def _is_opposed(made: Statement, visit: Judged | None) -> bool:
    """Whether the visit or the back office stands against a line that was accepted."""
    decided = made.acceptance is not None and made.acceptance.decision in _AGAINST
    return decided or (visit is not None and visit.outcome != "accepted")


def _ending(words: Words, made: Statement, outcome: str | None) -> list[str]:
    """How the last attempt ended where it has no result."""
    if outcome is not None:
        return []
    close = made.last.close
    if close is not None and close.tx in ("A", "X", "P"):
        return [words(f"ended_{close.tx}", close.reason)]
    unread = made.last.open is None or made.last.is_ended
    return [words("ended_unread" if unread else "ended_open")]


def _closing(words: Words, made: Statement) -> Iterator[str]:
    """Whether the work order is closed, and which person decided it where one did."""
    answer, review = made.acceptance, made.review
    if answer is None:
        yield words("closed_unanswered")
        return
    yield words(f"closed_{answer.decision}", answer.acceptor, time_words(answer.issued_at))
    if review is not None:
        yield words(f"reviewed_{review.decision}", review.reviewer, review.why)


def _signatures(words: Words, made: Statement) -> str:
    found = made.verification
    if found is None:
        return words("signatures_unchecked")
    if found.valid:
        return words("signatures_valid", len(made.seen), time_words(made.at))
    failed = [check.name for check in found.checks if check.status == "FAILED"]
    open_ = [check.name for check in found.checks if check.status == "NOT CHECKED" and check.needed]
    told = words.comma.join(words(f"check_{name}") for name in failed or open_)
    return words("signatures_failed" if failed else "signatures_open", told)


def _cautions(words: Words, made: Statement, line: Judged | None, visit: Judged | None) -> Iterator[str]:
    if made.bundle.signed_order is None:
        yield words("caution_anchor")
    if line and not made.receipts:
        yield words("caution_receipts")
    if line and line.record.criteria and line.criteria is None:
        yield words("caution_criteria", line.record.criteria.name)
    if line and line.record.result and line.record.result.outcome != line.outcome:
        yield words("caution_outcome", words(f"outcome_{line.record.result.outcome}"))
    if visit and visit.outcome != "accepted":
        yield words(f"caution_visit_{visit.outcome}")
    if made.acceptance and made.acceptance.decision in _AGAINST:
        yield from (words("reason", sanitised(reason, _LONGEST)) for reason in made.acceptance.reasons[:_MOST_REASONS])
    if unread := sum(1 for each in made.seen if each.piece.made is None):
        yield words("caution_unread", unread)
    if made.astray:
        yield words("caution_openings", made.astray)
    if made.opened:
        yield words("caution_opened")
