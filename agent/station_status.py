"""The status of a station: what its journal and folders say, with the daemon or without it; reads only, needs no lock.

The daemon adds what only it knows. Nothing in a status is a customer's.
"""

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from agent import acknowledgement, seal
from agent.acknowledgement import Acceptance, AcceptanceError
from agent.clock import RELEASED_AT, StationClock
from agent.config import StationConfig
from agent.kit import use as kits
from agent.storage import FULL, GIVES_WAY, fill
from agent.survey import Entry, JournalError, survey
from agent.version import VERSION
from diagnostics import strict_json
from diagnostics.errors import NotAvailable


class Kept(Protocol):
    """A journal, or what a survey found of one."""

    @property
    def directory(self) -> Path:
        """Where it lies."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every whole entry, oldest first."""

    def read(self, entry: Entry) -> str:
        """The body of an entry."""


def resting(config: StationConfig) -> dict[str, Any]:
    """The status of a station whose daemon does not run. Raises NotAvailable where it has never run."""
    directory = config.state_dir / "journal"
    if not directory.is_dir():
        raise NotAvailable(f"{directory}: this station has not run yet; start it with: prooflight serve")
    found = survey(directory)
    records = [entry.digest for entry in found.entries if entry.kind == "record"]
    answered = {made.record for entry in found.entries if (made := _acceptance(found, entry)) is not None}
    broker = None if config.mqtt is None else {"connected": False}
    return kept(config, found) | {
        "serving": False,
        "job": None,
        "records": len(records),
        "waiting": sum(digest not in answered for digest in records),
        "broker": broker,
        "delivery_said": "",
        "support": None,
        "saving": not found.damages,
    }


def kept(config: StationConfig, journal: Kept) -> dict[str, Any]:
    """What the journal and the folders beside it say."""
    last = _last(journal)
    taken, room = fill(journal.directory, config.storage_mib << 20)
    return {
        "station": config.name,
        "version": VERSION,
        "python": platform.python_version(),
        "kit": kits.status(config.state_dir),
        "inbox": _count(config.state_dir / "inbox"),
        "orders": _count(config.state_dir / "orders"),
        "orders_refused": _count(config.state_dir / "refused"),
        "last_acceptance": None if last is None else _told(last),
        "clock": StationClock(RELEASED_AT if last is None else last.issued_at).stamp().status,
        "storage": {"taken_bytes": taken, "room_bytes": room, "state": _storage_state(taken / room)},
    }


def _storage_state(share: float) -> str:
    """`free`, `tight` where the evidence of receipted records gives way, `full` where no test is begun."""
    return "full" if share >= FULL else "tight" if share >= GIVES_WAY else "free"


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*.json"))


def _told(made: Acceptance) -> dict[str, Any]:
    order = made.order.id if made.order else None
    return {"order": order, "decision": made.decision, "issued_at": made.issued_at.isoformat(timespec="seconds")}


def _last(journal: Kept) -> Acceptance | None:
    """The newest acceptance that can be read: of a result where the journal has one, for people care about those."""
    read = (_acceptance(journal, entry) for entry in reversed(journal.entries))
    found: Sequence[Acceptance] = []
    for made in read:
        if made is not None and made.decision != "recorded":
            return made
        found = found or ([made] if made is not None else [])
    return found[0] if found else None


def _acceptance(journal: Kept, entry: Entry) -> Acceptance | None:
    if entry.kind != "receipt":
        return None
    try:
        payload = seal.read(journal.read(entry), typ=seal.ACCEPTANCE).payload
        return acknowledgement.from_json(strict_json.parse_object(payload))
    except (seal.SealError, strict_json.JsonError, AcceptanceError, JournalError):
        return None  # `prooflight journal verify` tells of it
