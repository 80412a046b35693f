"""A desk whose decisions are told to a ticket server, by senders that a test steps through with its own clock."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_outbox import Outbox
from agent.acceptor.office import Office
from agent.acceptor.sender import Sender
from agent.acceptor.senders import systems
from agent.config_ledger import LedgerPlace
from agent.config_tickets import (
    TEST_WORDS,
    WORK_FINAL,
    WORK_WORDS,
    ClientCredentials,
    ServiceTests,
    TicketSettings,
    TroubleTickets,
    Webhook,
    WorkOrders,
)
from agent.keys import PrivateKey
from diagnostics import criteria
from tests.agent.acceptor.conftest import NOW, Desk
from tests.agent.acceptor.ticket_server import SECRET, TicketServer
from tests.agent.conftest import Ring

ALL = ("opened", "aborted", "failed", "recorded", "closed", "rejected", "review", "refused")
LEASE_S = 100.0


def settings_for(server: TicketServer, folder: Path, deadline_s: int = 60) -> TicketSettings:
    """All four systems at one server, whose secret is written into a folder."""
    secret = folder / "client.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    return settings_at(server.peer.url, secret, deadline_s)


def settings_at(url: str, secret: Path, deadline_s: int = 60) -> TicketSettings:
    """All four systems at one address."""
    api, words = f"{url}/api/v4", {"closed": "resolved", "review": "pending"}
    return TicketSettings(
        systems={
            "tmf653": ServiceTests(url=f"{api}/serviceTest", specification="ftth", words=TEST_WORDS),
            "tmf697": WorkOrders(url=f"{api}/workOrder", words=WORK_WORDS, final=WORK_FINAL),
            "tmf621": TroubleTickets(
                url=f"{api}/troubleTicket",
                words=words,
                open_for=("rejected",),
                ticket_type="line acceptance",
                severity="Major",
            ),
            "webhook": Webhook(url=f"{url}/hook", events=ALL),
        },
        oauth2=ClientCredentials(token_url=f"{url}/token", client_id="desk", secret_file=secret),
        deadline_s=deadline_s,
    )


def office_of(key: PrivateKey, settings: TicketSettings, *, close_unanchored: bool = True) -> Office:
    """A back office whose decisions are told so."""
    return Office(
        name="desk", key=key, close_unanchored=close_unanchored, load_criteria=criteria.load, told=settings.told
    )


WEAK = {"ont_rx_power_dbm": -30.0}


def state(server: TicketServer) -> str:
    """What the server holds of the first work order."""
    return str(server.things["workOrder"]["WO-1"]["state"])


def violations(body: dict[str, Any]) -> list[str]:
    """The rules that a service test has violated."""
    return [rule["name"] for each in body["testMeasure"] for rule in each.get("ruleViolation", [])]


class Bench:
    """The desk, its outbox and the senders; time stands still until a test moves it."""

    def __init__(self, place: LedgerPlace, ring: Ring, settings: TicketSettings, *, close_unanchored: bool = True):
        self.place = place
        self.now = NOW
        self.said: list[str] = []
        office = office_of(ring.acceptor, settings, close_unanchored=close_unanchored)
        self.desk = Desk(Ledger(place, office), ring.trust)
        self.outbox = Outbox(self.desk.ledger.connection)
        self.systems = systems(settings, office)
        self.senders = {name: self.sender(name) for name in self.systems}

    def sender(self, name: str) -> Sender:
        """A sender for one system, as another process would have one."""
        return Sender(
            name,
            self.systems[name],
            lambda: connect(self.place),
            lease_s=LEASE_S,
            say=self.said.append,
            now=lambda: self.now,
            clock=self.passed_s,
            chance=lambda: 0.0,
        )

    def step(self, name: str) -> float:
        """One step of one sender."""
        return self.senders[name].step()

    def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        self.now += timedelta(seconds=seconds)

    def passed_s(self) -> float:
        """The time that a test has let pass."""
        return (self.now - NOW).total_seconds()

    def work_off(self, *names: str, patience: int = 40) -> None:
        """Let senders work, and time pass, until nothing waits for them."""
        for _ in range(patience):
            for name in names or self.senders:
                while self.step(name) == 0:
                    pass
            if not self.rows("waiting", *names):
                return
            self.pass_time(60)
        raise AssertionError(self.rows("waiting"))

    def rows(self, state: str, *names: str) -> list[tuple[str, str, str]]:
        """What is in a state: system, event, and what was said of it."""
        rows = self.outbox.rows(state)
        return [(row["target"], row["event"], row["said"]) for row in rows if not names or row["target"] in names]


def only(settings: TicketSettings, *names: str) -> TicketSettings:
    """The same settings with some of the systems."""
    return replace(settings, systems={name: settings.systems[name] for name in names})
