"""Kits for the tests: of real profiles, of wrong ones, of criteria; and a keeper that tries nothing."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.criteria_shelf import sign
from agent.kit import package
from agent.kit.package import Kit
from agent.kit.store import Store
from agent.kit.trial import Trial
from agent.kit.waiting import Waiting
from diagnostics import criteria
from drivers.profile_file import profiles_folder
from tests.agent.conftest import Ring

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FAMILY = "broadcom_gpon"
PROFILE = (profiles_folder() / FAMILY / "profile.toml").read_bytes()
OURS = (Path(criteria.__file__).parent / "criteria" / "cn_telecom_ftth.toml").read_text()
MINE = OURS.replace('name = "cn_telecom_ftth"', 'name = "mine"', 1).encode()


def family_files(family: str = FAMILY, states: tuple[str, ...] = ("lit", "dark")) -> dict[str, bytes]:
    """The files of an installed family, as they stand in a kit."""
    home = profiles_folder() / family
    paths = [home / "profile.toml", *(path for state in states for path in (home / "captures" / state).iterdir())]
    return {f"profiles/{family}/{path.relative_to(home)}": path.read_bytes() for path in paths}


def with_title(title: str) -> dict[str, bytes]:
    """The profile of a family under another title: another digest, and nothing else of it."""
    lines = PROFILE.decode().splitlines(keepends=True)
    made = "".join(f'title = "{title}"\n' if line.startswith("title = ") else line for line in lines)
    return {f"profiles/{FAMILY}/profile.toml": made.encode()}


def criteria_files(ring: Ring, name: str = "mine") -> dict[str, bytes]:
    """A signed criteria set, as it stands in a kit."""
    raw = OURS.replace('name = "cn_telecom_ftth"', f'name = "{name}"', 1).encode()
    return {f"criteria/{name}.criteria": sign(raw, "mine.toml", ring.criteria)[1].encode()}


def kit(ring: Ring, version: int, files: Mapping[str, bytes] | None = None, **said: Any) -> Kit:
    """A kit of the ring's criteria key."""
    named: dict[str, Any] = {"name": "north", "software": "0.1.0", "made_at": AT, "key": ring.criteria} | said
    return package.make(with_title(f"of kit {version}") if files is None else files, version=version, **named)


def hand_over(store: Store, made: Kit) -> Path:
    """Let a kit wait for the keeper."""
    return Waiting(store.folder, store.disk).put_kit(made.write(), made.digest)


def untried(folder: Path, cancelled: Callable[[], bool]) -> None:
    """A trial that finds nothing wrong."""


UNTRIED: Trial = untried
