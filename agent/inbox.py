"""The inbox: a folder that work orders are put into, one file each, and taken from one at a time.

An order is claimed - moved to `orders/` - before its test begins, so that a station that dies in the test does not test
for ever; what was refused lies in `refused/` beside its reason. Nothing that came in is deleted.
"""

from dataclasses import dataclass
from pathlib import Path

from agent import work_order
from agent.acceptance import demands
from agent.work_order import OrderError, WorkOrder
from diagnostics.errors import NotAvailable

_SUFFIX = ".json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file that is not an order that can be tested, and why."""

    file: str
    reason: str


class Inbox:
    """The three folders of one station."""

    def __init__(self, state_dir: Path) -> None:
        self._waiting = state_dir / "inbox"
        self._claimed = state_dir / "orders"
        self._refused = state_dir / "refused"
        for folder in (self._waiting, self._claimed, self._refused):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise NotAvailable(f"{folder}: {error.strerror}; make it writable for this user") from error

    @property
    def folder(self) -> Path:
        """Where orders are put: write under another name and rename to `*.json` when whole."""
        return self._waiting

    def take(self) -> WorkOrder | Refusal | None:
        """The oldest order that waits, claimed for us; a refusal where it is none; None where nothing waits."""
        waiting = sorted(self._waiting.glob(f"*{_SUFFIX}"), key=lambda path: (path.lstat().st_mtime_ns, path.name))
        if not waiting:
            return None
        path = waiting[0]
        try:
            order = work_order.load(path)
            demands(order)
        except OrderError as error:
            return self._refuse(path, str(error))
        path.rename(self._claimed / f"{order.id}-{order.digest[:12]}{_SUFFIX}")
        return order

    def _refuse(self, path: Path, reason: str) -> Refusal:
        path.rename(self._refused / path.name)
        (self._refused / f"{path.name}.reason").write_text(reason + "\n")
        return Refusal(file=path.name, reason=reason)
