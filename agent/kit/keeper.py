"""The keeper of a station's kits: takes in what waits, tries it, puts it into force, goes back; all between two tests.

What waits lies in a folder, so that a station that dies in the middle begins anew; one that dies over the same kit
three times refuses it. The journal is told of each change at least once.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.chain import Chain
from agent.kit import checks, package
from agent.kit.manifest import KitError
from agent.kit.package import FILE_BYTES, Kit
from agent.kit.store import Store
from agent.kit.trial import Postponed, Trial, run_trial
from agent.kit.unpacking import unpack
from agent.kit.use import target, usable
from agent.kit.waiting import BACK, Waiting
from agent.trust import TrustError
from diagnostics import strict_json
from diagnostics.errors import NotAvailable

MOST_TRIES = 3


class Keeper:
    """The one who changes kits; used by the thread that tests, and by it alone."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        *,
        say: Callable[[str], None],
        trial: Trial = run_trial,
    ) -> None:
        self._store = store
        self._chain = chain
        self._say = say
        self._trial = trial
        self._waiting = Waiting(store.folder, store.disk)
        self._put_off: set[tuple[Path, int]] = set()
        self._noted = -1
        self._waiting.sweep()
        store.sweep_drafts()

    def step(self, cancelled: Callable[[], bool]) -> bool:
        """Take one thing that waits, if there is one; whether anything happened. Ends early once it is cancelled."""
        told = self._tell()
        waiting = [path for path in self._waiting.paths() if (path, _age(path)) not in self._put_off]
        if not waiting:
            return told
        path = waiting[0]
        try:
            self._go_back(path) if path.name == BACK else self._take(path, cancelled)
            self._waiting.remove(path)
        except Postponed:
            self._waiting.ended(path)
        except KeyboardInterrupt:  # somebody ends the station, not the kit
            self._waiting.ended(path)
            raise
        except (NotAvailable, TrustError, OSError) as error:  # no fault of the kit
            self._put_off.add((path, _age(path)))
            self._say(f"kit: {error}; it is looked at again at the next start")
        self._tell()
        return True

    def _tell(self) -> bool:
        """Tell the journal what has changed and was not told yet; whether there was anything."""
        standing = self._store.standing()
        if standing.changes in (standing.noted, self._noted):
            return False
        self._noted = standing.changes
        current = standing.current.to_json() if standing.current else None
        told = {"note": "kit", "in_force": current, "why": standing.why}
        self._chain.journal.append("note", strict_json.write(told).decode())
        with suppress(NotAvailable):  # then it is told once more after the next start
            self._store.save(standing.told())
        return True

    def _take(self, path: Path, cancelled: Callable[[], bool]) -> None:
        title = f"kit {path.stem[:12]}"
        try:
            raw = self._waiting.read(path, FILE_BYTES + 1)
            kit = package.opened(raw, self._store.trust(), self._chain.floor)
            title = kit.title
            if kit.digest == self._store.standing().in_force:
                return
            self._check(kit, path, cancelled)
        except KitError as error:
            self._store.save(self._store.standing().with_refusal(title, str(error)))
            self._say(f"kit: {title} is refused: {error}")
        else:
            self._store.put_in_force(kit, f"{title} was installed")
            self._say(f"kit: {title} is in force")

    def _check(self, kit: Kit, path: Path, cancelled: Callable[[], bool]) -> None:
        """Refuse a kit that must not come into force, with KitError."""
        checks.check_newer(kit.manifest, self._store.standing().highest)
        checks.check_software(kit.manifest)
        if self._waiting.begun(path) > MOST_TRIES:
            raise KitError(f"the station ended {MOST_TRIES} times while it was tried")
        folder = unpack(kit.files, self._store.unpacked(kit.digest))
        checks.check_files(kit, folder, self._store.trust)
        checks.check_captures(kit, folder)
        self._say(f"kit: {kit.title} is tried")
        if kit.manifest.families:
            self._trial(folder, cancelled)

    def _go_back(self, path: Path) -> None:
        wanted = self._waiting.read(path, 64).decode("ascii", errors="replace").strip()
        try:
            known = target(self._store.standing(), wanted)
            usable(self._store, known)
        except KitError as error:
            self._say(f"kit: cannot go back: {error}")
            return
        title = known.title if known else "the software's own profiles"
        self._store.save(self._store.standing().back_at(known, f"rolled back to {title}"))
        self._say(f"kit: rolled back to {title}")


def _age(path: Path) -> int:
    """When a file was last written, so that the same kit is looked at again where it is handed over again."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
