"""The verifier as one HTML file: our own small scripts, one after the other, with what they must know built in.

The page asks no network for anything: its content policy forbids it, and allows its one script and style by their
hashes alone. What is built in are words of ours, criteria by their digests, and the trust file where one is given.
"""

import base64
import hashlib
import json
import math
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from agent.version import VERSION
from diagnostics.criteria import Criteria
from diagnostics.instruments import LAYERS
from diagnostics.limits import Rule
from diagnostics.line import MOST_ONU_ID, PERSONAL, Ordered
from diagnostics.measurement import FAILURE_KINDS, FOREIGN
from diagnostics.quantities import QUANTITIES, VISIT_QUANTITIES
from diagnostics.quantity_texts import title_of

JUDGING = (
    *("refusal", "bytes", "strict_json", "numbers", "times", "fields", "signatures", "seal", "trust"),
    *("measurement", "record", "statements", "bundle", "openings", "judge", "case", "object_checks", "bundle_checks"),
    *("witnessing", "result_checks", "visit_checks", "verification", "compact"),
)
SHOWING = ("words", "check_words", "findings", "answer", "compact_answer", "page")


def script(names: Iterable[str], built_in: Mapping[str, Any]) -> str:
    """One script of these sources, with what it must know; it leaves no name behind in the page but its own."""
    folder = resources.files("agent.verifier_page")
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return f'"use strict";\nconst BUILT_IN = {_literal(built_in)};\n' + "\n".join(parts)


def build(criteria: Iterable[Criteria], trust: str | None) -> str:
    """The page's HTML; `trust` is the text of the trust file that it believes, None where the reader brings one."""
    folder = resources.files("agent.verifier_page")
    code = f"(() => {{\n{script((*JUDGING, *SHOWING), knowledge(criteria, trust))}\n}})();\n"
    style = (folder / "page.css").read_text(encoding="utf-8")
    page = (folder / "page.html").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(code)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    for name, text in (("POLICY", policy), ("STYLE", style), ("SCRIPT", code)):
        page = page.replace(f"<!--{name}-->", text, 1)
    return page


def knowledge(criteria: Iterable[Criteria], trust: str | None) -> dict[str, Any]:
    """What the page's script must know of this software: quantities, criteria, keys."""
    return {
        "version": VERSION,
        "foreign": _foreign(),
        "failure_kinds": FAILURE_KINDS,
        "layers": LAYERS,
        "ordered_texts": [field.name for field in fields(Ordered) if field.type is str],
        "ordered_personal": PERSONAL,
        "most_onu_id": MOST_ONU_ID,
        "quantities": {
            name: {
                "kind": quantity.kind,
                "resolution": quantity.resolution,
                "digits": _digits(quantity.resolution),
                "unit": quantity.unit,
                "titles": [title_of(name, "en"), title_of(name, "zh")],
                "states": quantity.states,
                "personal": bool(quantity.personal),
                "of_visit": name in VISIT_QUANTITIES,
            }
            for name, quantity in QUANTITIES.items()
        },
        "criteria": {each.name: _criteria(each) for each in criteria},
        "trust": trust,
    }


@cache
def _foreign() -> list[tuple[str, str]]:
    """The characters that `sanitised` takes out, as ranges in hexadecimal: a browser's Unicode may be another one."""
    ranges: list[tuple[str, str]] = []
    runs = groupby(range(sys.maxunicode + 1), key=lambda code: unicodedata.category(chr(code)) in FOREIGN)
    for is_foreign, codes in runs:
        found = list(codes)
        ranges += [(f"{found[0]:x}", f"{found[-1]:x}")] if is_foreign else []
    return ranges


def _digits(resolution: float) -> int:
    return max(0, -math.floor(math.log10(resolution))) if resolution else 0


def _criteria(made: Criteria) -> dict[str, Any]:
    return {
        "name": made.name,
        "version": made.version,
        "digest": made.digest,
        "default_pon_class": made.default_pon_class,
        "layer": made.window.layer,
        "rules": [_rule(rule) for rule in made.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return asdict(rule)


def _literal(value: Any) -> str:
    """A value as an expression of the script; no text in it can end the script."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
