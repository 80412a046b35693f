"""The inbox: a folder that work orders are put into, one file each, and taken from one at a time.

An order is claimed - moved to `orders/` - before its test begins, so that a station that dies in the test does not test
for ever; what was refused lies in `refused/` beside its reason. Nothing that came in is deleted.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import assignment
from agent.acceptance import Load, demands
from agent.assignment import Assignment, Withdrawal
from agent.disk import Disk
from agent.trust import Trust, TrustError
from agent.work_order import OrderError
from diagnostics import criteria
from diagnostics.errors import NotAvailable

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that is not an order that can be tested, and why."""

    file: str
    reason: str


class Inbox:
    """The folders of one station."""

    def __init__(self, state_dir: Path) -> None:
        self._waiting = state_dir / "inbox"
        self._claimed = state_dir / "orders"
        self._refused = state_dir / "refused"
        self._seen = state_dir / "seen"
        for folder in (self._waiting, self._claimed, self._refused, self._seen):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise NotAvailable(f"{folder}: {error.strerror}; make it writable for this user") from error

    @property
    def folder(self) -> Path:
        """Where orders are put: write under another name and rename to `*.json` when whole."""
        return self._waiting

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be taken."""
        return any(self._waiting.glob(f"*{_SUFFIX}"))

    @property
    def claimed(self) -> Path:
        """Where orders lie once they were taken."""
        return self._claimed

    def put(self, raw: bytes, way: str = "mqtt") -> None:
        """Take in what came by a message, or by another way; the same bytes again bring nothing new."""
        name = f"{way}-{hashlib.sha256(raw).hexdigest()}"
        seen = self._seen / name
        try:
            if not seen.exists():
                Disk().replace(self._waiting / f"{name}{_SUFFIX}", raw)
                Disk().replace(seen, b"")
        except OSError as error:
            raise NotAvailable(f"{self._waiting}: an order could not be saved: {error.strerror}") from error

    def take(self, trust: Callable[[], Trust], load: Load = criteria.load) -> Assignment | Withdrawal | Refusal | None:
        """The oldest order or revocation that waits, claimed for us; a refusal where it is neither; None: none."""
        waiting = sorted(self._waiting.glob(f"*{_SUFFIX}"), key=lambda path: (path.lstat().st_mtime_ns, path.name))
        if not waiting:
            return None
        path = waiting[0]
        try:
            found = assignment.load(path, trust, load)
            if isinstance(found, Withdrawal):
                path.rename(self._claimed / f"revocation-{found.revocation.order[:12]}{_SUFFIX}")
                return found
            demands(found.order, load)
        except (OrderError, TrustError, criteria.CriteriaError) as error:
            return self._refuse(path, str(error))
        anchor = found.ref.anchor if found.signed else found.order.digest
        path.rename(self._claimed / f"{found.order.id}-{anchor[:12]}{_SUFFIX}")
        return found

    def _refuse(self, path: Path, reason: str) -> Refusal:
        path.rename(self._refused / path.name)
        (self._refused / f"{path.name}.reason").write_text(reason + "\n")
        return Refusal(file=path.name, reason=reason)
