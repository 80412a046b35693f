"""The report as one HTML page: no script, nothing from elsewhere, its style by its hash; it prints as it reads; pure.

The order of its parts is the order in which people ask: is it good, what is it about, who says so, why, what else.
"""

import base64
from functools import cache
from importlib import resources

from agent import compact_verdict, qr_code
from agent.page import Html, document, element, joined, policy
from agent.report import evidence, findings, plots, summary
from agent.report.headline import banner, headline
from agent.report.judged import Judged, judged
from agent.report.layout import section, soft, with_commands
from agent.report.statement import Statement
from agent.report.words import Words
from agent.version import VERSION
from diagnostics.causes import Language

_IMAGES = "data:"


def html(made: Statement, language: Language) -> str:
    """The whole page."""
    words = Words(language)
    line, visit = _line(made), _visit(made)
    parts = [
        element("header", element("p", words("heading")), element("p", made.bundle.order_id)),
        banner(words, headline(words, made, line, visit)),
        summary.figures(words, line),
        summary.order_and_line(words, made),
        summary.signatures(words, made),
        _proof(words, made),
        findings.causes(words, made, line),
        findings.findings(words, made, line),
        plots.light(words, line),
        plots.plots(words, line),
        evidence.visit(words, made, visit),
        evidence.device(words, made, line),
        findings.missing(words, line),
        evidence.attempts(words, made),
        evidence.checks(words, made),
        element("footer", with_commands(words("proof_paper", made.digest)), " ", words("foot", VERSION)),
    ]
    return document(
        language="en" if language == "en" else "zh-CN",
        title=words("title", made.bundle.order_id),
        body=element("main", joined(parts)),
        style=_style(),
        images=_IMAGES,
    )


def content_policy() -> str:
    """The policy that the page states of itself, for a server's header: there it may not be stricter than here."""
    return policy(styles=[_style()], images=_IMAGES)


@cache
def _style() -> str:
    return (resources.files("agent.report") / "report.css").read_text(encoding="utf-8")


def _line(made: Statement) -> Judged | None:
    """The last result, judged again."""
    shown = made.shown
    if shown is None or shown.close is None or not shown.has_result:
        return None
    return judged(shown.close, made.load_criteria)


def _visit(made: Statement) -> Judged | None:
    """The last visit on the attempt that is shown."""
    visits = made.shown.visits if made.shown else ()
    return judged(visits[-1], made.load_criteria) if visits else None


def _proof(words: Words, made: Statement) -> Html:
    """The QR code with what it proves."""
    if not made.compact:
        return section("proof", words("proof"), soft(words("proof_none")))
    picture = base64.b64encode(qr_code.svg(compact_verdict.text(made.compact))).decode()
    code = element("img", src=f"data:image/svg+xml;base64,{picture}", alt=words("object_compact"), class_="qr")
    told = element("p", with_commands(words("proof_qr", made.bundle.order_id)))
    return section("proof", words("proof"), element("div", code, told, class_="proof"))
