"""Reads a virtual ONT over a real socket inside the test's own process, where a child would only cost time."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from diagnostics.instruments import Reading
from diagnostics.measurement import Measurement
from drivers.logins import Login
from drivers.ont import Ont
from drivers.profile import Profile
from drivers.profile_file import load_profile
from drivers.reading import opener
from drivers.virtual.ont import VirtualOnt, virtual_login
from drivers.virtual.servers import serve

HUAWEI = load_profile("huawei_wap")


def read_here(
    ont: VirtualOnt,
    transport: str = "telnet",
    login: Login | None = None,
    *,
    profiles: Sequence[Profile] = (HUAWEI,),
    deadline_s: float = 8.0,
) -> Reading:
    """What `Ont` reads from this device."""
    with serve(ont, transport) as server:
        made = read_at(server.host, server.port, transport, login, profiles=profiles, deadline_s=deadline_s)
        if transport == "telnet" and not ont.faults.silent:
            ont.left.wait(10)
    return made


def read_at(
    host: str,
    port: int,
    transport: str = "telnet",
    login: Login | None = None,
    *,
    profiles: Sequence[Profile] = (HUAWEI,),
    deadline_s: float = 8.0,
) -> Reading:
    """What `Ont` reads from a port."""
    request = {"address": host, "port": port, "transport": transport, "deadline_s": deadline_s}
    login = login or virtual_login()
    ont = Ont(opener(request, login), profiles, transport, now=lambda: datetime.now(UTC), secrets=login.secrets())
    return ont.read()


def outcome(reading: Reading, quantity: str) -> object:
    """The value of one quantity, or the kind of its failure."""
    (made,) = [m for m in reading.measurements if m.quantity == quantity]
    return made.failure.kind if made.failure else made.value


def failures(reading: Reading) -> dict[str, Measurement]:
    """The readings that failed, by name, without those that the profile does not know."""
    return {m.name: m for m in reading.measurements if m.failure and m.failure.kind != "not_supported"}


def timed(began: float) -> float:
    """Seconds since then."""
    return time.monotonic() - began
