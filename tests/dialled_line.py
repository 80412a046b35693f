"""A virtual customer line with a network's end of PPPoE on it, for tests and benchmarks."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from diagnostics.child import never
from diagnostics.pppoe_session import PppoeSession
from diagnostics.secret import Secret
from drivers.virtual.peers.concentrator import ACCOUNT, SERVER, WORD
from tests.diagnostics.wire.peers import NETWORK_INTERFACE, STATION_INTERFACE, Wire

TUNNEL = f"dial-{STATION_INTERFACE}"
_PATIENCE_S = 60.0
GENEROUS = 30.0  # seconds for what comes at once on an idle machine


class RunningPeer:
    """What a peer in the network's namespace tells, line by line."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.told: queue.Queue[dict[str, Any]] = queue.Queue()
        self._process = process
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.told.put(json.loads(line))

    def wait_for(self, name: str) -> Any:
        """What the peer tells of this name, next; an error where it never does."""
        while True:
            told = self.told.get(timeout=_PATIENCE_S)
            if name in told:
                return told[name]

    def become(self, **ways: Any) -> None:
        """Behave as `drivers.virtual.peers.concentrator.Ways` says, from now on."""
        self._say(ways)
        self.wait_for("ready")

    def hang_up(self, how: str) -> None:
        """End the session: by `terminate` in LCP, or by `padt`."""
        self._say({"hang_up": how})

    def _say(self, line: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE_S)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def peer_on(line: Wire) -> Iterator[RunningPeer]:
    """A peer at the network's end; it is silent until it becomes something."""
    command = [sys.executable, "-m", "drivers.virtual.peers.concentrator", NETWORK_INTERFACE]
    process = line.network.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    peer = RunningPeer(process)
    try:
        yield peer
    finally:
        peer.close()


def session_on(
    line: Wire,
    *,
    word: str | None = WORD,
    routes: Sequence[str] = (SERVER,),
    longest_s: Mapping[str, float] | None = None,
    cancelled: Callable[[], bool] = never,
    **options: Any,
) -> PppoeSession:
    """The station's session on a virtual line; stages have generous times but for those given."""
    stages = ("offer", "session", "lcp", "authentication", "ipcp")
    longest = dict.fromkeys(stages, GENEROUS) | dict(longest_s or {})
    return PppoeSession(
        STATION_INTERFACE,
        line.station.path,
        account=ACCOUNT,
        password=None if word is None else Secret(word),
        tunnel=TUNNEL,
        routes=routes,
        options={"gather_s": 0.0, "linger_s": GENEROUS, "longest_s": longest} | options,
        cancelled=cancelled,
    )


def told(session: PppoeSession) -> dict[str, Any]:
    """What a dialling comes to, by stage; the first of each name."""
    return {name: facts for line in reversed(session.dial().lines) for name, facts in line.items()}


def holders(line: Wire) -> list[int]:
    """The children of ours that hold a session in the station's namespace."""
    home = Path(line.station.path).readlink()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text()
            if ours and (process / "ns/net").readlink() == home and b"wire" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found
