"""What goes into a kit, gathered from a folder: profiles with the captures that prove them, and criteria, now signed.

What a station would refuse is refused here already, by the same checks; the trial on a virtual ONT is the caller's.
"""

from collections.abc import Iterator
from pathlib import Path

from agent.criteria_shelf import SUFFIX, sign
from agent.keys import PrivateKey
from agent.kit.checks import check_commands
from agent.kit.manifest import CRITERIA, MOST_FILE_BYTES, PROFILES, KitError
from diagnostics.errors import BadConfiguration, BadInput
from drivers.capture import load_capture, states
from drivers.profile_file import families, load_profile

NEEDED = ("lit", "dark")


def gather(folder: Path, key: PrivateKey, *, all_captures: bool = False) -> dict[str, bytes]:
    """The files of a kit by path, from `folder`/profiles/FAMILY and `folder`/criteria/NAME.toml; KitError.

    Of the captures only the lit and the dark one of each family go along, unless all are wanted.
    """
    try:
        made = dict([*_profiles(folder / PROFILES, all_captures), *_criteria(folder / CRITERIA, key)])
    except OSError as error:
        raise KitError(f"{error.filename}: {error.strerror}; make it readable") from error
    except (BadConfiguration, BadInput) as error:
        raise KitError(str(error)) from error
    if not made:
        raise KitError(f"{folder}: holds neither {PROFILES}/FAMILY/profile.toml nor {CRITERIA}/NAME.toml")
    for path, raw in made.items():
        if len(raw) > MOST_FILE_BYTES:
            raise KitError(f"{path}: is larger than {MOST_FILE_BYTES} bytes; shorten it")
    return made


def _profiles(folder: Path, all_captures: bool) -> Iterator[tuple[str, bytes]]:
    for family in families(folder):
        check_commands(load_profile(family, folder))
        home, found = folder / family, states(family, folder)
        missing = [state for state in NEEDED if state not in found]
        if missing:
            raise KitError(f"{family}: there is no {missing[0]} capture; add captures/{missing[0]}/capture.toml")
        yield f"{PROFILES}/{family}/profile.toml", (home / "profile.toml").read_bytes()
        for state in found if all_captures else NEEDED:
            load_capture(family, state, folder)
            for path in sorted((home / "captures" / state).iterdir()):
                yield f"{PROFILES}/{family}/captures/{state}/{path.name}", path.read_bytes()


def _criteria(folder: Path, key: PrivateKey) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.toml")):
        made, token = sign(path.read_bytes(), path.name, key)
        yield f"{CRITERIA}/{made.name}{SUFFIX}", token.encode()
