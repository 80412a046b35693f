"""The AsyncAPI document is well-formed, leaves nothing open, and says what docs/mqtt.md and the access list say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.interfaces.asyncapi import DOCUMENT, operations, resolved
from tests.interfaces.schemas import FOLDER

ROOT = Path(__file__).parents[2]
FORM = Draft7Validator(json.loads((Path(__file__).parent / "asyncapi3.schema.json").read_text()))
SCHEMAS = sorted((FOLDER / "mqtt").glob("*.json"))
PREFIX = "prooflight/v1/{tenant}/{station}/"


def objects(made: Any) -> Iterator[dict[str, Any]]:
    """Every object anywhere inside."""
    if isinstance(made, dict):
        yield made
    for inner in made.values() if isinstance(made, dict) else made if isinstance(made, list) else ():
        yield from objects(inner)


def test_the_document_has_the_form_of_asyncapi_3() -> None:
    assert [each.message for each in FORM.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"asyncapi": "2.6.0"},
        {"chanels": {}},
        {"channels": {"a/b": DOCUMENT["channels"]["have"]}},
        {"operations": {"sendHave": DOCUMENT["operations"]["sendHave"] | {"action": "publish"}}},
        {"components": {"messages": {"have": {"contentType": "application/json"}}}},
    ],
    ids=str,
)
def test_another_form_is_none(change: dict[str, Any]) -> None:
    assert list(FORM.iter_errors(DOCUMENT | change))


def test_every_reference_leads_somewhere_and_nothing_lies_unused() -> None:
    refs = {each["$ref"] for each in objects(DOCUMENT) if "$ref" in each}
    for ref in refs:
        assert resolved(ref) if ref.startswith("#/") else (FOLDER / ref.partition("#")[0]).is_file(), ref
    assert {name for name in DOCUMENT["components"]["messages"] if f"#/components/messages/{name}" not in refs} == set()
    for name, channel in DOCUMENT["channels"].items():
        assert list(operations("send", name)) and list(operations("receive", name))
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == channel["parameters"].keys()
    for operation in DOCUMENT["operations"].values():
        assert {ref["$ref"] for ref in operation["messages"]} <= {
            f"{operation['channel']['$ref']}/messages/{name}"
            for name in resolved(operation["channel"]["$ref"])["messages"]
        }
        assert operation["x-client"] in DOCUMENT["x-clients"]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_schema_is_one_and_leaves_no_object_open(path: Path) -> None:
    made = json.loads(path.read_text())
    Draft7Validator.check_schema(made)
    loose = [
        each
        for each in objects(made)
        if isinstance(each.get("properties"), dict)
        and each.get("type") == "object"
        and "additionalProperties" not in each
    ]
    assert loose == []
    for each in objects(made):
        if isinstance(each.get("properties"), dict) and each.get("type") == "object":
            assert set(each.get("required", ())) <= each["properties"].keys()


def test_the_page_of_interfaces_names_every_document() -> None:
    page = (ROOT / "docs" / "interfaces.md").read_text()
    for path in FOLDER.rglob("*.json"):
        place = path.relative_to(ROOT)
        assert f"../{place}" in page or (path.parent.name == "mqtt" and "`mqtt/*.schema.json`" in page), place


def test_the_table_of_topics_in_the_docs_is_the_document_s() -> None:
    text = (ROOT / "docs" / "mqtt.md").read_text().partition("| topic |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:4]] for line in text.splitlines()[2:]]
    written = {(topic.strip("`").replace("<", "{").replace(">", "}"), _client(who), kept) for topic, who, kept in rows}
    known = set()
    for name, channel in DOCUMENT["channels"].items():
        assert channel["address"].startswith(PREFIX)
        for _, way in operations("send", name):
            kept = "yes" if way["bindings"]["mqtt"]["retain"] else "no"
            known.add((channel["address"].removeprefix(PREFIX), way["x-client"], kept))
    assert written == known


def _client(who: str) -> str:
    """The document's word for who writes."""
    words = {"the broker": "broker", "back office": "tickets"}
    return next((client for word, client in words.items() if who.startswith(word)), who.partition(" ")[0])


def allowed(who: str) -> set[tuple[str, str]]:
    """What the shipped access list lets a client do: (write or read, topic with the document's names)."""
    found: set[tuple[str, str]] = set()
    block = "station"
    for line in (ROOT / "agent" / "deploy" / "mosquitto.acl").read_text().splitlines():
        if line.startswith("user "):
            block = re.sub(r"-\d+$", "", line.removeprefix("user "))
        elif block == who and (
            rule := re.match(r"(?:pattern|topic) (write|read) prooflight/v1/TENANT/[^/]+/(.*)", line)
        ):
            found.add((rule[1], rule[2]))
    return found


@pytest.mark.parametrize("name", [name for name, way in DOCUMENT["operations"].items() if way["x-client"] != "broker"])
def test_the_shipped_access_list_allows_every_operation(name: str) -> None:
    way = DOCUMENT["operations"][name]
    topic = resolved(way["channel"]["$ref"])["address"].removeprefix(PREFIX)
    deed = {"send": "write", "receive": "read"}[way["action"]]
    rules = [rule for allows, rule in allowed(way["x-client"]) if allows == deed]
    assert [rule for rule in rules if rule == topic or (rule.endswith("/#") and f"{topic}/".startswith(rule[:-1]))]
