"""Configuration of the operator's ticket systems: where they are, who we are there, and their own words for states.

All of it is optional: without it the acceptor's own table of work orders is the only ticket system.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.config_broker import TlsSettings, tls_settings
from agent.config_web import web_address
from agent.toml_table import TomlTable

# What can become of an attempt, as ticket systems are told it.
EVENTS = ("opened", "aborted", "failed", "recorded", "closed", "rejected", "review", "refused")
_ENDED = ("aborted", "failed", "recorded", "closed", "rejected", "review", "refused")
TEST_WORDS = {"completed": "completed", "aborted": "cancelled", "failed": "failed"}  # TMF653 ServiceTest.state
WORK_WORDS = {"opened": "inProgress", "closed": "completed", "review": "pending"}  # TMF697 WorkOrder.state
WORK_FINAL = ("completed", "cancelled", "rejected", "failed")
FAULT_WORDS = {"closed": "resolved", "review": "pending"}  # TMF621 TroubleTicket.status; closing it is a person's
FAULT_FINAL = ("resolved", "closed", "cancelled", "rejected")
FAULT_STATES = ("acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Who we are at an authorization server (OAuth 2.0), and the private file (0600) that holds the secret."""

    token_url: str
    client_id: str
    secret_file: Path
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTests:
    """TMF653: where service tests are created, by which specification, and the words for how they ended."""

    url: str
    specification: str
    words: Mapping[str, str]
    events: tuple[str, ...] = _ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrders:
    """TMF697: where work orders are, and which event sets which state; one in a final state is left as it is."""

    url: str
    words: Mapping[str, str]
    final: tuple[str, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """What is told."""
        return tuple(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleTickets:
    """TMF621: where trouble tickets are, which event sets which status, and which events open one where none is."""

    url: str
    words: Mapping[str, str]
    open_for: tuple[str, ...]
    ticket_type: str
    severity: str
    final: tuple[str, ...] = FAULT_FINAL

    @property
    def events(self) -> tuple[str, ...]:
        """What is told."""
        return tuple(dict.fromkeys((*self.words, *self.open_for)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where each event is posted; signed by HMAC with the secret in a private file, without one by our own key."""

    url: str
    events: tuple[str, ...]
    secret_file: Path | None = None


System = ServiceTests | WorkOrders | TroubleTickets | Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSettings:
    """The systems that are told, by name, and how they are reached; none: only our own table is kept.

    `mapping` is the file by which their work orders become ours.
    """

    systems: Mapping[str, System] = field(default_factory=dict)
    oauth2: ClientCredentials | None = None
    tls: TlsSettings | None = None
    deadline_s: int = 10
    mapping: Path | None = None

    def told(self, event: str) -> tuple[str, ...]:
        """The systems that an event is told to."""
        return tuple(name for name, system in self.systems.items() if event in system.events)


def ticket_settings(table: TomlTable) -> TicketSettings:
    """The settings that a [tickets] table states."""
    readers: Mapping[str, Callable[[TomlTable], System]]
    readers = {"tmf653": _tests, "tmf697": _work, "tmf621": _faults, "webhook": _webhook}
    return TicketSettings(
        systems={name: read(table.table(name)) for name, read in readers.items() if name in table},
        oauth2=_credentials(table.table("oauth2")) if "oauth2" in table else None,
        tls=tls_settings(table.table("tls")) if "tls" in table else None,
        deadline_s=table.whole("deadline_s", 1, 120, 10),
        mapping=table.path("mapping", None),
    )


def _credentials(table: TomlTable) -> ClientCredentials:
    return ClientCredentials(
        token_url=web_address(table, "token_url"),
        client_id=table.text("client_id"),
        secret_file=table.path("secret_file"),
        scope=table.text("scope", ""),
    )


def _tests(table: TomlTable) -> ServiceTests:
    words = table.table("states")
    return ServiceTests(
        url=web_address(table, "url"),
        specification=table.text("specification"),
        words={name: words.text(name, standard) for name, standard in TEST_WORDS.items()},
    )


def _work(table: TomlTable) -> WorkOrders:
    final = table.texts("final") or WORK_FINAL
    return WorkOrders(url=web_address(table, "url"), words=_words(table, WORK_WORDS), final=final)


def _faults(table: TomlTable) -> TroubleTickets:
    words = _words(table, FAULT_WORDS)
    for event, word in words.items():
        if word not in FAULT_STATES:
            raise table.complain("states", f"{event}: must be one of {', '.join(FAULT_STATES)}; a person closes it")
    return TroubleTickets(
        url=web_address(table, "url"),
        words=words,
        open_for=_events(table, "open_for", ()),
        ticket_type=table.text("ticket_type", "line acceptance"),
        severity=table.text("severity", "Major"),
    )


def _webhook(table: TomlTable) -> Webhook:
    events = _events(table, "events", _ENDED)
    return Webhook(url=web_address(table, "url"), events=events, secret_file=table.path("secret_file", None))


def _words(table: TomlTable, standard: Mapping[str, str]) -> dict[str, str]:
    """The receiver's word for each event that sets a state; an event with the word "" sets none."""
    states = table.table("states")
    for name in states.names():
        if name not in EVENTS:
            raise table.complain("states", f"{name} is not an event; the events are {', '.join(EVENTS)}")
    told = {name: states.text(name, "") if name in states else standard.get(name) for name in EVENTS}
    return {name: word for name, word in told.items() if word}


def _events(table: TomlTable, key: str, standard: tuple[str, ...]) -> tuple[str, ...]:
    for name in table.texts(key):
        if name not in EVENTS:
            raise table.complain(key, f"{name} is not an event; the events are {', '.join(EVENTS)}")
    return table.texts(key) or standard
