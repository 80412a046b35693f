"""The PPPoE session of a bridged line: dials with the order's account and says how far the network let us in, and why.

It dials only where the order says bridge mode and PPPoE. What a stage proved is a value, also a refusal; a failure says
that the station could not find out. The session stays up for the checks that follow, and is released after the last.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.line import Line
from diagnostics.measurement import Failure, FailureKind, Measurement, Value

_SOURCE = "pppoe: dialled by the station"
_STAGES = ("offer", "session", "lcp", "authentication", "ipcp")
_QUANTITIES = (
    "pppoe_state",
    "pppoe_words",
    "pppoe_concentrators",
    "pppoe_concentrator",
    "pppoe_service",
    *(f"pppoe_{stage}_ms" for stage in _STAGES),
    "pppoe_echo_ms",
    "pppoe_max_payload_bytes",
    "pppoe_mtu_bytes",
    "pppoe_authentication",
    "pppoe_address_kind",
    "pppoe_dns_servers",
    "pppoe_ipv6cp",
)
# What the child calls an end that says nothing about the line, and what a technician can do about it.
_OWN_LIMITS: dict[str, tuple[FailureKind, str]] = {
    "no_password": ("instrument_limit", "write it into the file that [pppoe] passwords names"),
    "foreign_authentication": ("not_supported", "only PAP, CHAP with MD5 and none are spoken here"),
}
_SHARED = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598


def _quantities(line: Line) -> Sequence[Name]:
    if not line.dialled:
        return []
    return [(name, "") for name in _QUANTITIES]


def _run(context: Context) -> Iterable[Measurement]:
    if not context.line.dialled:
        return []
    session = context.instruments.session
    if session is None:
        absent = Failure(kind="instrument_limit", stage="pppoe", detail="dialling needs an order with its account")
        return all_failed(context, _quantities(context.line), absent, _SOURCE)
    heard = session.dial(context.tell)
    return interpret(context, heard.lines, heard.failure)


def interpret(
    context: Context, lines: Sequence[Mapping[str, Any]], failure: Failure | None = None
) -> list[Measurement]:
    """What the lines of a dialling child say, as measurements; `failure` is why they end too early, if they do."""
    told = {name: facts for line in reversed(lines) for name, facts in line.items()}
    offers = [line["offer"] for line in lines if "offer" in line]
    values = _values(told, offers)
    missing = _missing(told, failure)
    made = []
    for name in _QUANTITIES:
        value = values.get(name)
        if value is None:
            made.append(context.failed(name, missing, _SOURCE))
        elif isinstance(value, Failure):
            made.append(context.failed(name, value, _SOURCE))
        else:
            made.append(context.measured(name, value, _SOURCE))
    made += [context.measured("pppoe_concentrator", o["name"], _SOURCE, f"ac{n}") for n, o in enumerate(offers, 1)]
    return made


def _values(told: Mapping[str, Any], offers: Sequence[Mapping[str, Any]]) -> dict[str, Value | Failure | None]:
    values: dict[str, Value | Failure | None] = {f"pppoe_{s}_ms": told[s]["ms"] for s in _STAGES if s in told}
    if "up" in told or "ended" in told:
        values["pppoe_state"] = _state(told)
        values["pppoe_concentrators"] = len(offers)
        values["pppoe_words"] = _words(told)
    if offers:
        dialled = next((offer for offer in offers if not offer["words"]), offers[0])
        values["pppoe_concentrator"] = dialled["name"]
        values["pppoe_service"] = ", ".join(filter(None, dialled["services"]))
    if "session" in told:
        usual = Failure(kind="not_applicable", stage="session", detail="1492, as usual: more was not agreed on")
        values["pppoe_max_payload_bytes"] = told["session"]["max_payload"] or usual
    if "authentication" in told:
        values["pppoe_authentication"] = told["authentication"]["method"]
    if "ipcp" in told:
        values["pppoe_address_kind"] = _address_kind(told["ipcp"]["address"])
        values["pppoe_dns_servers"] = ", ".join(told["ipcp"]["dns"])
        silent = Failure(kind="timeout", stage="lcp", detail="no answer to an LCP Echo-Request")
        values["pppoe_echo_ms"] = told["echo"]["ms"] if "echo" in told else silent
        values["pppoe_ipv6cp"] = told["ipv6cp"]["state"] if "ipv6cp" in told else "silent"
    if "up" in told:
        values["pppoe_mtu_bytes"] = told["up"]["mtu"]
    return values


def _state(told: Mapping[str, Any]) -> Value | Failure:
    if "ended" not in told:
        return "up"
    state, words = told["ended"]["state"], told["ended"]["words"]
    if state not in _OWN_LIMITS:
        return str(state)
    kind, remedy = _OWN_LIMITS[state]
    return Failure(kind=kind, stage="authentication", detail=f"{words}: {remedy}")


def _words(told: Mapping[str, Any]) -> Value | Failure:
    """The peer's last words: why it refused, else what it said as it let us in."""
    words = told["ended"]["words"] if "ended" in told else told["authentication"]["words"]
    return words or Failure(kind="not_applicable", stage="pppoe", detail="the network said nothing")


def _missing(told: Mapping[str, Any], failure: Failure | None) -> Failure:
    """Why a quantity of a stage that was not reached has no value."""
    if "ended" in told and told["ended"]["state"] not in _OWN_LIMITS:
        return Failure(kind="not_applicable", stage="pppoe", detail=f"not reached: {told['ended']['state']}")
    if "ended" in told:
        limit = _state(told)
        assert isinstance(limit, Failure)
        return limit
    return failure or Failure(kind="instrument_limit", stage="pppoe", detail="the dialling child did not tell")


def _address_kind(address: str) -> str:
    given = ipaddress.IPv4Address(address)
    if given in _SHARED:
        return "shared"
    return "public" if given.is_global else "private"


CHECK = Check(name="pppoe", quantities=_quantities, run=_run, open_ended=True)
