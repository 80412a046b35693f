"""Route or bridge, and carrier-grade NAT: found out from what is already known of the line, nothing is sent.

The ONT's own word counts before the address that DHCP granted; where the station dials, its session counts alone. Pure
but for the stamps.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.dhcp import speaks_ip
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

_SHARED = IPv4Network("100.64.0.0/10")  # RFC 6598
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
_OTHER = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "198.18.0.0/15", "224.0.0.0/3")))
_UNKNOWN = Failure(kind="not_supported", stage="mode", detail="neither the ONT nor an address tells")


def kind_of(address: str) -> str:
    """private, shared (by the provider), public, or empty where the address says nothing."""
    try:
        made = IPv4Address(address)
    except ValueError:
        return ""
    if any(made in network for network in _PRIVATE):
        return "private"
    if made in _SHARED:
        return "shared"
    return "" if any(made in network for network in _OTHER) else "public"


def _quantities(line: Line) -> Sequence[Name]:
    return [("line_mode", ""), ("line_cgnat", "")] if speaks_ip(line) or line.dialled else []


def _run(context: Context) -> Iterable[Measurement]:
    if not _quantities(context.line):
        return []
    if context.line.dialled:
        return _dialled(context)
    return [_mode(context), _cgnat(context)]


def _dialled(context: Context) -> list[Measurement]:
    """What the station's own session proves: that it came up, and what kind of address it was given."""
    kinds = _known(context, "pppoe_address_kind")
    if not kinds:
        unknown = Failure(kind="not_supported", stage="mode", detail="no session of the station's came up")
        return all_failed(context, _quantities(context.line), unknown, "pppoe")
    source = f"pppoe: the station's own session came up with a {kinds[0]} address"
    found = {"public": "none", "shared": "cgnat"}.get(str(kinds[0]))
    cgnat = context.failed("line_cgnat", _UNKNOWN, source)
    return [
        context.measured("line_mode", "bridge", source),
        cgnat if found is None else context.measured("line_cgnat", found, source),
    ]


def _mode(context: Context) -> Measurement:
    told = {str(value) for value in _known(context, "ont_wan_mode")}
    if len(told) == 1:
        return context.measured("line_mode", told.pop(), "the ONT's own word")
    address = _granted(context)
    found = {"private": "route", "public": "bridge", "shared": "bridge"}.get(kind_of(address))
    if found is None:
        return context.failed("line_mode", _UNKNOWN, "dhcp")
    return context.measured("line_mode", found, f"dhcp: the address {address} is {kind_of(address)}")


def _cgnat(context: Context) -> Measurement:
    outside = [str(value) for value in _known(context, "ont_wan_address")]
    kinds = {kind_of(address) for address in outside} - {""}
    if kinds:
        behind = "public" not in kinds
        return context.measured("line_cgnat", "cgnat" if behind else "none", f"the ONT's WAN is {' '.join(outside)}")
    address = _granted(context)
    found = {"public": "none", "shared": "cgnat"}.get(kind_of(address))
    if found is None:
        return context.failed("line_cgnat", _UNKNOWN, "dhcp")
    return context.measured("line_cgnat", found, f"dhcp: the address {address} is {kind_of(address)}")


def _granted(context: Context) -> str:
    return next((str(value) for value in _known(context, "dhcp_address")), "")


def _known(context: Context, quantity: str) -> list[object]:
    return [m.value for m in context.known if m.quantity == quantity and m.value is not None]


CHECK = Check(name="mode", quantities=_quantities, run=_run)
