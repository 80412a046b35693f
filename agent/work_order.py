"""The work order: what was ordered, for whom, where, with which resources; parsed once, strictly, before the visit.

Every complaint names its field. Fields that are not known here are kept, not lost. What checks and records may know of
an order is its `ordered` part, which holds no personal data.
"""

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from agent.fields import Fields
from diagnostics import strict_json
from diagnostics.errors import BadInput
from diagnostics.line import MOST_ONU_ID, Multicast, Ordered, Reflector, Registrar
from diagnostics.serials import canonical_label, canonical_serial

MOST_BYTES = 1 << 20
SCHEMA = "prooflight.order/1"
_DEPTH = 16  # fields that are not known here may be nested as deep
_KINDS = ("install", "move", "repair")


class OrderError(BadInput):
    """A work order cannot be used; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When the order came, when it was booked and for when, when somebody arrived; None where not (yet) known."""

    received_at: datetime | None = None
    booked_at: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    arrived_at: datetime | None = None
    changes: tuple[tuple[datetime, datetime], ...] = ()  # told at, and the start of the window that was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One job. `digest` is SHA-256 of the order's exact bytes; `unknown` holds the fields not known here, by path."""

    id: str
    customer: str
    telephone: str
    site: str
    exchange: str
    account: str
    splitter_port: str
    circuit: str
    ordered: Ordered
    appointment: Appointment
    reflectors: tuple[Reflector, ...]
    multicast: Multicast | None
    registrar: Registrar | None
    voice_user: str
    unknown: Mapping[str, Any]
    raw: bytes
    digest: str

    @classmethod
    def parse(cls, raw: bytes) -> "WorkOrder":
        """The work order that these bytes state (JSON, UTF-8, at most 1 MiB)."""
        root = Fields(_document(raw), "", OrderError)
        root.text("schema", SCHEMA, one_of=(SCHEMA,))
        services = root.objects("services", least=1)
        resource = root.object("resource", required=True)
        account, ordered = _ordered(root, services, resource)
        by_type = {service.text("type"): service for service in services}
        voice = by_type.get("voice")
        customer, site = root.object("customer", required=True), root.object("site", required=True)
        broadband = "broadband" in ordered.services
        return cls(
            id=_id(root),
            customer=customer.text("name"),
            telephone=customer.text("telephone", ""),
            site=site.text("address"),
            exchange=root.text("exchange", ""),
            account=account,
            splitter_port=resource.text("splitter_port", ""),
            circuit=resource.text("circuit", ""),
            ordered=ordered,
            appointment=_appointment(root.object("appointment")),
            reflectors=tuple(map(_reflector, root.objects("reflectors", least=1 if broadband else 0))),
            multicast=_multicast(by_type["iptv"]) if "iptv" in by_type else None,
            registrar=_registrar(voice) if voice else None,
            voice_user=voice.text("user", "") if voice else "",
            unknown=dict(root.unknown()),
            raw=raw,
            digest=hashlib.sha256(raw).hexdigest(),
        )


def load(path: Path) -> WorkOrder:
    """The work order in a file."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise OrderError(f"{path}: {error.strerror}; name a file with a work order") from error
    try:
        return WorkOrder.parse(raw)
    except OrderError as error:
        raise OrderError(f"{path}: {error}") from error


def _id(root: Fields) -> str:
    made = root.text("id", longest=64)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", made):
        raise root.complain("id", "must be letters, digits, dots, dashes and underscores")
    return made


def _document(raw: bytes) -> Any:
    if len(raw) > MOST_BYTES:
        raise OrderError("the order is larger than 1 MiB; send the order without attachments")
    try:
        return strict_json.parse(raw.removeprefix(codecs.BOM_UTF8), size=MOST_BYTES, depth=_DEPTH)
    except strict_json.JsonError as error:
        raise OrderError(f"{error}; an order is one JSON object in UTF-8") from error


def _ordered(root: Fields, services: list[Fields], resource: Fields) -> tuple[str, Ordered]:
    types = [service.text("type", one_of=("broadband", "voice", "iptv")) for service in services]
    for place, kind in enumerate(types):
        if types.index(kind) != place:
            raise services[place].complain("type", f"{kind} is ordered twice")
    account = ""
    facts: dict[str, Any] = {}
    if "broadband" in types:
        account, facts = _broadband(services[types.index("broadband")])
    ont = root.object("ont", required=True)
    ordered = Ordered(
        kind=root.text("kind", one_of=_KINDS),
        services=tuple(types),
        ont_vendor=ont.text("vendor", ""),
        ont_model=ont.text("model", ""),
        ont_serial=canonical_serial(ont.text("serial")),
        pon_class=resource.text("pon_class", ""),
        olt=resource.text("olt"),
        pon_port=resource.text("pon_port"),
        onu_id=resource.whole("onu_id", 0, MOST_ONU_ID, None) if "onu_id" in resource else None,
        vlans=_vlans(resource),
        cable_label=canonical_label(resource.text("cable_label", "", longest=64)),
        criteria=root.text("criteria", "cn_telecom_ftth"),
        **facts,
    )
    return account, ordered


def _broadband(service: Fields) -> tuple[str, dict[str, Any]]:
    mode = service.text("mode", "route", one_of=("route", "bridge"))
    account = service.text("account", "")
    access = service.text("access", "pppoe" if account else "ipoe", one_of=("ipoe", "pppoe"))
    if access == "pppoe" and not account:
        raise service.complain("account", "is missing, and a PPPoE line needs one")
    rates = {"down_mbps": service.rate("down_mbps"), "up_mbps": service.rate("up_mbps")}
    return account, {"mode": mode, "access": access, **rates}


def _multicast(service: Fields) -> Multicast | None:
    """The IPTV group to join; None where the order names none."""
    vlans, version = _vlans(service), service.whole("igmp_version", 2, 3, 3)
    group, source = service.text("group", ""), service.text("source", "")
    if not group:
        return None
    if not _is_ipv4(group) or not 224 <= int(group.split(".")[0]) <= 239:
        raise service.complain("group", "must be an IPv4 multicast address from 224.0.0.0 to 239.255.255.255")
    if source and (not _is_ipv4(source) or version != 3):
        raise service.complain("source", "must be an IPv4 address, and needs igmp_version 3")
    if len(vlans) > 2:
        raise service.complain("vlans", "must be at most two VLANs, the outer one first")
    return Multicast(group=group, source=source, version=version, vlans=vlans)


def _is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _registrar(service: Fields) -> Registrar | None:
    """Where the telephone line registers; None where the order does not say."""
    host, port = service.text("registrar", ""), service.whole("registrar_port", 1, 65535, 5060)
    domain, user = service.text("domain", ""), service.text("user", "")
    for key, word in (("registrar", host), ("domain", domain), ("user", user)):
        if not re.fullmatch(r"[A-Za-z0-9.+_~-]*", word):
            raise service.complain(key, "must be letters, digits, dots, dashes, underscores and +")
    if host and not user:
        raise service.complain("user", "is missing, and a registrar needs one")
    return Registrar(host=host, port=port, domain=domain) if host else None


def _vlans(resource: Fields) -> tuple[int, ...]:
    vlans = resource.items("vlans")
    for place, vlan in enumerate(vlans):
        if isinstance(vlan, bool) or not isinstance(vlan, int) or not 1 <= vlan <= 4094:
            raise resource.complain(f"vlans[{place}]", "must be a VLAN from 1 to 4094")
    return tuple(vlans)


def _reflector(fields: Fields) -> Reflector:
    made = Reflector(
        host=fields.text("host"),
        port=fields.whole("port", 1, 65535, 5201),
        name=fields.text("name", ""),
        gate=fields.whole("gate", 0, 65535, 0),
    )
    if made.gate and not made.name:
        raise fields.complain("name", "is missing, and a gate is known by the name of its key")
    return made


def _appointment(fields: Fields) -> Appointment:
    window = fields.object("window")
    made = Appointment(
        received_at=fields.time("received_at"),
        booked_at=fields.time("booked_at"),
        window_from=window.time("from"),
        window_to=window.time("to"),
        arrived_at=fields.time("arrived_at"),
        changes=tuple(map(_change, fields.objects("changes"))),
    )
    if made.window_from and made.window_to and made.window_to <= made.window_from:
        raise window.complain("to", "must be later than from")
    return made


def _change(fields: Fields) -> tuple[datetime, datetime]:
    return fields.required_time("told_at"), fields.required_time("was_at")
