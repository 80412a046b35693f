"""The trial of a kit: each of its captures is said by a virtual ONT over a real socket and read back; in a child.

The child's end is bounded, whatever a profile's patterns do. It also reads one capture of each installed family, since
a new profile that fits an old ONT as well would leave that one unrecognised.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.kit.manifest import PROFILES, KitError
from diagnostics.child import Bounds, run_child
from diagnostics.instruments import Reading
from drivers.capture import Capture, differences, load_capture, states
from drivers.ont import Ont
from drivers.profile import Profile
from drivers.profile_file import families, load_beside
from drivers.reading import candidates, opener

DEADLINE_S = 600.0
_READING_S = 30.0
_SAMPLE = "lit"


class Postponed(Exception):
    """Somebody wants the station for something else; the trial is made again later."""


Trial = Callable[[Path, Callable[[], bool]], None]


def run_trial(folder: Path, cancelled: Callable[[], bool], *, deadline_s: float = DEADLINE_S) -> None:
    """Try an unpacked kit; KitError with the first thing that was read otherwise, Postponed where it was cancelled."""
    wrong: list[str] = []

    def take(line: dict[str, Any]) -> None:
        wrong.extend(f"{line['family']} {line['state']}: {words}" for words in line["differences"])

    request = {"folder": str(folder.absolute())}
    ending = run_child(__name__, request, bounds=Bounds(deadline_s=deadline_s), on_line=take, cancelled=cancelled)
    if ending.kind == "cancelled":
        raise Postponed
    if wrong:
        raise KitError(wrong[0] if len(wrong) == 1 else f"{wrong[0]}, and {len(wrong) - 1} more")
    if ending.kind != "done":
        raise KitError(f"its captures could not be read: {ending.kind} {ending.detail}".rstrip())


def main() -> int:
    """Read what is to be read and print, a line each, what came out otherwise."""
    folder = Path(json.loads(sys.stdin.readline())["folder"]) / PROFILES
    known = load_beside(folder)
    for capture, transport in readings(known, folder):
        found = differences(capture, read(capture, transport, known).measurements)
        print(json.dumps({"family": capture.family, "state": capture.state, "differences": found}), flush=True)
    return 0


def readings(known: Sequence[Profile], folder: Path) -> Iterator[tuple[Capture, str]]:
    """Every capture of the kit's families, and one of each family that could be taken for one of them, with the way."""
    ours = families(folder)
    spoken = {way for profile in known if profile.family in ours for way in _kinds(profile)}
    for profile in known:
        place = folder if profile.family in ours else None
        wanted = states(profile.family, place)
        for state in wanted if place else set(wanted) & {_SAMPLE}:
            capture = load_capture(profile.family, state, place)
            yield from ((capture, transport) for kind, transport in _kinds(profile).items() if kind in spoken)


def _kinds(profile: Profile) -> dict[str, str]:
    """The two ways of asking that a family knows, as a command line or as an agent, each with its first transport."""
    shells = [transport for transport in profile.transports if transport != "snmp"]
    return ({"shell": shells[0]} if shells else {}) | ({"agent": "snmp"} if "snmp" in profile.transports else {})


def read(capture: Capture, transport: str, known: Sequence[Profile]) -> Reading:
    """What is read of a capture over one transport, every known family being a candidate."""
    from drivers.virtual.ont import VirtualOnt, virtual_community, virtual_login
    from drivers.virtual.servers import serve

    login = virtual_community() if transport == "snmp" else virtual_login()
    with serve(VirtualOnt(capture=capture), transport) as server:
        request = {"address": server.host, "port": server.port, "transport": transport, "deadline_s": _READING_S}
        ont = Ont(
            opener(request, login),
            candidates(known, capture.resource),
            transport,
            now=lambda: datetime.now(UTC),
            secrets=login.secrets(),
            asked_of="olt " if capture.resource else "",
        )
        return ont.read()


if __name__ == "__main__":
    sys.exit(main())
