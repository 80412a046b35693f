"""Reads captures back over real loopback sockets: profile, transport and child as they run against a real ONT.

It proves that a profile reads from a capture exactly what the capture says must be read, on every transport.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.capture import differences, load_capture, states
from drivers.logins import Login
from drivers.profile import Profile
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import VirtualOnt, virtual_community, virtual_login, virtual_user
from drivers.virtual.servers import serve

DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """One capture read over one transport; no differences means that it was read as it must be."""

    family: str
    state: str
    way: str
    differences: tuple[str, ...]


def ways(profile: Profile) -> tuple[tuple[str, str, Login], ...]:
    """Every way to reach a family: its name, the transport, and the virtual ONT's log-in."""
    shells = [(name, name, virtual_login()) for name in profile.transports if name != "snmp"]
    agents = [
        ("snmp v2c", "snmp", virtual_community()),
        ("snmp v3", "snmp", virtual_user()),
    ]
    return (*shells, *(agents if "snmp" in profile.transports else ()))


def rehearse(
    profile: Profile, folder: Path | None = None, *, wanted: Sequence[str] | None = None
) -> Iterator[Rehearsal]:
    """Read every capture of a family, or those `wanted`, over every transport of it. Raises CaptureError."""
    for state in states(profile.family, folder) if wanted is None else wanted:
        capture = load_capture(profile.family, state, folder)
        for way, transport, login in ways(profile):
            with serve(VirtualOnt(capture=capture), transport) as server:
                terminal = ChildTerminal(
                    address=server.host,
                    port=server.port,
                    transport=transport,
                    login=login,
                    folder=folder,
                    resource=capture.resource,
                    deadline_s=DEADLINE_S,
                )
                found = differences(capture, terminal.read().measurements)
            yield Rehearsal(family=profile.family, state=state, way=way, differences=tuple(found))
