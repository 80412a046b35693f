"""The kit in use: by which profiles and criteria a test is made that begins now, and what its records say of it.

A kit that cannot be used any more - damaged, its signer revoked, its software rolled back - never stops a test: the one
before it comes into force again, or the software's own profiles alone, and both is told.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config import StationConfig
from agent.kit import checks
from agent.kit.manifest import CRITERIA, PROFILES, KitError
from agent.kit.standing import KnownKit, Standing
from agent.kit.store import Store
from agent.kit.unpacking import unpack
from agent.kit.waiting import Waiting
from agent.trust import Trust, load_trust
from diagnostics.errors import NotAvailable


@dataclass(frozen=True, slots=True, kw_only=True)
class KitInUse:
    """The kit that a test uses from its beginning to its end; `known` None: only what the software brings."""

    known: KnownKit | None = None
    profiles: Path | None = None

    def pin(self) -> dict[str, Any]:
        """What a record's environment says of it; nothing where there is no kit."""
        if self.known is None:
            return {}
        return {"kit": self.known.digest, "kit_name": self.known.name, "kit_version": self.known.version}


NO_KIT = KitInUse()
FOLDER = "kits"


def store_of(config: StationConfig) -> Store:
    """The store of a station."""
    return Store(folder=config.state_dir / FOLDER, trust=lambda: load_trust(config.trust))


def profiles_of(config: StationConfig) -> Path | None:
    """The profiles of the kit in force, for what leaves no record; KitError where the kit cannot be used."""
    store = store_of(config)
    return usable(store, store.standing().current).profiles


def _standing(state_dir: Path) -> Standing:
    return Store(folder=state_dir / FOLDER, trust=Trust).standing()


def criteria_of(state_dir: Path) -> Path | None:
    """Where the signed criteria of the kit in force lie; None where none is in force."""
    current = _standing(state_dir).current
    return state_dir / FOLDER / current.digest / CRITERIA if current else None


def in_force(state_dir: Path) -> KitInUse:
    """The kit in force as the pointer names it, without looking into it: for what only says so."""
    return KitInUse(known=_standing(state_dir).current)


def told(state_dir: Path) -> dict[str, str]:
    """What a station says of its kits in its birth; nothing where it never had one."""
    standing = _standing(state_dir)
    named = {"kit": standing.current.title if standing.current else "", "kit_refused": standing.refused}
    return {name: words for name, words in named.items() if words}


def status(state_dir: Path) -> dict[str, Any]:
    """What a station's status says of its kits."""
    standing = _standing(state_dir)
    waiting = len(Waiting(state_dir / FOLDER).paths())
    current = standing.current.to_json() if standing.current else None
    return {"in_force": current, "waiting": waiting, "last": standing.why, "refused": standing.refused}


def usable(store: Store, known: KnownKit | None) -> KitInUse:
    """A kit, verified anew and unpacked, with every profile and criteria set of it read; KitError."""
    if known is None:
        return NO_KIT
    kit = store.load(known)
    checks.check_software(kit.manifest)
    folder = unpack(kit.files, store.unpacked(kit.digest))
    checks.check_files(kit, folder, store.trust)
    return KitInUse(known=known, profiles=folder / PROFILES)


def target(standing: Standing, wanted: str) -> KnownKit | None:
    """The kit to go back to: by its version, `0` for none, empty for the one before; KitError where it is not kept."""
    if wanted == "0":
        return None
    if not wanted:
        if standing.current is None:
            raise KitError("no kit is in force")
        return standing.before()
    found = next((kit for kit in standing.known if str(kit.version) == wanted), None)
    if found is None:
        kept = ", ".join(str(kit.version) for kit in standing.known) or "none"
        raise KitError(f"version {wanted} is not kept here; kept: {kept}, and 0 stands for the software's own profiles")
    return found


def begin(store: Store, say: Callable[[str], None]) -> KitInUse:
    """The kit for a test that begins; one that cannot be used any more gives way to the newest before it that can."""
    standing = store.standing()
    try:
        return usable(store, standing.current)
    except (KitError, NotAvailable) as error:
        assert standing.current is not None
        failed, why = standing.current, str(error)
    for known in reversed([each for each in standing.known if each.version < failed.version]):
        try:
            found = usable(store, known)
        except (KitError, NotAvailable):
            continue
        return _fallen(store, standing, failed, found, why, say)
    return _fallen(store, standing, failed, NO_KIT, why, say)


def _fallen(
    store: Store, standing: Standing, failed: KnownKit, found: KitInUse, why: str, say: Callable[[str], None]
) -> KitInUse:
    instead = found.known.title if found.known else "the software's own profiles"
    words = f"fell back from {failed.title} to {instead}: {why}"
    with suppress(NotAvailable):  # a disk that is full must not keep the line from being tested
        store.save(standing.with_refusal(failed.title, why).back_at(found.known, words))
    say(f"kit: {words}")
    return found
