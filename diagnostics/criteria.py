"""Criteria: what a line must show, loaded strictly from one TOML file a service class, scaled to what was ordered.

A criteria set is named, versioned and known by the digest of its bytes. A key that it does not know is an error, never
passed over. Limits say of themselves what they demand and where the number comes from.
"""

import functools
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from typing import Any, get_args

from diagnostics.errors import BadConfiguration
from diagnostics.instruments import LAYERS, Family, Layer, Statistic, Window
from diagnostics.limits import PER_MBIT, RATES, Floor, Limit, Rule
from diagnostics.line import Ordered
from diagnostics.quantities import QUANTITIES, VISIT_QUANTITIES, nearest_name

_DIAGNOSIS = "rfc6349"


class CriteriaError(BadConfiguration):
    """A criteria file is missing or wrong; the message names file, limit and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A named, versioned set of limits with the traffic window that throughput is measured in."""

    name: str
    version: str
    title: str
    digest: str
    window: Window
    default_pon_class: str
    rules: tuple[Rule, ...]

    def for_line(self, ordered: Ordered) -> tuple[Limit, ...]:
        """The limits on the line that apply to what was ordered, with their numbers scaled to it."""
        return self._for(ordered, [rule for rule in self.rules if rule.limit.quantity not in VISIT_QUANTITIES])

    def for_visit(self, ordered: Ordered) -> tuple[Limit, ...]:
        """The limits on the technician's visit that apply to what was ordered."""
        return self._for(ordered, [rule for rule in self.rules if rule.limit.quantity in VISIT_QUANTITIES])

    def _for(self, ordered: Ordered, rules: Sequence[Rule]) -> tuple[Limit, ...]:
        pon_class = ordered.pon_class or self.default_pon_class
        known = {rule.pon_class for rule in self.rules if rule.pon_class}
        if known and pon_class not in known:
            raise CriteriaError(
                f"{self.name}: no limits for PON class {pon_class!r}; known: {', '.join(sorted(known))}"
            )
        limits = (rule.scaled(ordered) for rule in rules if rule.applies_to(ordered, pon_class))
        return tuple(self._at_layer(limit) for limit in limits)

    def _at_layer(self, limit: Limit) -> Limit:
        """A limit of a rate says which bytes count."""
        if limit.quantity not in ("throughput_down_mbps", "throughput_up_mbps"):
            return limit
        return replace(limit, basis=f"{limit.basis}, counting {LAYERS[self.window.layer]}".removeprefix(", "))


@functools.cache
def names() -> tuple[str, ...]:
    """The criteria sets that orders may name; the one that judges a diagnosis is not among them."""
    folder = resources.files("diagnostics") / "criteria"
    found = (entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted(name for name in found if name != _DIAGNOSIS))


def load(name: str) -> Criteria:
    """The criteria set of this name."""
    if name not in names():
        raise CriteriaError(f"criteria {name!r} is not known{nearest_name(name, names())}; known: {', '.join(names())}")
    return _read(name)


def load_diagnosis() -> Criteria:
    """The criteria set that judges a diagnosis; no order and no record can be judged by it."""
    return _read(_DIAGNOSIS)


@functools.cache
def _read(name: str) -> Criteria:
    return parse((resources.files("diagnostics") / "criteria" / f"{name}.toml").read_bytes(), f"{name}.toml")


@functools.lru_cache(maxsize=64)  # an acceptor judges thousands of records by the same few sets
def parse(raw: bytes, file: str) -> Criteria:
    """The criteria that a file's bytes state; CriteriaError names the limit and the key that are wrong."""
    try:
        made = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CriteriaError(f"{file}: not TOML: {error}") from error
    _known(file, made, ("name", "version", "title", "default_pon_class", "traffic", "limit"))
    traffic = _table(file, made, "traffic")
    window = _window(f"{file}: [traffic]", traffic)
    limits = made.get("limit")
    if not isinstance(limits, list) or not limits:
        raise CriteriaError(f"{file}: needs at least one [[limit]]")
    rules = tuple(_rule(file, number, entry) for number, entry in enumerate(limits, 1))
    seen = [rule.limit.name for rule in rules]
    for name in seen:
        if seen.count(name) > 1:
            raise CriteriaError(f"{file}: two limits are named {name}; rename one")
    return Criteria(
        **{key: _text(file, made, key) for key in ("name", "version", "title")},
        default_pon_class=_text(file, made, "default_pon_class"),
        digest=hashlib.sha256(raw).hexdigest(),
        window=window,
        rules=rules,
    )


def _window(where: str, traffic: Mapping[str, Any]) -> Window:
    _known(where, traffic, (*(f.name for f in fields(Window)), "source"))
    _text(where, traffic, "source")
    window = Window(
        discard_s=_whole(where, traffic, "discard_s", 0),
        average_s=_whole(where, traffic, "average_s", 1),
        streams=_whole(where, traffic, "streams", 1),
        rounds=_whole(where, {"rounds": 1, **traffic}, "rounds", 1),
        congestion_control=_word(where, traffic, "congestion_control"),
        **{key: _one_of(where, traffic, key, words) for key, words in _CHOICES.items()},
    )
    if window.rounds * (window.discard_s + window.average_s) > _MOST_S:
        raise CriteriaError(f"{where}: rounds x (discard_s + average_s) must be at most {_MOST_S} s a direction")
    return window


_MOST_S = 200  # what a record can hold of one direction, twice, with what was watched beside it
_CHOICES: dict[str, tuple[Any, ...]] = {  # the first is the default
    "statistic": get_args(Statistic),
    "layer": get_args(Layer),
    "family": get_args(Family),
}


def _one_of(where: str, made: Mapping[str, Any], key: str, words: Sequence[Any]) -> Any:
    value = made.get(key, words[0])
    if value not in words or not isinstance(value, str):
        raise CriteriaError(f"{where}: {key} must be one of {', '.join(words)}")
    return value


def _word(where: str, made: Mapping[str, Any], key: str) -> str:
    """The name of a kernel module, such as a congestion control; empty where it is absent."""
    value = made.get(key, "")
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_]{0,15}", value):
        raise CriteriaError(f"{where}: {key} must be a name like cubic, in small letters")
    return value


_OWN = tuple(f.name for f in fields(Limit) if f.name not in ("exclusive", "basis"))
_RULE = tuple(f.name for f in fields(Rule) if f.name != "limit")
_NUMBERS = ("lower", "upper", "marginal_within", "marginal_within_ratio", "uncertainty", "uncertainty_ratio")
_TEXTS = tuple(quantity.name for quantity in QUANTITIES.values() if quantity.kind == "text")
_ORDERED_TEXTS = ("ont_serial", "ont_vendor", "ont_model", "mode", "onu_id", "cable_label")
_WORDS = {"mode": ("route", "bridge"), "access": ("ipoe", "pppoe")}


def _rule(file: str, number: int, entry: Any) -> Rule:
    where = f"{file}: limit {number}"
    if not isinstance(entry, dict):
        raise CriteriaError(f"{where}: must be a [[limit]] table")
    where = f"{where} ({entry.get('name', 'without a name')})"
    _known(where, entry, (*_OWN, *_RULE))
    for key, value in entry.items():
        _check_type(where, key, value)
    for key in ("name", "quantity", "source"):
        _text(where, entry, key)
    if "required" not in entry:
        raise CriteriaError(f"{where}: required must be true or false")
    for key in ("quantity", "fallback"):
        if entry.get(key, "") and entry[key] not in QUANTITIES:
            raise CriteriaError(f"{where}: {entry[key]} is not a quantity{nearest_name(entry[key], QUANTITIES)}")
    if entry.get("remark", "") not in ("", *_TEXTS):
        raise CriteriaError(f"{where}: remark must be a quantity that is text{nearest_name(entry['remark'], _TEXTS)}")
    if not {"lower", "upper", "equals", "equals_ordered", "floor"} & set(entry):
        raise CriteriaError(f"{where}: needs lower, upper, equals, equals_ordered or floor")
    rule = {key: value for key, value in entry.items() if key in _RULE}
    if "floor" in rule:
        rule["floor"] = _floor(where, rule["floor"])
    return Rule(limit=Limit(**{k: v for k, v in entry.items() if k in _OWN}), **rule)


def _check_type(where: str, key: str, value: Any) -> None:
    if key in _NUMBERS:
        holds = isinstance(value, int | float) and not isinstance(value, bool) and value == value
        if not holds:
            raise CriteriaError(f"{where}: {key} must be a number")
    elif key == "required":
        if not isinstance(value, bool):
            raise CriteriaError(f"{where}: required must be true or false")
    elif key != "floor" and not isinstance(value, str):
        raise CriteriaError(f"{where}: {key} must be text")
    if value not in _WORDS.get(key, (value,)):
        raise CriteriaError(f"{where}: {key} must be one of {', '.join(_WORDS[key])}")
    if key == "equals_ordered" and value not in _ORDERED_TEXTS:
        raise CriteriaError(f"{where}: equals_ordered must be one of {', '.join(_ORDERED_TEXTS)}")


def _floor(where: str, made: Any) -> Floor:
    if not isinstance(made, dict):
        raise CriteriaError(f"{where}: floor must be a table with kind, value and of")
    _known(f"{where}: floor", made, ("kind", "value", "of", "exclusive"))
    value = made.get("value")
    if made.get("kind") not in PER_MBIT:
        raise CriteriaError(f"{where}: floor.kind must be one of {', '.join(PER_MBIT)}")
    if made.get("of") not in RATES:
        raise CriteriaError(f"{where}: floor.of must be one of {', '.join(RATES)}")
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise CriteriaError(f"{where}: floor.value must be greater than 0")
    if not isinstance(made.get("exclusive", False), bool):
        raise CriteriaError(f"{where}: floor.exclusive must be true or false")
    return Floor(**made)


def _known(where: str, made: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in made:
        if key not in known:
            raise CriteriaError(f"{where}: {key} is not a key here{nearest_name(key, known)}")


def _table(file: str, made: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = made.get(key)
    if not isinstance(table, dict):
        raise CriteriaError(f"{file}: needs a [{key}] table")
    return table


def _text(where: str, made: Mapping[str, Any], key: str) -> str:
    value = made.get(key)
    if not isinstance(value, str) or not value:
        raise CriteriaError(f"{where}: {key} must be text and not empty")
    return value


def _whole(where: str, made: Mapping[str, Any], key: str, least: int) -> int:
    value = made.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 100:
        raise CriteriaError(f"{where}: {key} must be a whole number from {least} to 100")
    return value
