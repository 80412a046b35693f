"""Work orders of others read into ours: TMF697 work orders and TMF641 service orders, by a mapping that is data; pure.

A mapping names for each field of our order where its value stands, or states it. What comes out is checked as strictly
as any order; what the mapping does not name is left behind.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.acceptor.tmf_mapping import OrderMapping
from agent.work_order import MOST_BYTES, SCHEMA, OrderError, WorkOrder
from diagnostics import strict_json

_RATES = ("down_mbps", "up_mbps")
_WHOLES = ("onu_id", "registrar_port", "igmp_version")
_LISTS = ("vlans",)
_NUMBER = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(?P<unit>[A-Za-z/]*)")
_MBPS = {"": 1.0, "mbps": 1.0, "mbit/s": 1.0, "gbps": 1e3, "gbit/s": 1e3, "kbps": 1e-3, "kbit/s": 1e-3}
_DEPTH = 24


def parse(raw: bytes) -> dict[str, Any]:
    """The document that these bytes state; OrderError where they state none."""
    try:
        made = strict_json.parse(raw, size=MOST_BYTES, depth=_DEPTH)
    except strict_json.JsonError as error:
        raise OrderError(f"{error}; a TM Forum work order is one JSON object") from error
    if isinstance(made, list) and len(made) == 1:
        made = made[0]
    if not isinstance(made, dict):
        raise OrderError("not one JSON object; name one work order, not a list of them")
    return made


def read_order(document: Mapping[str, Any], mapping: OrderMapping) -> WorkOrder:
    """Our work order; OrderError names the field that is wrong, and where the mapping looked for what is missing."""
    made: dict[str, Any] = {"schema": SCHEMA}
    services: dict[str, dict[str, Any]] = {}
    absent = []
    for target, rule in mapping.order.items():
        value = rule.value(document)
        if value is None:
            absent.append(f"{target} from {rule}")
            continue
        _place(made, services, target, _typed(target, value), stated=rule.fixed is not None)
    ordered = [service for service in services.values() if not service.pop("stated")]
    made["services"] = ordered
    try:
        return WorkOrder.parse(strict_json.write(made))
    except OrderError as error:
        lacks = f"; {mapping.file} found nothing for {', '.join(absent[:4])}" if absent else ""
        raise OrderError(f"{error}{lacks}") from error


def read_links(document: Mapping[str, Any], mapping: OrderMapping) -> dict[str, str]:
    """The ids under which ticket systems know the order, its service and its trouble ticket."""
    found = {name: rule.value(document) for name, rule in mapping.links.items()}
    # A name of dots alone would be another address once it stands in a path.
    return {name: str(value)[:200] for name, value in found.items() if value is not None and set(str(value)) - {"."}}


def _place(made: dict[str, Any], services: dict[str, dict[str, Any]], target: str, value: Any, *, stated: bool) -> None:
    """Put a value where its field stands; a service is ordered only if something of it was found, not just stated."""
    *above, last = target.split(".")
    if above[:1] == ["services"]:
        service = services.setdefault(above[1], {"type": above[1], "stated": True})
        service["stated"] = service["stated"] and stated
        service[last] = value
        return
    for name in above:
        made = made.setdefault(name, {})
    made[last] = value


def _typed(target: str, value: Any) -> Any:
    """The value in the type that its field has; a text that is no such value stays, and is complained of by name."""
    last = target.rpartition(".")[2]
    if last in _LISTS:
        parts = value if isinstance(value, list) else re.split(r"[,;\s]+", str(value).strip())
        return [int(part) if str(part).isdecimal() else part for part in parts]
    if last in (*_RATES, *_WHOLES):
        return _number(value, last in _RATES)
    return value if isinstance(value, dict | list) else str(value)


def _number(value: Any, rate: bool) -> Any:
    found = _NUMBER.fullmatch(str(value).strip())
    if found is None or (found["unit"].lower() not in _MBPS if rate else found["unit"]):
        return value
    number = float(found["number"]) * (_MBPS[found["unit"].lower()] if rate else 1.0)
    return int(number) if number == int(number) else round(number, 6)
