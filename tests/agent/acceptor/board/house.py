"""A fleet's page as it is served: a ledger with a small fleet in it, one person of each role, and browsers of theirs.

The fleet is of our own making and the same in every run; beside its facts there are real records of a real desk, of
which one waits for a person.
"""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from agent.acceptor.board.door import Door
from agent.acceptor.board.people import ROLES, Person, Role
from agent.acceptor.board.rooms import Rooms
from agent.acceptor.board.site import FORM_BYTES, Site
from agent.acceptor.board.trail import Trail
from agent.acceptor.fleet_facts import Fact, OrderStep, milliseconds
from agent.acceptor.ledger_database import Database
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_fleet import Fleet
from agent.chain import Chain
from agent.config_board import BoardSettings
from agent.config_ledger import LedgerPlace
from agent.page_server import listening
from diagnostics import criteria
from diagnostics.secret import Secret
from tests.agent import samples
from tests.agent.acceptor.conftest import NOW, desk, visit
from tests.agent.conftest import Ring

PASSWORD = Secret("seven green lorries")
HOSTILE = "<img src=x onerror=alert(1)>\"'&=cmd|' /C calc'!A0"


class Quick(Person):
    """Somebody whose password is known without the fifth of a second that a hash takes."""

    __slots__ = ()

    def matches(self, password: Secret) -> bool:
        return password == PASSWORD


def quick(name: str, role: Role = "support", salt: str = "aa") -> Quick:
    """Somebody with a role."""
    return Quick(name=name, role=role, since=NOW, kept={"salt": salt})


PEOPLE: dict[str, Person] = {role: quick(role, role) for role in ROLES}
_AT_ONCE = 200
_AREAS = ("OLT-NORTH-1", "OLT-NORTH-2", "OLT-EAST-1", "OLT-WEST-3")
_FAMILIES = (("huawei_hg8245h", "V3R017C10S120"), ("zte_f660", "V8.0.10P1T2"), ("fiberhome_an5506", "RP2631"))
_CAUSES = ("weak_light", "", "", "port_below_gigabit", "", "wrong_vlan", "", "", "cable_errors", "", "bufferbloat")


def fill(connection: Database, count: int) -> None:
    """Put a fleet's worth of facts and work orders of forty days into a ledger."""
    fleet = Fleet(connection)
    for first in range(0, count, _AT_ONCE):
        facts = [_fact(number) for number in range(first, min(first + _AT_ONCE, count))]
        fleet.add(facts)
        fleet.begin([_step(fact, number) for number, fact in enumerate(facts, first)])
    for circuit in range((count + 5) // 6):
        fleet.compare(f"{circuit:064x}")


def _fact(number: int) -> Fact:
    family, firmware = _FAMILIES[number * 7 % 11 % 3]
    ordered, share = (100_000, 500_000, 1_000_000)[number % 3], 940 + (number * 29) % 90 - (number % 17 == 0) * 260
    decision = ("rejected" if share < 900 else "review") if number % 13 in (5, 9) or share < 900 else "closed"
    kinds = {"rejected": "limit_failed", "review": ("limit_unproven", "figures_apart")[number % 2]}.get(decision, "")
    return Fact(
        **{"digest": f"{number:064x}", "order_id": f"WO-F-{number}", "attempt": f"{number:064x}"},
        at=milliseconds(NOW - timedelta(hours=1 + (number * 37) % (40 * 24))),
        **{"kind": "repair" if number % 6 == 5 else "install", "decision": decision, "kinds": kinds},
        **{"cause": _CAUSES[number % len(_CAUSES)], "family": family, "firmware": firmware},
        **{"area": _AREAS[number * 5 % 7 % 4], "station": f"station-{number % 9 + 1}", "down_kbps": ordered},
        **{"down_permille": share, "up_kbps": ordered // 5, "up_permille": min(1040, share + 15)},
        rx=-1750 - (number * number * 13) % 700,
        circuit=f"{number // 6 if number % 6 in (0, 5) else 10_000 + number:064x}",
    )


def _step(fact: Fact, number: int) -> OrderStep:
    state: Any = fact.decision if number % 8 else "open"
    day = fact.at // 86_400_000
    return OrderStep(order_id=fact.order_id, state=state, attempt=fact.attempt, day=day, area=fact.area)


@dataclass
class Browser:
    """One browser's requests to the page; it keeps its cookie."""

    host: str
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **more: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Status, headers and text of one answer."""
        wanted = {"Host": self.host, **self.headers, **{name.replace("_", "-"): text for name, text in more.items()}}
        if self.cookie:
            wanted.setdefault("Cookie", self.cookie)
        connection = http.client.HTTPConnection(self.host, timeout=120)
        try:
            connection.request(method, path, body=body, headers=wanted)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        for given in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = given.partition(";")[0]
        return answer.status, answer.headers, text

    def shown(self, path: str) -> str:
        """What is at an address, where it is shown."""
        status, _, text = self.ask("GET", path)
        assert status == 200, (path, status, text)
        return text

    def posts(
        self, path: str, *, more: dict[str, str] | None = None, **form: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """Send a form as a browser would."""
        kind = {"Content-Type": "application/x-www-form-urlencoded", **(more or {})}
        return self.ask("POST", path, urlencode(form).encode(), **{k.replace("-", "_"): v for k, v in kind.items()})

    def enters(self, name: str, password: Secret = PASSWORD) -> int:
        """Sign in; the status."""
        return self.posts("/sign-in", name=name, password=password.reveal())[0]

    def word(self) -> str:
        """The page's own word against forged requests."""
        found = re.search(r'name="word" value="([^"]+)"', self.shown("/orders"))
        assert found
        return found[1]


@dataclass
class House:
    """A page that is served, and what stands behind it."""

    folder: Path
    site: Site
    host: str
    people: dict[str, Person]
    now: float = 1000.0

    @property
    def audit(self) -> Path:
        return self.folder / "audit"

    def browser(self, role: str = "") -> Browser:
        """A browser, signed in as the person of a role where one is named."""
        made = Browser(self.host)
        assert not role or made.enters(role) == 303
        return made


@contextmanager
def house(folder: Path, *, url: str = "", ledger: LedgerPlace | None = None) -> Iterator[House]:
    """The page of a ledger until the block ends; its clocks stand still until they are moved."""
    settings = BoardSettings(host="127.0.0.1", port=0, url=url, users=folder / "users", audit=folder / "audit")
    people, place = dict(PEOPLE), ledger or folder / "ledger"
    moments: list[House] = []

    def opened() -> Database:
        return connect(place, read_only=True)

    def now() -> datetime:
        return NOW + timedelta(hours=2)

    rooms = Rooms(
        ledger=opened,
        criteria=criteria.load,
        people=lambda: people,
        trail=Trail(settings.audit, now),
        now=now,
        silent_after=timedelta(hours=24),
    )
    door = Door(lambda: people, lambda: moments[0].now if moments else 1000.0)
    site = Site(settings=settings, door=door, rooms=rooms)
    with listening(site, "127.0.0.1", 0, table="board", body_bytes=FORM_BYTES) as address:
        moments.append(House(folder, site, address.split("/")[2], people))
        yield moments[0]


def small_fleet(place: LedgerPlace, ring: Ring, station: Chain, count: int = 600) -> str:
    """A ledger with a real desk's records and a fleet's facts; the digest of the record that waits for a person."""
    made = desk(place, ring)
    try:
        answers = [
            answer
            for number, values in enumerate(({}, {"ont_rx_power_dbm": -30.0}, samples.UNPROVEN), 1)
            for token in visit(station, number, **values)
            for answer in made.take(token)
        ]
        made.ledger.connection.transact(lambda: fill(made.ledger.connection, count))
        waits = answers[-1]
        assert waits.decision == "review"
        return waits.record
    finally:
        made.ledger.close()
