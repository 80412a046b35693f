"""The ONT of a line as the checks see it: read by a child process, and complete whatever that child does.

Importing this imports no library; the parent never parses a byte of the ONT, and the log-in reaches the child by its
standard input only.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnostics.child import Bounds, Ending, namespace_prefix, never, run_child
from diagnostics.instruments import ProfileUsed, Reading, Terminal
from diagnostics.measurement import Failure, FailureKind, Measurement, from_json
from diagnostics.quantities import ONT_QUANTITIES
from diagnostics.route import off_line
from drivers.logins import Login
from drivers.resource import Resource

PORTS = {"telnet": 23, "ssh": 22, "snmp": 161}
GRACE_S = 5.0
KINDS: dict[str, FailureKind] = {"deadline": "timeout", "cancelled": "disturbed", "unstartable": "instrument_limit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTerminal:
    """An ONT at an address, asked over the line's interface and nowhere else; no interface: over any route.

    `child` is the module that reads; `resource` given: the address is an OLT's, which is asked about that ONT.
    `scrub`: owner's words are replaced in answers and values; `commands`: asked of an ONT that no profile describes.
    `family` empty: the ONT is recognised; `folder` holds other profiles than the installed ones, `newer` those that
    stand in for installed ones of the same family; `deadline_s` bounds the whole reading, the child's start included.
    """

    address: str
    transport: str
    login: Login
    port: int = 0
    family: str = ""
    folder: Path | None = None
    newer: Path | None = None
    resource: Resource | None = None
    scrub: bool = False
    commands: tuple[str, ...] = ()
    deadline_s: float = 60.0
    interface: str = ""
    namespace: str = ""
    cancelled: Callable[[], bool] = never
    child: str = "drivers.reading"
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def read(self) -> Reading:
        """Ask the ONT everything that its profile knows; each ONT quantity comes out, as values or one failure."""
        if self.interface:
            stray = off_line(self.address, interface=self.interface, namespace=self.namespace)
            if stray is not None:
                return Reading(measurements=_all_failed(stray, self.transport, self.now()))
        heard = _Heard()
        ending = run_child(
            self.child,
            self.request(max(1.0, self.deadline_s - GRACE_S)),
            bounds=Bounds(deadline_s=self.deadline_s),
            on_line=heard.take,
            prefix=namespace_prefix(self.namespace),
            cancelled=self.cancelled,
        )
        measurements = heard.completed(ending, self.transport, self.now())
        return Reading(measurements=measurements, evidence=dict(heard.evidence), profile=heard.profile)

    def request(self, deadline_s: float) -> dict[str, Any]:
        """What the child is told; it holds the log-in, and goes by standard input only."""
        return {
            "address": self.address,
            "port": self.port or PORTS[self.transport],
            "transport": self.transport,
            "family": self.family,
            "folder": str(self.folder.absolute()) if self.folder else "",
            "newer": str(self.newer.absolute()) if self.newer else "",
            "resource": self.resource and self.resource.to_request(),
            "scrub": self.scrub,
            "commands": list(self.commands),
            "login": self.login.to_request(),
            "deadline_s": deadline_s,
        }


class _Heard:
    """What came from the child and could be understood."""

    def __init__(self) -> None:
        self.evidence: dict[str, bytes] = {}
        self.profile: ProfileUsed | None = None
        self._measured: dict[str, dict[str, Measurement]] = {}

    def take(self, line: dict[str, Any]) -> None:
        try:
            if "measurement" in line:
                made = from_json(line["measurement"])
                self._measured.setdefault(made.quantity, {}).setdefault(made.index, made)
            elif "profile" in line:
                self.profile = _profile(line["profile"])
            elif "evidence" in line:
                self.evidence[str(line["evidence"])] = base64.b64decode(line["base64"], validate=True)
        except (ValueError, KeyError, TypeError):
            return  # what is missing then comes out as a failure below

    def completed(self, ending: Ending, transport: str, taken_at: datetime) -> tuple[Measurement, ...]:
        """Every ONT quantity: as measured, or failed with how the child ended."""
        failure = Failure(
            kind=KINDS.get(ending.kind, "check_crashed"), stage="reading", detail=f"{ending.kind} {ending.detail}"
        )
        lost = {m.quantity: m for m in _all_failed(failure, transport, taken_at)}
        return tuple(m for name in ONT_QUANTITIES for m in self._measured.get(name, {"": lost[name]}).values())


def _profile(made: dict[str, Any]) -> ProfileUsed | None:
    """The profile that the child says it read by; None where these are no name and no digest."""
    family, digest = str(made["family"]), str(made["digest"])
    plain = re.fullmatch(r"[a-z][a-z0-9_]{1,40}", family) and re.fullmatch(r"[0-9a-f]{64}", digest)
    return ProfileUsed(family=family, digest=digest) if plain else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistedTerminal:
    """An ONT whose own reading, where there is one, is completed by what its OLT says of it; sources tell which."""

    own: Terminal | None
    olt: Terminal

    def read(self) -> Reading:
        """Each ONT quantity: the ONT's own values where it told any, else the OLT's, else the ONT's failure."""
        told = self.olt.read()
        if self.own is None:
            return told
        read = self.own.read()
        known = {m.quantity for m in read.measurements if m.failure is None}
        added = {m.quantity for m in told.measurements if m.failure is None} - known
        made = (
            m for name in ONT_QUANTITIES for m in (told if name in added else read).measurements if m.quantity == name
        )
        placed = tuple(_placed(m, read, told) for m in made)
        evidence = {**read.evidence, **told.evidence}
        return Reading(measurements=placed, evidence=evidence, profile=read.profile or told.profile)


def _placed(measurement: Measurement, read: Reading, told: Reading) -> Measurement:
    """Where both told a serial: whether this ONT is the one that the OLT has at the ordered place."""
    if measurement.quantity != "ont_olt_place":
        return measurement
    own, there = (_serial(reading) for reading in (read, told))
    if own is None or there is None:
        return measurement
    place = "ordered" if own.value == there.value else "elsewhere"
    return replace(measurement, value=place, failure=None, source=f"{there.source}, against {own.source}")


def _serial(reading: Reading) -> Measurement | None:
    return next((m for m in reading.measurements if m.quantity == "ont_pon_serial" and m.failure is None), None)


def _all_failed(failure: Failure, source: str, taken_at: datetime) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(quantity=name, failure=failure, taken_at=taken_at, source=source) for name in ONT_QUANTITIES
    )
