"""What stands behind the figures: the device, the visit, photographs by their digests, all attempts, the checks; pure.

What is personal is shown only where it was opened. A picture is shown only where its file was handed in and is the very
one that the record names.
"""

import base64
from collections.abc import Iterator

from agent.case import Checked
from agent.page import Html, element, joined
from agent.photograph import PhotographError, format_of
from agent.record import AcceptanceRecord
from agent.report.findings import findings_table
from agent.report.judged import Judged
from agent.report.layout import MOST_ROWS, facts, section, soft, table
from agent.report.marks import CHECK_KINDS, badge
from agent.report.statement import Attempted, Statement
from agent.report.told import measured, title
from agent.report.words import Words
from agent.visit_facts import SIGNATURE
from agent.words import time_words
from diagnostics.verdict import only

_DEVICE = (
    *("ont_vendor", "ont_model", "ont_hardware_version", "ont_software_version", "ont_pon_serial"),
    *("ont_equipment_serial", "ont_mac", "ont_onu_state", "ont_onu_id", "ont_olt_vendor", "ont_uptime_s"),
)
_SHOWN_PICTURES = ("jpeg", "png", "webp")
_MOST_PICTURES = 24
_PHOTOGRAPH = "photograph "


def device(words: Words, made: Statement, judged: Judged | None) -> Html:
    """What the ONT told about itself."""
    if judged is None or judged.record.result is None:
        return Html("")
    told = [only(quantity, "", judged.record.result.measurements) for quantity in _DEVICE]
    known = [each for each in told if each is not None and each.value is not None]
    if not known:
        return section("device", words("device"), soft(words("device_silent")))
    pairs = [(title(words, each.quantity), measured(words, each, made.opened or {})) for each in known]
    return section("device", words("device"), facts(pairs))


def visit(words: Words, made: Statement, judged: Judged | None) -> Html:
    """What the technician did around the test, and what was judged of it."""
    if judged is None:
        return section("visit", words("visit"), soft(words("no_visit")))
    told = [
        soft(words("visit_at", time_words(judged.record.clock.wall))),
        findings_table(words, judged, made.opened or {}),
        facts(_noted(words, made, judged)),
        *_pictures(words, made, judged.record),
    ]
    return section("visit", words("visit"), *told)


def _noted(words: Words, made: Statement, judged: Judged) -> Iterator[tuple[str, object]]:
    """What was noted beside the findings, and the technician's own words where they were opened."""
    assert judged.record.result is not None
    seen = {(row.quantity, row.index) for row in judged.rows}
    for each in judged.record.result.measurements:
        if each.value is not None and (each.quantity, each.index) not in seen:
            yield title(words, each.quantity, each.index), measured(words, each, made.opened or {})
    for name, commitment in judged.record.result.commitments.items():
        if name.rpartition(" ")[0] in ("escalated", "nobody_in", "change"):
            opened = (made.opened or {}).get(commitment)
            yield words("words_of_technician"), opened.value if opened else words("sealed")


def _pictures(words: Words, made: Statement, record: AcceptanceRecord) -> list[Html]:
    assert record.result is not None
    named = [pair for pair in record.result.evidence.items() if pair[0].startswith(_PHOTOGRAPH)]
    told = [_picture(words, made, name.rpartition(": ")[2], digest) for name, digest in named[:_MOST_PICTURES]]
    rest = [soft(words("cut", len(named) - _MOST_PICTURES))] if len(named) > _MOST_PICTURES else []
    none = [] if named else [soft(words("no_photographs"))]
    return [element("h3", words("photographs")), *none, element("div", joined(told), class_="pictures"), *rest]


def _picture(words: Words, made: Statement, of: str, digest: str) -> Html:
    """One picture with its digest; a person's signature only where personal data was opened."""
    called, raw = words.of("picture", of), made.photographs.get(digest)
    if of == SIGNATURE and not made.opened:
        shown = soft(words("sealed"))
    elif raw is None:
        shown = soft(words("picture_stays"))
    else:
        shown = _image(words, raw, called)
    caption = element("figcaption", element("b", called), element("small", f"SHA-256 {digest}", class_="digest"))
    return element("figure", shown, caption, class_="picture")


def _image(words: Words, raw: bytes, called: str) -> Html:
    try:
        form = format_of(raw, called)
    except PhotographError:
        form = ""
    if form not in _SHOWN_PICTURES:
        return soft(words("picture_no_show"))
    return element("img", src=f"data:image/{form};base64,{base64.b64encode(raw).decode()}", alt=called)


def attempts(words: Words, made: Statement) -> Html:
    """Every attempt and how it ended, where there was more than one or the only one has no result."""
    if len(made.attempts) == 1 and made.last.has_result:
        return Html("")
    heads = [words(name) for name in ("attempt", "began", "ended")]
    recent = made.attempts[-MOST_ROWS:]
    rows = [(str(each.number), _began(each), _ended(words, each)) for each in recent]
    cut = len(made.attempts) - len(recent)
    told = [table(heads, rows), *([soft(words("cut", cut))] if cut else [])]
    return section("attempts", words("attempts"), *told)


def _began(attempt: Attempted) -> str:
    return time_words(attempt.open.clock.wall) if attempt.open else ""


def _ended(words: Words, attempt: Attempted) -> str:
    close = attempt.close
    if close is None:
        return words("end_unread" if attempt.is_ended else "end_open")
    if close.result is not None:
        return words(f"outcome_{close.result.outcome}")
    return words(f"end_{close.tx}", close.reason) if close.tx in ("A", "X", "P") else words("end_unread")


def checks(words: Words, made: Statement) -> Html:
    """Each check of the bundle with its reason, where somebody gave a trust file."""
    if made.verification is None:
        return Html("")
    heads = [words("signed_check"), words("finding"), ""]
    rows = [
        (
            badge(CHECK_KINDS[check.status], words(f"check_{check.status.replace(' ', '_')}")),
            element("b", words(f"check_{check.name}")),
            _reason(words, check),
        )
        for check in made.verification.checks
    ]
    return section("checks", words("checks"), table(heads, rows, "checks"))


def _reason(words: Words, check: Checked) -> str:
    """Why a check came out so; reasons are English, so a Chinese page tells only those that validity hangs on."""
    is_open = check.status == "FAILED" or (check.status == "NOT CHECKED" and check.needed)
    told = check.words if is_open or words.language == "en" else ""
    spared = check.status == "NOT CHECKED" and not check.needed
    return f"{told} ({words('not_needed')})".strip() if spared else told
