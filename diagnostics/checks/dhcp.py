"""DHCPv4 on the line: from discover to release, every answering server listed.

Silence and refusal are values: they are proven. What was granted is given back; where the child died over it, a second
short task gives it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 15.0
_SOURCE = "dhcp: discover, request, release"
_NAMES = (
    "dhcp_state",
    "dhcp_servers",
    "dhcp_servers_seen",
    "dhcp_offer_ms",
    "dhcp_option82",
    "dhcp_ack_ms",
    "dhcp_address",
    "dhcp_gateway",
    "dhcp_resolvers",
    "dhcp_lease_s",
    "dhcp_message",
)


def speaks_ip(line: Line) -> bool:
    """Whether the ordered broadband gives the station an address by DHCP: always but where the station must dial."""
    return "broadband" in line.ordered.services and not line.dialled


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if speaks_ip(line) else []


def _run(context: Context) -> Iterable[Measurement]:
    if not speaks_ip(context.line):
        return []
    heard = context.instruments.wire.ask("dhcp", {}, deadline_s=DEADLINE_S)
    give_back(context, "dhcp", heard)
    return interpret(context, heard)


def give_back(context: Context, task: str, heard: Heard) -> None:
    """Release what a task was granted and did not live to release."""
    leases = [line["lease"] for line in heard.lines if "lease" in line]
    if leases and not any("released" in line for line in heard.lines):
        context.instruments.wire.ask(f"{task}_release", {"lease": leases[-1]}, deadline_s=DEADLINE_S)


def interpret(context: Context, heard: Heard) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    said = {key: line[key] for line in heard.lines for key in line}
    offers = [line["offer"] for line in heard.lines if "offer" in line]
    alive = [line["alive"] for line in heard.lines if "alive" in line]
    if heard.failure is not None and not {"ack", "nak"} & said.keys():
        return all_failed(context, [(name, "") for name in _NAMES], heard.failure, _SOURCE)
    silent = "no_ack" if offers else "withheld" if alive else "no_offer"
    state = "bound" if "ack" in said else "refused" if "nak" in said else silent
    values = _values(state, offers, said.get("ack") or said.get("nak") or {})
    if state == "withheld":
        values |= _withheld(alive)
    absent = Failure(kind="not_applicable", stage="dhcp", detail=f"the exchange ended as {state}")
    return [
        context.measured(name, values[name], _SOURCE) if name in values else context.failed(name, absent, _SOURCE)
        for name in _NAMES
    ]


def _withheld(alive: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Who is there and offers nothing, and in which words, where it has any."""
    made = {"dhcp_servers_seen": ", ".join(sorted(f"{server['server']} ({server['mac']})" for server in alive))}
    words = next((server["message"] for server in alive if server["message"]), "")
    return made | ({"dhcp_message": words} if words else {})


def _values(state: str, offers: list[Mapping[str, Any]], answer: Mapping[str, Any]) -> dict[str, Any]:
    servers = sorted({f"{offer['server']} ({offer['mac']})" for offer in offers})
    made: dict[str, Any] = {"dhcp_state": state, "dhcp_servers": len(servers)}
    if offers:
        tagged = any(offer["option82"] for offer in offers)
        made |= {"dhcp_servers_seen": ", ".join(servers), "dhcp_offer_ms": offers[0]["ms"]}
        made["dhcp_option82"] = "seen" if tagged else "not_seen"
    if answer:
        made["dhcp_ack_ms"] = answer["ms"]
    if state == "bound":
        made |= {"dhcp_address": answer["address"], "dhcp_lease_s": answer["lease_s"]}
        made |= {"dhcp_gateway": answer["gateway"], "dhcp_resolvers": " ".join(answer["resolvers"])}
    if state == "refused":
        made["dhcp_message"] = answer["message"]
    return made


CHECK = Check(name="dhcp", quantities=_quantities, run=_run)
