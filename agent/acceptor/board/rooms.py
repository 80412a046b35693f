"""What somebody who is signed in gets at each address, by the role: tables, files of them, cases, people.

It reads the ledger over a connection of its own for each request and changes nothing in it; each file of a table that
is taken along is in the audit before it leaves.
"""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.acceptor.board.asking import Asking
from agent.acceptor.board.case_page import case_page
from agent.acceptor.board.once import Once
from agent.acceptor.board.people import People, Role
from agent.acceptor.board.people_page import people_page
from agent.acceptor.board.sheets import Shown, sheet_page
from agent.acceptor.board.tables import EXPORT_ROWS, LEAST, MOST_SHOWN, PAGE_ROWS, SHEETS, filters
from agent.acceptor.board.trail import Trail
from agent.acceptor.fleet_forms import to_csv, to_json
from agent.acceptor.fleet_table import MOST_ROWS, Filters, FleetError, FleetTable
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_database import Database
from agent.http_message import Answer, Refused
from diagnostics import strict_json
from diagnostics.criteria import Criteria

_TABLE = re.compile(r"/tables/(?P<name>[a-z_]{1,40})\.(?P<form>csv|json)")
_CASE = re.compile(r"/review/(?P<digest>[0-9a-f]{8,64})")


def least_of(path: str) -> Role | None:
    """The least role that may see what is at this address; None where nothing is."""
    if found := _TABLE.fullmatch(path):
        return LEAST.get(found["name"])
    if path[1:] in SHEETS:
        return SHEETS[path[1:]].least
    if _CASE.fullmatch(path):
        return SHEETS["review"].least
    return {"/": SHEETS["orders"].least, "/people": "admin"}.get(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Everything behind the door; `ledger` opens a connection that only reads."""

    ledger: Callable[[], Database]
    criteria: Callable[[str], Criteria]
    people: Callable[[], People]
    trail: Trail
    now: Callable[[], datetime]
    silent_after: timedelta

    def show(self, asking: Asking) -> Answer:
        """What is at the address. Raises Refused, and whatever the ledger complains of."""
        request, person = asking.request, asking.person
        least = least_of(request.path)
        if least is None or person is None:
            raise Refused(404, "no_such_page")
        if not person.may(least):
            raise Refused(403, "not_your_role")
        try:
            return self._shown(asking)
        except FleetError as error:
            raise Refused(400, "odd_question", str(error)) from error

    def _shown(self, asking: Asking) -> Answer:
        path = asking.request.path
        if path == "/":
            return Answer(status=303, kind="text/plain", headers=(("Location", asking.link("/orders")),))
        if path == "/people":
            return people_page(asking, self.people(), self.trail)
        if found := _TABLE.fullmatch(path):
            return self._file(asking, found["name"], found["form"])
        with closing(self.ledger()) as connection:
            if found := _CASE.fullmatch(path):
                return case_page(asking, connection, self.criteria, found["digest"])

            once = Once(connection)

            def read(name: str, asked: Filters) -> FleetTable:
                return TABLES[name](once, asked)

            name = path[1:]
            asked = self._asked(asking, PAGE_ROWS, MOST_SHOWN)
            return sheet_page(asking, Shown(name=name, sheet=SHEETS[name], asked=asked, read=read))

    def _file(self, asking: Asking, name: str, form: str) -> Answer:
        asked = self._asked(asking, EXPORT_ROWS, MOST_ROWS)
        with closing(self.ledger()) as connection:
            found = TABLES[name](connection, asked)
        assert asking.person is not None
        query = {key: text for key, text in asking.request.query.items() if key != "lang"}
        told = " ".join(f"{key}={text}" for key, text in sorted(query.items()))
        details = {"table": f"{name}.{form}", "rows": str(len(found.rows)), "asked": told}
        self.trail.note("exported", asking.person.name, asking.request.peer, **details)
        return _as_csv(found) if form == "csv" else _as_json(found)

    def _asked(self, asking: Asking, rows: int, most: int) -> Filters:
        return filters(asking.request.query, self.now(), silent_after=self.silent_after, rows=rows, most=most)


def _as_csv(table: FleetTable) -> Answer:
    """The table as a file for spreadsheets."""
    kind = "text/csv; charset=utf-8; header=present"
    return Answer(body=to_csv(table).encode(), kind=kind, headers=_saved(f"{table.name}.csv"))


def _as_json(table: FleetTable) -> Answer:
    """The table as a file for programs."""
    return Answer(body=strict_json.write(to_json(table)), headers=_saved(f"{table.name}.json"))


def _saved(name: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Disposition", f'attachment; filename="{name}"'),)
