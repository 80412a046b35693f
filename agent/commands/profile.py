"""`prooflight profile`: list the ONT families, check and prove them against their captures, record new ones.

`test` serves every capture over real sockets on loopback and reads it back; only `capture` asks a real device.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.commands import profile_capture
from agent.display import Display
from diagnostics.errors import BadConfiguration
from drivers.capture import ORIGINS, load_capture, states
from drivers.profile import Profile
from drivers.profile_file import families, load_profile

DIFFERS = 3
NEEDED = ("lit", "dark")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight profile`."""
    parser.add_argument("action", choices=("list", "lint", "test", "capture"))
    parser.add_argument("names", nargs="*", metavar="FAMILY", help="families (all); for capture the ONT's ADDRESS")
    parser.add_argument("--folder", type=Path, help="a folder of profiles other than the installed ones")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    profile_capture.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """List, lint, test or capture; ends with 3 where a capture was read otherwise than it must be."""
    if arguments.action == "capture":
        return profile_capture.capture(arguments)
    names = arguments.names or families(arguments.folder)
    if not names:
        raise BadConfiguration(f"{arguments.folder}: holds no FAMILY/profile.toml; name the folder above the families")
    profiles = [load_profile(name, arguments.folder) for name in names]
    action = {"list": _list, "lint": _lint, "test": _test}[arguments.action]
    return action(profiles, arguments.folder, arguments.json)


def _list(profiles: Sequence[Profile], folder: Path | None, as_json: bool) -> int:
    origins = [(p, {s: load_capture(p.family, s, folder).origin for s in states(p.family, folder)}) for p in profiles]
    if as_json:
        rows = [
            {"family": p.family, "title": p.title, "transports": list(p.transports), "captures": captures}
            for p, captures in origins
        ]
        print(json.dumps({"profiles": rows}, indent=1))
        return 0
    print("| family | what it is | transports | captures, by origin |")
    print("|---|---|---|---|")
    for p, captures in origins:
        print(f"| {p.family} | {p.title} | {', '.join(p.transports)} | {_by_origin(captures)} |")
    return 0


def _by_origin(captures: Mapping[str, str]) -> str:
    """The states of a family, those of each origin together; a constructed one proves no device."""
    found = {origin: [state for state, of in captures.items() if of == origin] for origin in ORIGINS}
    return "; ".join(f"{origin}: {', '.join(those)}" for origin, those in found.items() if those)


def _lint(profiles: Sequence[Profile], folder: Path | None, as_json: bool) -> int:
    for profile in profiles:
        found = states(profile.family, folder)
        for state in NEEDED:
            if state not in found:
                raise BadConfiguration(
                    f"{profile.family}: there is no {state} capture; add captures/{state}/capture.toml"
                )
        for state in found:
            load_capture(profile.family, state, folder)
    if as_json:
        print(json.dumps({"fine": [p.family for p in profiles]}))
        return 0
    for profile in profiles:
        captures = len(states(profile.family, folder))
        print(f"{profile.family}: fine, {len(profile.readings)} quantities, {captures} captures")
    return 0


def _test(profiles: Sequence[Profile], folder: Path | None, as_json: bool) -> int:
    from drivers.virtual.rehearsal import rehearse

    made = []
    display = Display()
    for profile in profiles:
        for one in rehearse(profile, folder):
            made.append(one)
            if not as_json:
                display.say(f"{one.family} {one.state} {one.way}: {'FAILED' if one.differences else 'ok'}")
                for line in one.differences:
                    display.say(f"  {line}")
    failed = sum(bool(one.differences) for one in made)
    if as_json:
        rows = [
            {"family": o.family, "capture": o.state, "way": o.way, "differences": list(o.differences)} for o in made
        ]
        print(json.dumps({"rehearsals": rows}, indent=1))
    else:
        display.say(f"{len(made) - failed} of {len(made)} read as they must be")
    return DIFFERS if failed else 0
