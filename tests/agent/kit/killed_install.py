"""A station that is killed at every call of what takes a kit in, from its arrival to its first use, and started again.

Run as `python -m tests.agent.kit.killed_install FOLDER [EVERY]`; EVERY n: only at every n-th call. Prints how many
kills there were, and after how many of them the old and the new kit were in force. Each life is a fork of this process,
which has no threads.
"""

import json
import os
import shutil
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.keys import PrivateKey, new_private
from agent.kit import package, use
from agent.kit.arrival import Arrival, messages
from agent.kit.keeper import Keeper
from agent.kit.package import Kit
from agent.kit.store import Store
from agent.trust import Trust, parse_trust
from diagnostics import strict_json
from diagnostics.child import never
from tests.agent.kit.making import untried, with_title

AGENT = Path(__file__).parents[3] / "agent"
WATCHED = (str(AGENT / "kit"), str(AGENT / "disk.py"))
AT = datetime(2026, 11, 23, tzinfo=UTC)


class Axe:
    """Counts calls of what takes a kit in, and falls at one of them."""

    def __init__(self, kill_at: int) -> None:
        self._left = kill_at

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(WATCHED):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Box:
    """A station that kits are sent to."""

    def __init__(self, folder: Path) -> None:
        keys = folder / "keys"
        keys.mkdir(mode=0o700)
        self.station, self._signer = new_private(keys / "station"), new_private(keys / "criteria")
        self.trust = parse_trust(strict_json.write({"keys": [entry(self._signer)]}), "trust")
        self.kits = [self._kit(version) for version in (1, 2)]

    def _kit(self, version: int) -> Kit:
        named: dict[str, Any] = {"name": "north", "version": version, "software": "0.1.0", "made_at": AT}
        return package.make(with_title(f"of kit {version}"), **named, key=self._signer)

    def live(self, state: Path, made: Kit) -> tuple[int, int, list[int]]:
        """Start, use what is in force, take a kit in as it is sent: the versions in force then, and of all notes."""
        store = Store(folder=state / use.FOLDER, trust=self._trusted)
        with Journal(state / "journal") as journal:
            chain = Chain(journal, key=self.station, station="s1", clock=StationClock())
            before = use.begin(store, lambda words: None).pin().get("kit_version", 0)
            arrival = Arrival(store)
            for payload in messages(made):
                arrival.take(payload)
            keeper = Keeper(store, chain, say=lambda words: None, trial=untried)
            while keeper.step(never):
                pass
            after = use.begin(store, lambda words: None).pin().get("kit_version", 0)
            notes = [json.loads(journal.read(entry)) for entry in journal.entries if entry.kind == "note"]
            return before, after, [note["in_force"]["version"] for note in notes if note["note"] == "kit"]

    def _trusted(self) -> Trust:
        return self.trust


def entry(key: PrivateKey) -> dict[str, Any]:
    return {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": "criteria", "name": "standards"}


def main(folder: Path, every: int = 1) -> None:
    box = Box(folder)
    base = folder / "base"
    assert box.live(base, box.kits[0]) == (0, 1, [1])
    found: Counter[str] = Counter()
    killed = True
    while killed:
        state = folder / "state"
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(base, state)
        child = os.fork()
        if child == 0:
            sys.setprofile(Axe(found["lives"] * every + 1))
            box.live(state, box.kits[1])
            os._exit(0)
        killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
        before, after, noted = box.live(state, box.kits[1])
        assert before in (1, 2) and after == 2, (found, before, after)
        assert noted[0] == 1 and noted[-1] == 2 and noted.count(2) in (1, 2), (found, noted)
        assert sorted(path.name for path in (state / "kits" / "waiting").iterdir()) == []
        found.update(lives=1, kills=killed, **{f"in force {before}": 1})
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
