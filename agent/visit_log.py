"""The log of a visit: its facts in the station's journal, one entry each, synced before it counts as noted."""

from agent.journal import Journal
from agent.survey import Entry, JournalError
from agent.visit_facts import Fact, VisitError, from_json
from agent.work_order import WorkOrder
from diagnostics import strict_json

VERSION = 1
# What somebody types must not read like the head of an entry; JSON has a second spelling for every character.
_HEAD, _ESCAPED = "P1 ", "P\\u0031 "


class VisitLog:
    """What was noted on the visit of one order, which is known by its id and its exact bytes."""

    def __init__(self, journal: Journal, order: WorkOrder) -> None:
        self._journal = journal
        self._order = {"id": order.id, "digest": order.digest}
        self._facts: list[tuple[int, Fact]] = []
        self._read = 0  # how many of the journal's entries were looked at

    def append(self, fact: Fact) -> None:
        """Save one fact; when this returns it lies on the disk."""
        body = strict_json.write({"v": VERSION, "order": self._order, "fact": fact.to_json()})
        self._journal.append("visit", body.decode().replace(_HEAD, _ESCAPED))

    def facts(self) -> tuple[tuple[int, Fact], ...]:
        """Every fact of this order, oldest first, with its place among the journal's entries."""
        entries = self._journal.entries
        for place in range(self._read, len(entries)):
            if entries[place].kind == "visit" and (fact := self._fact(entries[place])) is not None:
                self._facts.append((place, fact))
        self._read = len(entries)
        return tuple(self._facts)

    def _fact(self, entry: Entry) -> Fact | None:
        try:
            made = strict_json.parse_object(self._journal.read(entry).encode())
            mine = (made["v"], made["order"]) == (VERSION, self._order)
            return from_json(made["fact"]) if mine else None
        except (strict_json.JsonError, VisitError, KeyError) as error:
            where = f"{self._journal.directory / entry.segment} at {entry.offset}"
            raise JournalError(f"{where}: not an entry of this software: {error}; name another state_dir") from error
