"""Configuration: the station's and the acceptor's TOML files, read strictly into frozen nouns.

An unknown key, a wrong type or a missing value is one line that names file, key and remedy. Passwords are read from
files of their own, only when they are needed, and never stand in a configuration, a print or a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface
from pathlib import Path

from agent.config_board import BoardSettings, board_settings
from agent.config_broker import MqttSettings, mqtt_settings, read_secret
from agent.config_hook import HookSettings, hook_settings
from agent.config_ledger import LedgerPlace, ledger_place
from agent.config_lines import LineServiceSettings, line_service_settings
from agent.config_metrics import MetricsSettings, metrics_settings
from agent.config_page import PageSettings, page_settings
from agent.config_tickets import TicketSettings, ticket_settings
from agent.toml_table import TomlTable, load
from diagnostics.line import Names, Reflector

STORAGE_MIB = 2048
STATION_FILE = Path("/etc/prooflight/station.toml")
_TRANSPORTS = ("telnet", "ssh", "snmp")
ACCEPTOR_FILE = Path("/etc/prooflight/acceptor.toml")
REFLECTOR_FILE = Path("/etc/prooflight/reflector.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSettings:
    """Where the customer's line is plugged in; `reflector` serves a diagnosis without an order.

    `address` is how `prooflight line` gives the interface one: dhcp, none, or ADDRESS/PREFIX.
    """

    interface: str
    namespace: str = ""
    gateway: str = ""
    address: str = "dhcp"
    reflector: Reflector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """The private file (mode 0600) that holds the passwords of telephone lines, by SIP user."""

    passwords: Path | None = None

    def password(self, user: str) -> str:
        """The password of one SIP user, read when it is needed; empty where none is known."""
        if self.passwords is None:
            return ""
        read_secret(self.passwords)  # refuses a file that others may read
        root = load(self.passwords)
        table = root.table("password", required=True)
        return table.text(user, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class OntSettings:
    """How the ONT, or an OLT that knows it, is reached.

    `port` 0 is the transport's own; transport `none`: the ONT lets nobody in; empty `family` means to find it out.
    """

    address: str
    port: int = 0
    transport: str = "telnet"
    family: str = ""
    logins: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PppoeSettings:
    """What a station dials with: the file with the accounts' passwords, and the service to ask for, if not any."""

    passwords: Path | None = None
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationConfig:
    """All that one station must know; `mqtt` is None where results are not delivered from here, `web`
    where no page is served.

    `technician` is the number by which signed orders know who works with it, never a name; `storage_mib` is the most
    that its journal may take; `criteria` is where signed criteria sets lie.
    """

    file: Path
    name: str
    state_dir: Path
    key: Path
    trust: Path
    technician: str = ""
    storage_mib: int = STORAGE_MIB
    criteria: Path | None = None
    line: LineSettings | None = None
    names: Names = field(default_factory=Names)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    ont: OntSettings | None = None
    olts: Mapping[str, OntSettings] = field(default_factory=dict)
    pppoe: PppoeSettings = field(default_factory=PppoeSettings)
    mqtt: MqttSettings | None = None
    web: PageSettings | None = None
    hook: HookSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptorConfig:
    """All that one acceptor must know; `close_unanchored` lets work orders be closed that nobody signed.

    `order_key` signs orders; only the machine that issues them has it, and `circuits_key`, by which lines are known
    again. `lines` is a file that says which source networks serve which lines, `line_service` a server that is asked.
    `board` is None where no page of the fleet is served.
    """

    file: Path
    name: str
    key: Path
    trust: Path
    database: LedgerPlace
    mqtt: MqttSettings
    close_unanchored: bool = False
    order_key: Path | None = None
    circuits_key: Path | None = None
    criteria: Path | None = None
    lines: Path | None = None
    line_service: LineServiceSettings | None = None
    tickets: TicketSettings = field(default_factory=TicketSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    board: BoardSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectorConfig:
    """All that one reflector's gate must know; runs are served on `2 * capacity` ports from `first_port` on.

    `mqtt` is None where receipts reach the acceptor only through the stations.
    """

    file: Path
    name: str
    key: Path
    trust: Path
    state_dir: Path
    address: str
    port: int
    first_port: int
    capacity: int
    mqtt: MqttSettings | None = None


def load_reflector(given: Path | None, environ: Mapping[str, str]) -> ReflectorConfig:
    """The reflector's configuration, found as the station's is."""
    root = load(_file(given, environ, REFLECTOR_FILE))
    reflector = root.table("reflector", required=True)
    made = ReflectorConfig(
        file=root.file,
        name=reflector.name("name"),
        key=reflector.path("key"),
        trust=reflector.path("trust"),
        state_dir=reflector.path("state_dir"),
        address=reflector.text("address"),
        port=reflector.whole("port", 1, 65535, 5200),
        first_port=reflector.whole("first_port", 1024, 65000, 5210),
        capacity=reflector.whole("capacity", 1, 64, 4),
        mqtt=mqtt_settings(root.table("mqtt")) if "mqtt" in root else None,
    )
    root.done()
    return made


def load_station(given: Path | None, environ: Mapping[str, str]) -> StationConfig:
    """The station's configuration: the file given, else the one that PROOFLIGHT_CONFIG names, else the system's."""
    root = load(_file(given, environ, STATION_FILE))
    station, olts, pppoe = root.table("station", required=True), root.table("olt"), root.table("pppoe")
    name, state_dir = station.name("name"), station.path("state_dir")
    made = StationConfig(
        file=root.file,
        name=name,
        state_dir=state_dir,
        key=station.path("key"),
        trust=station.path("trust"),
        technician=station.text("technician", ""),
        storage_mib=station.whole("storage_mib", 64, 1 << 20, STORAGE_MIB),
        criteria=station.path("criteria", None),
        line=_line(root.table("line")) if "line" in root else None,
        names=_names(root.table("dns")),
        voice=VoiceSettings(passwords=root.table("voice").path("passwords", None)),
        ont=_ont(root.table("ont"), (*_TRANSPORTS, "none")) if "ont" in root else None,
        olts={name: _ont(olts.table(name)) for name in olts.names()},
        pppoe=PppoeSettings(passwords=pppoe.path("passwords", None), service=pppoe.text("service", "")),
        mqtt=mqtt_settings(root.table("mqtt")) if "mqtt" in root else None,
        web=page_settings(root.table("web"), name, state_dir) if "web" in root else None,
        hook=hook_settings(root.table("hook")) if "hook" in root else None,
    )
    root.done()
    return made


def load_acceptor(given: Path | None, environ: Mapping[str, str]) -> AcceptorConfig:
    """The acceptor's configuration, found as the station's is."""
    root = load(_file(given, environ, ACCEPTOR_FILE))
    acceptor = root.table("acceptor", required=True)
    made = AcceptorConfig(
        file=root.file,
        name=acceptor.name("name"),
        key=acceptor.path("key"),
        trust=acceptor.path("trust"),
        database=ledger_place(acceptor, root.table("ledger")),
        mqtt=mqtt_settings(root.table("mqtt", required=True)),
        close_unanchored=acceptor.flag("close_unanchored", False),
        order_key=acceptor.path("order_key", None),
        circuits_key=acceptor.path("circuits_key", None),
        criteria=acceptor.path("criteria", None),
        lines=acceptor.path("lines", None),
        line_service=line_service_settings(root.table("lines")) if "lines" in root else None,
        tickets=ticket_settings(root.table("tickets")),
        metrics=metrics_settings(root.table("metrics")),
        board=board_settings(root.table("board")) if "board" in root else None,
    )
    if made.lines and made.line_service:
        raise acceptor.complain("lines", "there is a table [lines] as well; keep one of the two")
    root.done()
    return made


def _file(given: Path | None, environ: Mapping[str, str], standard: Path) -> Path:
    return given or Path(environ.get("PROOFLIGHT_CONFIG") or standard)


def _line(table: TomlTable) -> LineSettings:
    reflector = None
    if "reflector" in table:
        try:
            reflector = Reflector.parse(table.text("reflector"))
        except ValueError as error:
            raise table.complain("reflector", str(error)) from error
    return LineSettings(
        interface=table.text("interface"),
        namespace=table.text("namespace", ""),
        gateway=table.text("gateway", ""),
        address=_line_address(table),
        reflector=reflector,
    )


def _line_address(table: TomlTable) -> str:
    address = table.text("address", "dhcp")
    if address not in ("dhcp", "none"):
        try:
            ip_interface(address)
        except ValueError as error:
            raise table.complain("address", "must be dhcp, none, or an address such as 192.168.1.2/24") from error
    return address


def _names(table: TomlTable) -> Names:
    made = Names(
        resolvers=_addresses(table, "resolvers"),
        truth_name=table.text("truth_name", ""),
        truth_addresses=_addresses(table, "truth_addresses"),
        portal_url=table.text("portal_url", ""),
    )
    if bool(made.truth_name) != bool(made.truth_addresses):
        raise table.complain("truth_name", "truth_name and truth_addresses go together")
    if made.portal_url and not made.portal_url.startswith("http://"):
        raise table.complain("portal_url", "must begin with http:// (a page that answers 204)")
    return made


def _addresses(table: TomlTable, key: str) -> tuple[str, ...]:
    for text in table.texts(key):
        try:
            ip_address(text)
        except ValueError as error:
            raise table.complain(key, "must be a list of IP addresses in quotes") from error
    return table.texts(key)


def _ont(table: TomlTable, transports: tuple[str, ...] = _TRANSPORTS) -> OntSettings:
    return OntSettings(
        address=table.text("address"),
        port=table.whole("port", 0, 65535, 0),
        transport=table.text("transport", "telnet", one_of=transports),
        family=table.text("family", ""),
        logins=table.path("logins", None),
    )
