"""The kinds of ONT that a planned line can have: family, way in, serial, where each says what a fault changes; data.

What a kind does not say is not in its table; a line with such a fault gets a kind that says it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from drivers.logins import Login
from drivers.virtual.edited_ont import Edit
from drivers.virtual.ont import virtual_community, virtual_login

_NUMBER = r"-?\d+\.\d+"


@dataclass(frozen=True, slots=True, kw_only=True)
class OntKind:
    """One family as a virtual line has it.

    `says`: what may be changed -> question (or OID), what its answer says, and what it says instead, in which `{}` is
    the value. `able`: what it can be or do besides: captured states, words for a session that is taken, live counters.
    """

    family: str
    transport: str
    port: int
    serial: str
    says: Mapping[str, tuple[str, str, str]]
    able: frozenset[str]

    def edit(self, what: str, value: Any = "") -> Edit:
        """The edit that lets this ONT say another value."""
        question, pattern, instead = self.says[what]
        return question, pattern, instead.format(value)

    def has(self, needs: Iterable[str]) -> bool:
        """Whether this ONT says, is or does all of these."""
        return set(needs) <= self.says.keys() | self.able

    @property
    def login(self) -> Login:
        """The log-in that this ONT takes."""
        return virtual_community() if self.transport == "snmp" else virtual_login()


def _diag(what: str, unit_form: str) -> tuple[str, str, str]:
    return f"diag pon get transceiver {what}", _NUMBER, unit_form


REALTEK = OntKind(
    family="realtek_rtl960x",
    transport="telnet",
    port=23,
    serial="ZTEG4D2A9C17",
    says={
        "rx-power": _diag("rx-power", "{:.6f}"),
        "tx-power": _diag("tx-power", "{:.6f}"),
        "bias-current": _diag("bias-current", "{:.6f}"),
        "temperature": _diag("temperature", "{:.6f}"),
        "port-100": ("diag port get status port all", r"(0 +Up +)1000M", r"\g<1>100M"),
        "half-duplex": ("diag port get status port all", r"(0 +Up +\d+M +)Full", r"\g<1>Half"),
        "serial": ("flash get GPON_SN", "4D2A9C17", "{:08X}"),
        "identity": ("flash get PON_VENDOR_ID", r"(?m)^PON_VENDOR_ID=.*", "sh: flash: not found {:04x}"),
        "loid": ("omcicli get loidauth", r"(?m)^Auth Status : \d+", "Auth Status : {}"),
    },
    able=frozenset(("emergency-stop", "fake-o5", "standby", "ranging", "shell", "uptime", "fec")),
)
HUAWEI = OntKind(
    family="huawei_wap",
    transport="telnet",
    port=23,
    serial="HWTC4D2A9C17",
    says={
        "rx-power": ("display optic", r"(?m)^(RxPower\s*: )-?[\d.]+", r"\g<1>{:.2f}"),
        "tx-power": ("display optic", r"(?m)^(TxPower\s*: )-?[\d.]+", r"\g<1>{:.2f}"),
        "bias-current": ("display optic", r"(?m)^(Bias\s*: )\d+", r"\g<1>{:.0f}"),
        "temperature": ("display optic", r"(?m)^(Temperature\s*: )\d+", r"\g<1>{:.0f}"),
        "port-100": ("omcicmd mib show meid 11 instid 65535", r"(Att7, AttSize = 0x1, AttContent: [01])3", r"\g<1>2"),
        "half-duplex": ("omcicmd mib show meid 11 instid 65535", r"(Att7, AttSize = 0x1, AttContent: )0", r"\g<1>1"),
        "serial": ("display sn", "4D2A9C17", "{:08X}"),
        "identity": ("display version", r"(?m)^main software version.*", "ERROR::Command is not existed {:04x}"),
    },
    able=frozenset(("emergency-stop", "fake-o5", "standby", "ranging", "shell", "uptime", "busy", "olt")),
)
ZHONE = OntKind(
    family="dasan_znid",
    transport="snmp",
    port=161,
    serial="ZNTS0411C7E9",
    says={
        "rx-power": ("1.3.6.1.4.1.5504.2.5.43.1.2.1.7.1", r"^\S+ dBm", "{:.2f} dBm"),
        "temperature": ("1.3.6.1.4.1.5504.2.5.43.1.2.1.10.1", r"^\S+ C", "{:.1f} C"),
        "port-100": ("1.3.6.1.2.1.31.1.1.1.15.3", "1000", "100"),
        "serial": ("1.3.6.1.4.1.5504.3.1.21.1.3.1.1.3", "0411C7E9", "{:08X}"),
    },
    able=frozenset(("uptime", "octets", "port-errors")),
)
CIG = OntKind(
    family="nokia_cig",
    transport="telnet",
    port=23,
    serial="ALCLF24D2A9C",
    says={
        "serial": ("/traffic/pon/show onu", "f24d2a9c", "{:08x}"),
        "onu-id": ("/traffic/pon/show onu", r"(?m)^Onu id 17", "Onu id {}"),
        "loid": ("/system/mib/show 256", r"(?m)^(AuthState += )\d+", r"\g<1>{}"),
    },
    able=frozenset(("fake-o5", "standby", "shell", "busy")),
)
KINDS = (REALTEK, HUAWEI, ZHONE, CIG)


def kinds_with(needs: Iterable[str]) -> tuple[OntKind, ...]:
    """The kinds of ONT that have all of this; where none has, those that have most of it."""
    wanted = set(needs)
    most = max(sum(kind.has([need]) for need in wanted) for kind in KINDS)
    return tuple(kind for kind in KINDS if sum(kind.has([need]) for need in wanted) == most)
