"""Our JSON Schemas, with the keywords of their own that look into a text: sealed objects, their parts, JSON inside.

`x-jws` and `x-jwe` hold the schemas of a token's header and payload, `x-split` those of the parts between a separator,
`contentSchema` that of JSON in a text. Signatures are not looked at: other tests do that.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError, validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from agent.base64url import Base64Error, decode
from diagnostics import strict_json

FOLDER = Path(__file__).parents[2] / "agent" / "schema"
Found = Iterator[ValidationError]


def faults(schema: Mapping[str, Any], made: Any) -> list[str]:
    """What is wrong with a value by a schema, whose references begin at the folder of schemas."""
    found = Reading({"$id": f"{FOLDER.as_uri()}/", "allOf": [schema]}, registry=REGISTRY).iter_errors(made)
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in found]


def _jws(validator: Any, parts: Mapping[str, Any], text: Any, schema: Any) -> Found:
    pieces = text.split(".") if isinstance(text, str) else []
    if len(pieces) != 3:
        yield ValidationError("is no compact JWS")
        return
    for name, piece in zip(("header", "payload"), pieces, strict=False):
        yield from _inside(validator, parts[name], piece, name)


def _jwe(validator: Any, parts: Mapping[str, Any], text: Any, schema: Any) -> Found:
    pieces = text.split(".") if isinstance(text, str) else []
    if len(pieces) != 5 or pieces[1]:
        yield ValidationError("is no compact JWE for one key")
        return
    yield from _inside(validator, parts["header"], pieces[0], "header")


def _split(validator: Any, how: Mapping[str, Any], text: Any, schema: Any) -> Found:
    if not isinstance(text, str):
        return
    parts = text.split(how["by"])
    if how.get("ends") and parts.pop():
        yield ValidationError(f"does not end with {how['by']!r}")
    if len(parts) > how.get("most", len(parts)):
        yield ValidationError(f"has more than {how['most']} parts")
    for place, part in enumerate(parts):
        is_last = place == len(parts) - 1
        wanted = how["first"] if place == 0 else how["last"] if is_last and "last" in how else how["rest"]
        yield from validator.descend(part, wanted, path=place)


def _content(validator: Any, wanted: Any, text: Any, schema: Mapping[str, Any]) -> Found:
    if isinstance(text, str):
        yield from _inside(validator, wanted, text, "content", plain="contentEncoding" not in schema)


def _inside(validator: Any, wanted: Any, text: str, name: str, *, plain: bool = False) -> Found:
    try:
        made = strict_json.parse(text.encode() if plain else decode(text), size=1 << 20)
    except (Base64Error, strict_json.JsonError) as error:
        yield ValidationError(f"{name} is no JSON: {error}")
    else:
        yield from validator.descend(made, wanted, path=name)


def _resources() -> Iterator[tuple[str, Resource[Any]]]:
    """Each of our schemas under its place; a `$schema` would have it read without our keywords."""
    for path in FOLDER.rglob("*.json"):
        made = json.loads(path.read_text())
        if "draft-07" in made.get("$schema", ""):
            del made["$schema"]
        yield path.as_uri(), Resource.from_contents(made, default_specification=DRAFT7)


REGISTRY: Registry[Any] = Registry().with_resources(_resources()).crawl()
Reading: Any = validators.extend(
    Draft7Validator, {"x-jws": _jws, "x-jwe": _jwe, "x-split": _split, "contentSchema": _content}
)
