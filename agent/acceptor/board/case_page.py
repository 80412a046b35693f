"""One case of the review queue: why it waits, what was found, and the command by which a person decides.

A decision is signed by that person's own key, where that key is; this page has no key and decides nothing.
"""

from collections.abc import Callable
from typing import Any

from agent.acceptor.board.asking import Asking
from agent.acceptor.board.layout import card, facts, page, table
from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_review_queue import digest_of, in_review
from agent.acceptor.review_case import by_weight, case_of, otherwise
from agent.acceptor.reviewing import ReviewRefused
from agent.http_message import Answer, Refused
from agent.page import Html, element
from agent.words import Words
from diagnostics.criteria import Criteria


def case_page(asking: Asking, connection: Connection, load: Callable[[str], Criteria], digits: str) -> Answer:
    """The case of a record, by its digest. Raises Refused where it is none that a person could decide on."""
    try:
        case = case_of(in_review(connection, load, digest_of(connection, digits)), load)
    except ReviewRefused as error:
        raise Refused(404, "no_such_case") from error
    words = asking.words
    return page(
        asking,
        words("case", case["order"]),
        _stands(words, case),
        card(words("why_it_waits"), element("ul", *(element("li", reason) for reason in case["reasons"]))),
        _findings(words, case),
        _command(words, case),
    )


def _stands(words: Words, case: dict[str, Any]) -> Html:
    overtaken = "" if case["newest"] else " (" + words("case_overtaken") + ")"
    pairs = [
        (words("column_record"), case["record"]),
        (words("column_station"), case["station"]),
        (words("case_attempt"), f"{case['attempt']}{overtaken}"),
        (words("column_since"), case["received_at"]),
        (words("case_decision"), words.of("decision", case["decision"])),
        (words("case_ticket"), words.of("state", case["ticket"])),
        (words("case_line"), case["line"] or words("case_line_none")),
        (words("case_said"), words.of("outcome", case["station_said"]["outcome"])),
        (words("case_judged"), _judged(words, case["judged_again"])),
    ]
    if case["quarantine"]:
        pairs.append((words("case_quarantine"), case["quarantine"]))
    if by := case["review"]:
        pairs.append((words("case_decided"), f"{by['reviewer']}: {by['decision']}, {by['why']}"))
    return card(words("case_stands"), facts(pairs))


def _judged(words: Words, judged: dict[str, Any]) -> str:
    outcome = judged["outcome"]
    return words.of("outcome", outcome) if outcome else str(judged["why"])


def _findings(words: Words, case: dict[str, Any]) -> Html:
    found = by_weight(case["judged_again"]["findings"])
    weighty = _listed(words, words("required"), [each for each in found if each["required"]])
    others = _listed(words, words("advisory"), [each for each in found if not each["required"]])
    differ = [element("p", words("otherwise", sentence)) for sentence in otherwise(case)]
    return card(words("findings"), weighty, element("details", element("summary", words("advisory")), others), *differ)


def _listed(words: Words, caption: str, found: list[dict[str, Any]]) -> Html:
    rows = [(words.of("status", each["status"]), each["sentence"]) for each in found]
    headings = [words("finding_status"), words("finding_sentence")]
    return table(f"{words('findings')}: {caption}", headings, rows, numbers=[False] * 2)


def _command(words: Words, case: dict[str, Any]) -> Html:
    command = f'prooflight acceptor review decide {case["record"][:16]} accept|reject --why "..." --by NAME --key FILE'
    told = element("p", words("decide_how"), class_="soft")
    return card(words("decide"), element("pre", element("code", command)), told)
