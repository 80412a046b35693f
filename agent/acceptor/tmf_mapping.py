"""The mapping by which orders of others become ours: for each field where its value stands, or what it is; data.

It is read strictly: a path that is none, or a field that cannot be one of ours, is an error that names file and key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.acceptor.tmf_path import PathError, check, find
from agent.toml_table import TomlTable, load

LINKS = ("workOrder", "service", "troubleTicket")
_SERVICES = ("broadband", "voice", "iptv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where one value comes from: the first of `sources` that holds something, all of `join`, or `fixed`."""

    sources: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    fixed: Any = None

    def value(self, document: Any) -> Any:
        """What the rule makes of a document; None where it finds nothing."""
        if self.fixed is not None:
            return self.fixed
        if self.join:
            parts = [str(part) for path in self.join if (part := _plain(find(document, path))) not in (None, "")]
            return ", ".join(parts) or None
        found = next((made for path in self.sources if (made := _plain(find(document, path))) not in (None, "")), None)
        return self.words.get(str(found), found) if found is not None else None

    def __str__(self) -> str:
        return " or ".join(self.sources) or " and ".join(self.join)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMapping:
    """A mapping: the rules for the fields of our order, and for the ids under which others know it."""

    file: Path
    order: Mapping[str, Rule]
    links: Mapping[str, Rule]


def load_mapping(path: Path) -> OrderMapping:
    """The mapping in a TOML file."""
    root = load(path)
    order, links = root.table("order", required=True), root.table("links")
    made = OrderMapping(
        file=path,
        order={name: _rule(order, name) for name in order.names()},
        links={name: _rule(links, name) for name in links.names()},
    )
    for name in made.links:
        if name not in LINKS:
            raise links.complain(name, f"is not one of {', '.join(LINKS)}")
    root.done()
    return made


def _plain(value: Any) -> Any:
    """A value without its wrapping: {"value": 5, "unit": "Mbps"}, {"amount": 5, "units": "Mbps"}."""
    if not isinstance(value, dict):
        return value
    number, unit = value.get("value", value.get("amount")), value.get("unit", value.get("units", ""))
    return number if number is None or not unit else f"{number} {unit}"


def _rule(table: TomlTable, name: str) -> Rule:
    try:
        rule = _stated(table, name)
        for path in (*rule.sources, *rule.join):
            check(path)
    except PathError as error:
        raise table.complain(name, str(error)) from error
    parts = name.split(".")
    if not all(re.fullmatch(r"[a-z_]+", part) for part in parts) and name not in LINKS:
        raise table.complain(name, "must be a field of a work order, like customer.name")
    if parts[0] == "services" and (len(parts) != 3 or parts[1] not in _SERVICES):
        raise table.complain(name, f"must be services.KIND.FIELD with KIND one of {', '.join(_SERVICES)}")
    return rule


def _stated(table: TomlTable, name: str) -> Rule:
    value = table.value(name)
    if isinstance(value, str):
        return Rule(sources=(table.text(name),))
    if isinstance(value, list):
        return Rule(sources=table.texts(name))
    inner = table.table(name)
    if "fixed" in inner:
        return Rule(fixed=inner.value("fixed"))
    words = inner.table("words")
    return Rule(
        sources=inner.texts("from"),
        join=inner.texts("join"),
        words={word: words.text(word) for word in words.names()},
    )
