"""A quantity: one thing that can be known about a line, with its unit in its name; the dictionary holds them all."""

import functools
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "state", "text", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One thing that can be known about a line; numbers are rounded to `resolution`, states are one of `states`.

    `personal` names the field under which its value is committed before it leaves the station; empty: it may be told.
    """

    name: str
    kind: Kind
    resolution: float = 0.0
    meaning: str
    standard: str = ""
    states: tuple[str, ...] = ()
    personal: str = ""

    @property
    def unit(self) -> str:
        """The unit as people write it, read from the end of the name; empty where there is none."""
        return _unit(self.name)


_UNITS = (
    ("_kbyte_s_per_mbit", "kB/s per Mbit/s (kB = 1000 B)"),
    ("_dbm", "dBm"),
    ("_mbps", "Mbit/s"),
    ("_ms", "ms"),
    ("_us", "µs"),
    ("_s", "s"),
    ("_celsius", "°C"),
    ("_ma", "mA"),
    ("_v", "V"),
    ("_bytes", "B"),
)


@functools.cache
def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS if name.endswith(ending)), "")


def number(name: str, resolution: float, meaning: str, standard: str = "") -> Quantity:
    """A quantity that is a number, with its resolution in its own unit."""
    return Quantity(name=name, kind="number", resolution=resolution, meaning=meaning, standard=standard)


def text(name: str, meaning: str, standard: str = "", personal: str = "") -> Quantity:
    """A quantity in words of its own."""
    return Quantity(name=name, kind="text", meaning=meaning, standard=standard, personal=personal)


def state(name: str, states: tuple[str, ...], meaning: str, standard: str = "") -> Quantity:
    """A quantity that is one of a few words."""
    return Quantity(name=name, kind="state", states=states, meaning=meaning, standard=standard)
