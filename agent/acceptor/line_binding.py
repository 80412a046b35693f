"""Line binding: which line a run's source network belonged to when it was admitted, by the operator's own look-up.

A reflector signs from which network a run came, and no station can choose that. Without a look-up a result is not
bound to a line, and its acceptance says so. One look-up is a file, which is read again when it changed; the other asks
a server of the operator's (`line_service.py`).
"""

import csv
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.acknowledgement import LineState
from agent.receipt import Receipt
from agent.signed_order import SignedOrder
from diagnostics.errors import BadConfiguration

COLUMNS = ("prefix", "from", "until", "olt", "pon_port", "onu_id")
Lookup = Callable[[str, datetime], "tuple[Circuit, ...] | Unanswered"]


class LineBindingError(BadConfiguration):
    """A file of lines is missing or wrong; the message names the file, the line and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A line as the network knows it; `onu_id` is None where the look-up ends at the PON port."""

    olt: str
    pon_port: str
    onu_id: int | None = None

    def __str__(self) -> str:
        return f"{self.olt} {self.pon_port}" + ("" if self.onu_id is None else f" ONU {self.onu_id}")

    def serves(self, resource: Mapping[str, Any]) -> bool:
        """Whether this is the line that these ordered resources name, as far as both say."""
        same = (self.olt, self.pon_port) == (resource["olt"], resource["pon_port"])
        return same and (None in (self.onu_id, resource["onu_id"]) or self.onu_id == resource["onu_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """That a look-up could not tell which line it was: why, and whether its answer may still come."""

    words: str
    awaited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """That a prefix belonged to a circuit for a time; an open end is None."""

    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network
    begin: datetime
    end: datetime | None
    circuit: Circuit


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Whether the runs of a result were made over the ordered line: `state`, and why not, or by what.

    `unanswered`: there is a look-up, and it did not tell; what of that may still come is `awaited`.
    """

    state: LineState
    words: str
    unanswered: bool = False
    awaited: bool = False


def bind(receipts: Iterable[Receipt], signed: SignedOrder, lookup: Lookup | None) -> Binding:
    """The binding of a result by the receipts of its runs."""
    if lookup is None:
        return Binding(state="not bound", words="line not bound: no look-up of source addresses is configured")
    networks = set()
    # All are asked before any is looked at: what is asked elsewhere is then asked side by side.
    told = [(made, lookup(made.source, made.admitted_at)) for made in sorted(receipts, key=lambda made: made.run)]
    for made, found in told:
        if isinstance(found, Unanswered):
            words = f"line not bound: {made.source} of run {made.run}: {found.words}"
            awaited = any(isinstance(each, Unanswered) and each.awaited for _, each in told)
            return Binding(state="not bound", words=words, unanswered=True, awaited=awaited)
        if not found:
            words = f"run {made.run} came from {made.source}, which was no line of the operator's then"
            return Binding(state="other line", words=words)
        if not any(circuit.serves(signed.resource) for circuit in found):
            words = f"run {made.run} came from {made.source}, which then served {found[0]}, not the ordered line"
            return Binding(state="other line", words=words)
        networks.add(made.source)
    if not networks:
        return Binding(state="not bound", words="line not bound: no reflector signed from where the runs came")
    return Binding(state="bound", words=f"line bound by {', '.join(sorted(networks))}")


def lookup_in(leases: Iterable[Lease]) -> Lookup:
    """A look-up in a list of leases; a network that holds several lines gives all of them."""
    known = tuple(leases)

    def find(network: str, at: datetime) -> tuple[Circuit, ...]:
        asked = ipaddress.ip_network(network)
        held = (lease for lease in known if lease.begin <= at and (lease.end is None or at < lease.end))
        return tuple(lease.circuit for lease in held if _overlap(lease.prefix, asked))

    return find


def _overlap(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return one.version == other.version and one.overlaps(other)


def load_lookup(path: Path) -> Lookup:
    """The look-up in a file of lines."""
    return lookup_in(load_leases(path))


def load_leases(path: Path) -> tuple[Lease, ...]:
    """The leases in a CSV file with the columns prefix, from, until, olt, pon_port, onu_id."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except OSError as error:
        raise LineBindingError(f"{path}: {error.strerror}; name the file of lines in [acceptor] lines") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise LineBindingError(f"{path}: not a CSV file in UTF-8: {error}") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise LineBindingError(f"{path}: line 1 must be {','.join(COLUMNS)}")
    return tuple(_lease(f"{path}: line {number}", row) for number, row in enumerate(rows[1:], 2) if row)


def _lease(where: str, row: list[str]) -> Lease:
    if len(row) != len(COLUMNS):
        raise LineBindingError(f"{where}: must have {len(COLUMNS)} columns: {', '.join(COLUMNS)}")
    prefix, begin, end, olt, pon_port, onu_id = (word.strip() for word in row)
    if not olt or not pon_port or not (onu_id == "" or (onu_id.isascii() and onu_id.isdecimal())):
        raise LineBindingError(f"{where}: olt and pon_port are needed; onu_id is a whole number or empty")
    try:
        network = ipaddress.ip_network(prefix)
    except ValueError as error:
        raise LineBindingError(f"{where}: prefix: {prefix[:50]!r} is not a network like 198.51.100.0/24") from error
    began = _time(where, "from", begin)
    ended = _time(where, "until", end) if end else None
    circuit = Circuit(olt=olt, pon_port=pon_port, onu_id=int(onu_id) if onu_id else None)
    return Lease(prefix=network, begin=began, end=ended, circuit=circuit)


def _time(where: str, name: str, text: str) -> datetime:
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        raise LineBindingError(f"{where}: {name}: must be a time with its offset, like 2026-01-31T12:00:00+00:00")
    return made
