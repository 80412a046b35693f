"""Limits: what one quantity must show, as a criteria file states it and as it reads once scaled to an order.

They know nothing of files and measurements; they print themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.committed import is_commitment
from diagnostics.line import Ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Bounds of one quantity: a window, a floor that must be passed (`exclusive`), or one allowed value.

    `required` limits decide the verdict, the others are shown. `marginal_within` and `uncertainty` are in the
    quantity's own unit; `remark` names a text that its finding repeats.
    """

    name: str
    quantity: str
    index: str = ""
    lower: float | None = None
    upper: float | None = None
    exclusive: bool = False
    equals: str | None = None
    fallback: str = ""
    marginal_within: float = 0.0
    uncertainty: float = 0.0
    remark: str = ""
    required: bool
    basis: str = ""
    note: str = ""
    source: str

    def __str__(self) -> str:
        name = f"{self.quantity}[{self.index}]" if self.index else self.quantity
        if self.equals is not None:
            return f"{name} = {self.equals}"
        words = name
        if self.lower is not None:
            words = f"{words} {'>' if self.exclusive else '>='} {self.lower:g}"
        if self.upper is not None:
            words = f"{words} <= {self.upper:g}"
        if self.lower is not None and self.upper is not None:
            words = f"{self.lower:g} {'<' if self.exclusive else '<='} {name} <= {self.upper:g}"
        return words + (f", marginal within {self.marginal_within:g}" if self.marginal_within else "")

    def demand(self, unit: str) -> str:
        """What is demanded, in words with the unit."""
        if self.equals is not None:
            return "the ordered one" if is_commitment(self.equals) else self.equals
        end = f" {unit}" if unit else ""
        if self.lower is not None and self.upper is not None:
            return f"{self.lower:g} to {self.upper:g}{end}"
        if self.lower is not None:
            return f"{'more than' if self.exclusive else 'at least'} {self.lower:g}{end}"
        return f"at most {self.upper:g}{end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A lower bound that grows with an ordered rate: a share of it, or kB or KiB per second for each ordered Mbit/s."""

    kind: str
    value: float
    of: str
    exclusive: bool = False

    def mbps(self, ordered: Ordered) -> float:
        """The floor in decimal Mbit/s for what was ordered."""
        return self.value * PER_MBIT[self.kind] * self.rate(ordered)

    def basis(self, ordered: Ordered) -> str:
        """Where the floor comes from, in words with units."""
        rate = f"{self.rate(ordered):g} Mbit/s ordered"
        if self.kind == "share":
            return f"{self.value * 100:g} % of {rate}"
        unit = "kB/s (kB = 1000 B)" if self.kind == "kB_per_Mbit" else "KiB/s (KiB = 1024 B)"
        return f"{self.value:g} {unit} for each Mbit/s of {rate}"

    def rate(self, ordered: Ordered) -> float:
        """The ordered rate that the floor grows with, in Mbit/s."""
        return {
            "down": ordered.down_mbps,
            "up": ordered.up_mbps,
            "faster": max(ordered.down_mbps, ordered.up_mbps),
        }[self.of]


PER_MBIT = {"share": 1.0, "kB_per_Mbit": 8 / 1000, "KiB_per_Mbit": 8 * 1024 / 1e6}
RATES = ("down", "up", "faster")
_MAY_LACK = ("onu_id", "cable_label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A limit as the file states it, with what it takes to apply."""

    limit: Limit
    pon_class: str = ""
    service: str = ""
    mode: str = ""
    access: str = ""
    floor: Floor | None = None
    equals_ordered: str = ""
    marginal_within_ratio: float = 0.0
    uncertainty_ratio: float = 0.0

    def applies_to(self, ordered: Ordered, pon_class: str) -> bool:
        """Whether the order and its PON class bring this limit in."""
        if self.floor and self.floor.rate(ordered) == 0:
            return False
        if self.equals_ordered in _MAY_LACK and getattr(ordered, self.equals_ordered) in ("", None):
            return False  # what the order does not name is not demanded
        return (
            self.pon_class in ("", pon_class)
            and (self.service == "" or self.service in ordered.services)
            and self.mode in ("", ordered.mode)
            and self.access in ("", ordered.access)
        )

    def scaled(self, ordered: Ordered) -> Limit:
        """The limit with its numbers worked out for what was ordered."""
        lower, changed = self.limit.lower, dict[str, Any]()
        if self.equals_ordered:
            changed |= {"equals": str(getattr(ordered, self.equals_ordered)), "basis": "as ordered"}
        if self.floor:
            lower = round(self.floor.mbps(ordered), 6)
            changed |= {"lower": lower, "exclusive": self.floor.exclusive, "basis": self.floor.basis(ordered)}
        if self.marginal_within_ratio and lower is not None:
            changed["marginal_within"] = round(lower * self.marginal_within_ratio, 6)
        if self.uncertainty_ratio and lower is not None:
            changed["uncertainty"] = round(lower * self.uncertainty_ratio, 6)
        return replace(self.limit, **changed) if changed else self.limit


def floor_mbps(limits: Iterable[Limit], quantity: str) -> float:
    """The highest lower bound that a set of limits puts on a rate; zero where there is none."""
    return max((limit.lower or 0.0 for limit in limits if limit.quantity == quantity), default=0.0)
