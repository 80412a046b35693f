"""Whether a kit can be used at all: its software, its profiles, their captures, its criteria; starts nothing.

What it finds wrong is one KitError that names the file. Reading the captures as an ONT would say them is `trial`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from agent import criteria_shelf, seal
from agent.criteria_shelf import SUFFIX, SignedCriteriaError
from agent.kit.manifest import CRITERIA, PROFILES, KitError, Manifest, is_older
from agent.kit.package import Kit
from agent.trust import Trust
from agent.version import VERSION
from diagnostics import criteria
from diagnostics.errors import BadConfiguration, BadInput
from drivers.capture import load_capture, states
from drivers.new_family import may_change
from drivers.profile import Profile
from drivers.profile_file import families, load_profile


def check_software(manifest: Manifest, software: str = VERSION) -> None:
    """Refuse a kit that wants newer software than this; KitError."""
    if is_older(software, manifest.software):
        raise KitError(f"wants prooflight {manifest.software}, and this is {software}; update the software first")


def check_newer(manifest: Manifest, highest: int) -> None:
    """Refuse a kit whose version is not above every one that was in force here; KitError."""
    if manifest.version <= highest:
        back = "go back to an older one with: prooflight kit rollback"
        raise KitError(f"version {manifest.version} is not newer than {highest}, which was in force here; {back}")


def check_files(kit: Kit, folder: Path, trust: Callable[[], Trust]) -> tuple[Profile, ...]:
    """The profiles of an unpacked kit, once each of them and every criteria set of it was read; KitError."""
    try:
        profiles = tuple(load_profile(family, folder / PROFILES) for family in kit.manifest.families)
        for name in kit.manifest.criteria:
            check_criteria(kit.files[f"{CRITERIA}/{name}{SUFFIX}"], name, trust())
    except (BadConfiguration, BadInput, seal.SealError) as error:
        raise KitError(str(error)) from error
    for profile in profiles:
        check_commands(profile)
    return profiles


def check_commands(profile: Profile) -> None:
    """Refuse a profile that types what may change an ONT, unless the installed one of its family does so; KitError."""
    known = load_profile(profile.family).commands() if profile.family in families() else frozenset()
    changing = sorted(command for command in profile.commands() - known if may_change(command))
    if changing:
        raise KitError(f"{profile.family}: {changing[0][:60]!r} may change an ONT or never end; a kit only asks")


def check_criteria(raw: bytes, name: str, trust: Trust) -> None:
    """Refuse a criteria set that is not signed, bears another name, or would replace one of the software's own."""
    made = criteria_shelf.opened(raw.decode("ascii", errors="replace"), trust)
    if made.name != name:
        raise SignedCriteriaError(f"{name}{SUFFIX}: holds {made.name}; name the file {made.name}{SUFFIX}")
    if name in criteria.names():
        raise SignedCriteriaError(f"{name}{SUFFIX}: {name} comes with the software; give your own set another name")


def check_captures(kit: Kit, folder: Path) -> None:
    """Refuse captures that cannot be read, and those of a family without a profile; KitError."""
    strangers = sorted(set(_captured(kit.manifest)) - set(kit.manifest.families))
    if strangers:
        raise KitError(f"{PROFILES}/{strangers[0]}: has captures and no profile.toml; add it")
    try:
        for family in kit.manifest.families:
            for state in states(family, folder / PROFILES):
                load_capture(family, state, folder / PROFILES)
    except BadInput as error:
        raise KitError(str(error)) from error


def _captured(manifest: Manifest) -> Iterator[str]:
    return (path.split("/")[1] for path in manifest.files if path.startswith(f"{PROFILES}/"))
