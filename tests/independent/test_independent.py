"""A verifier written from docs/ alone says of every vector what ours must: the pages are enough."""

import ast
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.independent.judging import Criteria, Unknown, visit_quantities
from tests.independent.reading import Piece, decoded, pinned, strict
from tests.independent.verifier import Verifier

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
BUILT_IN = ROOT / "diagnostics" / "criteria"
VISIT = visit_quantities((ROOT / "docs" / "visit.md").read_text())
NOW = datetime.fromisoformat("2026-11-22T13:00:00+00:00")


def vectors(name: str) -> Any:
    made = json.loads((VECTORS / f"{name}.json").read_bytes())
    return pytest.mark.parametrize("vector", [pytest.param(each, id=each["name"]) for each in made])


def reads(read: Any) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True


def test_it_knows_nothing_of_ours() -> None:
    for path in Path(__file__).parent.glob("[!t]*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [n for n in names if n.split(".")[0] in ("agent", "diagnostics", "drivers")], path
            assert not [n for n in names if n.startswith("tests.") and not n.startswith("tests.independent")], path


@vectors("strict_json")
def test_strict_json(vector: dict[str, Any]) -> None:
    assert reads(lambda: strict(decoded(vector["base64url"]))) == vector["read"]


@vectors("keys")
def test_trust_files(vector: dict[str, Any]) -> None:
    assert reads(lambda: pinned(vector["text"].encode())) == vector["believed"]


@vectors("seals")
def test_seals(vector: dict[str, Any]) -> None:
    keys = pinned((VECTORS / "trust.jwks").read_bytes())
    assert Piece(vector["token"], "record", keys, NOW).answers == vector["checks"]


def shelf(folder: str | None, keys: Any, name: str) -> Criteria:
    """Criteria by name: those that come with the software, or a signed set."""
    built_in, signed = BUILT_IN / f"{name}.toml", VECTORS / (folder or "") / f"{name}.criteria"
    if built_in.exists():
        return Criteria(built_in.read_bytes())
    if folder is None or not signed.exists():
        raise Unknown(name)
    piece = Piece(signed.read_text().strip(), "criteria", keys, NOW)
    if not piece.believed:
        raise Unknown(name)
    return Criteria(piece.content["text"].encode())


@vectors("bundles")
def test_bundles(vector: dict[str, Any]) -> None:
    raw = (VECTORS / vector["file"]).read_bytes()
    keys = pinned((VECTORS / (vector.get("trust") or "trust.jwks")).read_bytes())
    now = datetime.fromisoformat(vector["now"]) if vector["readable"] else NOW

    def load(name: str) -> Criteria:
        return shelf(vector["criteria"], keys, name)

    if not vector["readable"]:
        assert not reads(lambda: Verifier(raw, keys, load, now, VISIT))
        return
    valid, answers = Verifier(raw, keys, load, now, VISIT).answers()
    assert answers == vector["checks"]
    assert valid == vector["valid"]
