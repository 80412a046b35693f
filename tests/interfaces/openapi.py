"""Our OpenAPI documents, and what is wrong with an answer by one: its status, its kind, its body, its headers."""

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.interfaces.schemas import FOLDER

NAMES = tuple(sorted(path.stem for path in (FOLDER / "openapi").glob("*.json")))


class Document:
    """One document, by its name."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / "openapi" / f"{name}.json"
        self.made: dict[str, Any] = json.loads(self.path.read_text())
        resource = Resource.from_contents({"$schema": "https://json-schema.org/draft/2020-12/schema"} | self.made)
        self._registry: Registry[Any] = Registry().with_resource("urn:document", resource)

    def resolved(self, made: Mapping[str, Any]) -> Any:
        """What stands there, or where its reference leads."""
        found: Any = made
        while "$ref" in found:
            place, found = found["$ref"], self.made
            for word in place.removeprefix("#/").split("/"):
                found = found[word]
        return found

    def unlike(self, schema: Mapping[str, Any], made: Any) -> list[str]:
        """What is wrong with a value by a schema of the document."""
        whole = {"$ref": f"urn:document{schema['$ref']}"} if "$ref" in schema else _led(schema)
        found = Draft202012Validator(whole, registry=self._registry).iter_errors(made)
        return [f"{'.'.join(map(str, each.absolute_path))}: {each.message[:200]}" for each in found]

    def operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        """The operation that a request is for."""
        for template, item in self.made["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path.partition("?")[0]):
                found: Mapping[str, Any] | None = item.get(method.lower())
                return found
        return None

    def faults(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """What is wrong with an answer to a request that the document knows."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: is in no document"]
        if str(status) not in operation["responses"]:
            return [f"{method} {path}: {status} is not documented"]
        answer = self.resolved(operation["responses"][str(status)])
        found = [f"lacks {name}" for name, told in answer.get("headers", {}).items() if name not in headers]
        kinds, kind = answer.get("content", {}), headers.get("Content-Type", "").partition(";")[0]
        if kinds and kind not in kinds:
            found.append(f"{kind!r} is none of {', '.join(kinds)}")
        elif kinds:
            schema = kinds[kind].get("schema", {})
            found += self.unlike(schema, json.loads(body) if kind == "application/json" else body.decode())
        elif body:
            found.append("has a body")
        return [f"{method} {path}: {status}: {each}" for each in found]


def _led(made: Any) -> Any:
    """The same with its references led to the document."""
    if isinstance(made, dict):
        return {n: f"urn:document{v}" if n == "$ref" else _led(v) for n, v in made.items()}
    return [_led(each) for each in made] if isinstance(made, list) else made
