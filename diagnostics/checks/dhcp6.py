"""IPv6 on the line: routers that advertise themselves, and DHCPv6 with prefix delegation.

No router and no server is a value, not a fault: many lines are ordered without IPv6. What was granted is given back.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.dhcp import give_back, speaks_ip
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 15.0
_SOURCE = "dhcp6: router solicitation, solicit, request, release"
_NAMES = ("ra_routers", "ra_prefixes", "dhcp6_state", "dhcp6_servers", "dhcp6_address", "dhcp6_prefix")


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if speaks_ip(line) else []


def _run(context: Context) -> Iterable[Measurement]:
    if not speaks_ip(context.line):
        return []
    heard = context.instruments.wire.ask("dhcp6", {}, deadline_s=DEADLINE_S)
    give_back(context, "dhcp6", heard)
    return interpret(context, heard)


def interpret(context: Context, heard: Heard) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    replies = [line["reply"] for line in heard.lines if "reply" in line]
    if heard.failure is not None and not replies:
        return all_failed(context, [(name, "") for name in _NAMES], heard.failure, _SOURCE)
    routers = [line["router"] for line in heard.lines if "router" in line]
    servers = {line["server"]["duid"] for line in heard.lines if "server" in line}
    granted = replies[-1] if replies else {"addresses": [], "prefixes": []}
    bound = bool(granted["addresses"] or granted["prefixes"])
    state = "no_server" if not servers else "no_reply" if not replies else "bound" if bound else "refused"
    values: dict[str, Any] = {"ra_routers": len(routers), "dhcp6_state": state, "dhcp6_servers": len(servers)}
    texts = {
        "ra_prefixes": sorted({prefix for router in routers for prefix in router["prefixes"]}),
        "dhcp6_address": granted["addresses"],
        "dhcp6_prefix": granted["prefixes"],
    }
    values |= {name: " ".join(words) for name, words in texts.items() if words}
    absent = Failure(kind="not_applicable", stage="dhcp6", detail="none was given")
    return [
        context.measured(name, values[name], _SOURCE) if name in values else context.failed(name, absent, _SOURCE)
        for name in _NAMES
    ]


CHECK = Check(name="dhcp6", quantities=_quantities, run=_run)
