"""What TM Forum's official schemas say of a body; they lie beside the project and are no part of it."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3].parent / "shared" / "tmf"


@cache
def _document(name: str) -> Any:
    if name.endswith(".json"):
        return json.loads((FOLDER / name).read_text())
    import yaml

    return yaml.safe_load((FOLDER / name).read_text())


def faults(document: str, schema: str, body: Any) -> list[str]:
    """What is wrong with a body, by the schema of that name in a document."""
    import jsonschema

    whole = _document(document)
    where = "#/definitions/" if "definitions" in whole else "#/components/schemas/"
    # The document itself is the schema, so that its references find what they name.
    rooted = {**whole, "$ref": where + schema}
    checker = jsonschema.FormatChecker(())
    checker.checks("date-time", raises=ValueError)(lambda text: datetime.fromisoformat(text).tzinfo is not None)
    validator = jsonschema.Draft4Validator(rooted, format_checker=checker)
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(body)]


def strangers(document: str, schema: str, body: Any) -> set[str]:
    """Members of a body that its schema does not name; the schemas themselves let anything pass."""
    return set(body) - _members(_document(document), schema)


def _members(whole: Any, schema: str) -> set[str]:
    found = (whole.get("definitions") or whole["components"]["schemas"])[schema]
    names = set(found.get("properties", {}))
    for part in found.get("allOf", []):
        names |= set(part.get("properties", {}))
        if "$ref" in part:
            names |= _members(whole, part["$ref"].rpartition("/")[2])
    return names
