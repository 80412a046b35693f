"""The line: what is under test and what was ordered on it; the only thing that checks and criteria know of an order.

It carries no personal data, so that it can stand in a record.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MOST_ONU_ID = 1023  # ITU-T G.987.3; a GPON has no more than 254
_TEXTS = (
    *("kind", "mode", "access", "ont_vendor", "ont_model", "ont_serial"),
    *("pon_class", "olt", "pon_port", "cable_label", "criteria"),
)
PERSONAL = ("ont_serial", "cable_label")  # of what was ordered; committed wherever it is written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What was ordered on the line: rates in decimal Mbit/s, zero where no broadband was ordered.

    `mode` is route or bridge (who dials), `access` is ipoe or pppoe, `pon_class` as the criteria name it or empty.
    `olt`, `pon_port` and `onu_id` are the operator's own resources; empty and None where the order names none.
    """

    kind: str = "install"
    services: tuple[str, ...] = ()
    down_mbps: float = 0.0
    up_mbps: float = 0.0
    mode: str = "route"
    access: str = "ipoe"
    ont_vendor: str = ""
    ont_model: str = ""
    ont_serial: str = ""
    pon_class: str = ""
    olt: str = ""
    pon_port: str = ""
    onu_id: int | None = None
    vlans: tuple[int, ...] = ()
    cable_label: str = ""
    criteria: str = "cn_telecom_ftth"

    def to_json(self) -> dict[str, Any]:
        """The ordered facts as a JSON object."""
        return asdict(self) | {"services": list(self.services), "vlans": list(self.vlans)}

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> "Ordered":
        """The ordered facts that `to_json` wrote; ValueError where a field is missing, foreign or of another type."""
        names = {f.name for f in fields(cls)}
        if set(made) != names:
            raise ValueError(f"ordered facts: fields differ: {', '.join(sorted(set(made) ^ names))}")
        for name in _TEXTS:
            if not isinstance(made[name], str):
                raise ValueError(f"ordered facts: {name} must be text")
        if made["onu_id"] is not None and (type(made["onu_id"]) is not int or not 0 <= made["onu_id"] <= MOST_ONU_ID):
            raise ValueError(f"ordered facts: onu_id must be a whole number from 0 to {MOST_ONU_ID}, or null")
        for name in ("down_mbps", "up_mbps"):
            if isinstance(made[name], bool) or not isinstance(made[name], int | float) or not 0 <= made[name] <= 1e6:
                raise ValueError(f"ordered facts: {name} must be a rate in Mbit/s")
        for name, kind in (("services", str), ("vlans", int)):
            if not isinstance(made[name], list) or not all(isinstance(v, kind) for v in made[name]):
                raise ValueError(f"ordered facts: {name} must be a list")
        return cls(**{**made, "services": tuple(made["services"]), "vlans": tuple(made["vlans"])})


_REFLECTOR = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)|\[(?P<six>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<bare>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflector:
    """The far end of a throughput test; `gate` is the port where it admits (or 0), `name` whose key signs receipts."""

    host: str
    port: int = 5201
    name: str = ""
    gate: int = 0

    @classmethod
    def parse(cls, text: str) -> "Reflector":
        """The reflector that `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address names; else ValueError."""
        found = _REFLECTOR.fullmatch(text)
        port = int(found["port"] or 5201) if found else 0
        if found is None or not 1 <= port <= 65535:
            raise ValueError(f"{text!r} is not a reflector; write HOST, HOST:PORT or [IPv6]:PORT")
        return cls(host=found["name"] or found["six"] or found["bare"], port=port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How names are checked: resolvers beside those that DHCP names, a name with known addresses, a page to ask for."""

    resolvers: tuple[str, ...] = ()
    truth_name: str = ""
    truth_addresses: tuple[str, ...] = ()
    portal_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Multicast:
    """The IPTV group that was ordered: its source (for IGMPv3), the IGMP version and the VLANs at the LAN port."""

    group: str
    source: str = ""
    version: int = 3
    vlans: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Where the ordered telephone line registers (SIP over UDP); its user is personal and does not stand here."""

    host: str
    port: int = 5060
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a check needs: where the line is plugged in, whom to reach over it, and what was ordered on it.

    `namespace` names the network namespace that holds `interface`, by name or path; empty for the station's own.
    `ont_port` is the ONT's LAN port that the station is plugged into.
    """

    interface: str
    namespace: str = ""
    gateway: str = ""
    ont_address: str = ""
    ont_port: str = "lan1"
    reflectors: tuple[Reflector, ...] = ()
    ordered: Ordered = field(default_factory=Ordered)
    names: Names = field(default_factory=Names)
    multicast: Multicast | None = None
    registrar: Registrar | None = None

    @property
    def dialled(self) -> bool:
        """Whether the station dials: in route mode the ONT holds the account, and dialling beside it would hurt."""
        return self.ordered.mode == "bridge" and self.ordered.access == "pppoe"

    @property
    def ip_interface(self) -> str:
        """The interface that IP packets of the line pass: where the station dials, the session's TUN device."""
        return f"dial-{self.interface}"[:15] if self.dialled else self.interface
