"""The receipt: what a reflector saw of one throughput run, its one form as JSON, and the figure that follows; pure.

Bytes are those that the reflector's kernel counted, never those that a program wrote. A receipt is also given for runs
that were refused, failed or broke off, so that none can be hidden.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput
from diagnostics.instruments import Direction

VERSION = 1
State = Literal["completed", "failed", "aborted", "busy"]
STATES: tuple[str, ...] = get_args(State)
MOST_SAMPLES = 400
_MOST = 2**53 - 1
_EARLY_US, _LATE_US = 500_000, 150_000  # how far a sample may lie outside the window whose end it marks


class ReceiptError(BadInput):
    """A receipt is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the reflector itself was: busiest core's load and that of the run's own process, sessions and capacity."""

    cpu_permille: int
    run_permille: int
    sessions: int
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One run by the reflector's count.

    `order` and `open` are digests of the signed order and of the attempt's open record; `run` counts the admissions of
    one order here; `source` is the station's network (/24 or /48). `series` holds [microseconds since the first byte,
    bytes so far], second by second, and last the tail: the total when the last socket had ended. `ok` is false where
    the reflector was the limit.
    """

    reflector: str
    order: str
    open: str
    station: str
    run: int
    direction: Direction
    source: str
    state: State
    reason: str
    ok: bool
    admitted_at: datetime
    first_byte_at: datetime | None
    last_byte_at: datetime | None
    bytes: int
    series: tuple[tuple[int, int], ...]
    min_rtt_us: int | None
    retransmits: int
    health: Health

    def counted(self, discard_s: int, average_s: int) -> tuple[int, int] | None:
        """Bytes and microseconds between the samples nearest to a window's ends; None where it saw under half of it.

        The tail is left out: its bytes are right, and its time is when they were noticed.
        """
        begin_us, end_us = discard_s * 1_000_000, (discard_s + average_s) * 1_000_000
        samples = [s for s in self.series[:-1] if begin_us - _EARLY_US <= s[0] <= end_us + _LATE_US]
        if self.state != "completed" or not samples:
            return None
        first, last = min(samples, key=lambda sample: abs(sample[0] - begin_us)), samples[-1]
        us, payload = last[0] - first[0], last[1] - first[1]
        return (payload, us) if us * 2 >= average_s * 1_000_000 else None


def network_of(address: str) -> str:
    """The network that a source address stands in: /24 or /48; the address itself stays out of every receipt."""
    length = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def write(receipt: Receipt) -> bytes:
    """The bytes that are signed; ReceiptError where they would not read back."""
    made: dict[str, Any] = {name: getattr(receipt, name) for name in Receipt.__slots__}
    made |= {name: getattr(receipt, name) and getattr(receipt, name).isoformat() for name in _TIMES}
    made["series"] = [list(sample) for sample in receipt.series]
    made["health"] = {name: getattr(receipt.health, name) for name in Health.__slots__}
    made["v"] = VERSION
    from_json(made)
    return strict_json.write(made)


_TIMES = ("admitted_at", "first_byte_at", "last_byte_at")


def from_json(made: Mapping[str, Any]) -> Receipt:
    """The receipt that a strictly read JSON object states."""
    root = Fields(dict(made), "", ReceiptError).exactly("v", *Receipt.__slots__, of="of a receipt")
    root.version(VERSION)
    admitted_at = root.time("admitted_at")
    if admitted_at is None or not isinstance(made["ok"], bool):
        raise root.complain("admitted_at" if admitted_at is None else "ok", "is not of its form")
    direction: Any = root.text("direction", one_of=get_args(Direction))
    state: Any = root.text("state", one_of=STATES)
    return Receipt(
        reflector=root.text("reflector", longest=64),
        order=digest(root, "order"),
        open=digest(root, "open"),
        station=root.text("station", longest=64),
        run=root.whole("run", 1, _MOST),
        direction=direction,
        source=_network(root),
        state=state,
        reason=root.text("reason", ""),
        ok=made["ok"],
        admitted_at=admitted_at,
        first_byte_at=root.time("first_byte_at"),
        last_byte_at=root.time("last_byte_at"),
        bytes=root.whole("bytes", 0, _MOST),
        series=_series(root),
        min_rtt_us=None if made["min_rtt_us"] is None else root.whole("min_rtt_us", 0, _MOST),
        retransmits=root.whole("retransmits", 0, _MOST),
        health=_health(root.object("health")),
    )


def _network(root: Fields) -> str:
    text = root.text("source")
    try:
        if str(ipaddress.ip_network(text)) == text and text.endswith(("/24", "/48")):
            return text
    except ValueError:
        pass
    raise root.complain("source", "must be a network /24 or /48")


def _health(fields: Fields) -> Health:
    fields.exactly(*Health.__slots__, of="of a receipt")
    return Health(**{name: fields.whole(name, 0, 1_000_000) for name in Health.__slots__})


def _series(root: Fields) -> tuple[tuple[int, int], ...]:
    """Samples that go forward in time and never back in bytes."""
    entries = root.items("series")
    last = (-1, 0)
    for place, entry in enumerate(entries):
        whole = isinstance(entry, list) and len(entry) == 2 and all(type(n) is int and 0 <= n <= _MOST for n in entry)
        if not whole or entry[0] <= last[0] or entry[1] < last[1]:
            raise root.complain(f"series[{place}]", "must be [microseconds, bytes], later and not less than before")
        last = (entry[0], entry[1])
    if len(entries) > MOST_SAMPLES:
        raise root.complain("series", f"must have at most {MOST_SAMPLES} entries")
    return tuple((us, count) for us, count in entries)
