"""The page's words: each in both languages with the same places; each that is said is there, and none is left over."""

import re
from pathlib import Path

import pytest

from agent import acceptor
from agent.acceptor.board.people import ROLES
from agent.acceptor.board.sheets import VERBS
from agent.acceptor.board.tables import SHEETS
from agent.acceptor.fleet_table import Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_engines import connect
from agent.acceptor.reasons import KINDS
from agent.words import load
from tests.agent.acceptor.board.conftest import SmallFleet
from tests.agent.acceptor.conftest import NOW

TEXTS = load("agent.acceptor.board")
BOARD = Path(acceptor.__file__).parent / "board"
CODE = "\n".join(path.read_text() for path in sorted(BOARD.glob("*.py")))
GUARDS = "\n".join((BOARD.parents[1] / f"http_{name}.py").read_text() for name in ("guard", "message"))
# Words that are put together from a kind and one of these names.
NAMES: dict[str, tuple[str, ...]] = {
    "role": ROLES,
    "tab": (*SHEETS, "people"),
    "table": tuple(TABLES),
    "plot": ("reasons", "causes"),
    "reason": tuple(KINDS),
    "verb": VERBS,
    "state": ("open", "rejected", "review", "visit", "closed", "alive", "silent", "other"),
    "direction": ("down", "up"),
    "chain": ("contiguous", "gap", "fork", "quarantined"),
    "cause": ("unknown",),
    "decision": ("recorded", "closed", "rejected", "review", "refused"),
    "outcome": ("accepted", "rejected", "inconclusive"),
    "status": ("pass", "marginal", "fail", "unknown"),
    "did": ("entered", "left", "wrong", "exported"),
    "audit": ("at", "what", "name", "peer", "rest"),
}
MADE = {f"{kind}_{name}" for kind, names in NAMES.items() for name in names}


@pytest.mark.parametrize("code", TEXTS)
def test_every_word_is_in_both_languages_with_the_same_places(code: str) -> None:
    told = TEXTS[code]
    assert set(told) == {"en", "zh"} and told["en"] and told["zh"]
    assert set(re.findall(r"\{\d\}", told["en"])) == set(re.findall(r"\{\d\}", told["zh"]))


def test_every_heading_of_every_table_has_words(fleet: SmallFleet) -> None:
    connection = connect(fleet.ledger, read_only=True)
    asked = [("orders", "day"), *(("causes", by) for by in SHEETS["causes"].by), *((name, "") for name in TABLES)]
    columns = {c.name for name, by in asked for c in TABLES[name](connection, Filters(at=NOW, by=by)).columns}
    connection.close()
    assert {f"column_{name}" for name in columns} - set(TEXTS) == set()
    left = {code for code in TEXTS if code.startswith("column_")} - {f"column_{name}" for name in columns}
    assert left == set()


def test_every_code_that_is_said_has_words_and_no_words_are_left_over() -> None:
    said = set(re.findall(r'words\(\s*"(\w+)"', CODE)) | set(re.findall(r'Refused\(\s*\d+, "(\w+)"', CODE + GUARDS))
    assert len(said) > 60 and said - set(TEXTS) == set()
    assert MADE - set(TEXTS) == set()
    loose = {code for code in TEXTS if not code.startswith("column_")} - MADE
    assert {code for code in loose if f'"{code}"' not in CODE + GUARDS} == set()


def test_every_verb_of_remote_support_is_told_with_its_own_name() -> None:
    from agent.support.verbs import VERBS as KNOWN

    assert set(KNOWN) - {"cancel"} == set(VERBS), "Ctrl-C cancels; nobody types that"
