"""A station whose page runs in this very process, with remote support played by the test."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.config import load_station
from agent.daemon import Daemon
from agent.inbox import Inbox
from agent.station import opened
from agent.web.server import serving
from tests.web.served import ask_ont_at, station_in


class Played:
    """Remote support as the page knows it; it does what it is told, and the test plays the engineers."""

    def __init__(self, daemon: Daemon) -> None:
        self._bell, self._watched = daemon.bell, daemon.watched
        self._state: dict[str, Any] = {
            "asked": [],
            "granted": None,
            "running": None,
            "waiting": [],
            "recent": [],
            "refused": {},
        }
        self._until = 0.0
        self.did: list[tuple[Any, ...]] = []

    def told(self) -> dict[str, Any]:
        made = dict(self._state)
        if made["granted"] is not None:
            made["granted"] = made["granted"] | {"left_s": round(self._until - time.monotonic(), 1)}
        return made

    def asks(self, kid: str, who: str, verb: str, order: str = "") -> None:
        """An engineer asks to be let in."""
        self._change(
            asked=[*self._state["asked"], {"kid": kid, "who": who, "verb": verb, "order": order, "since_s": 0}]
        )

    def runs(self, who: str, verb: str, **arguments: Any) -> None:
        """What an engineer asked for begins."""
        if verb == "ont.watch":
            self._watched.begin()
        running = {"kid": "k", "who": who, "verb": verb, "order": "", "arguments": arguments, "passed_s": 0.0}
        self._change(running=running)

    def ends(self, reason: str = "") -> None:
        """What runs ends."""
        done = self._state["running"]
        if done is None:
            return
        self._watched.end(reason)
        recent = {"who": done["who"], "verb": done["verb"], "ended": reason, "ago_s": 0}
        self._change(running=None, recent=[recent, *self._state["recent"]])

    def refuses(self, **counts: int) -> None:
        """So many commands were refused, by reason."""
        self._change(refused=counts)

    def watch(self, passed_s: float, failed: str = "", **values: Any) -> None:
        """The ONT answers, perhaps that it `failed` to read the light."""
        failures = {"ont_rx_power_dbm": {"kind": failed}} if failed else {}
        self._watched.add({"event": "watch", "passed_s": passed_s, "values": values, "failures": failures})

    def grant(self, kid: str, minutes: int, by: str) -> None:
        self.did.append(("grant", kid, minutes, by))
        who = next(each["who"] for each in self._state["asked"] if each["kid"] == kid)
        self._until = time.monotonic() + 60 * minutes
        self._change(asked=self._others(kid), granted={"kid": kid, "who": who, "by": by})

    def decline(self, kid: str) -> None:
        self.did.append(("decline", kid))
        self._change(asked=self._others(kid))

    def withdraw(self) -> None:
        self.did.append(("withdraw",))
        self._change(granted=None)
        self.ends("withdrawn")

    def stop(self) -> None:
        self.did.append(("stop",))
        self.ends("cancelled")

    def _others(self, kid: str) -> list[Any]:
        return [each for each in self._state["asked"] if each["kid"] != kid]

    def _change(self, **made: Any) -> None:
        self._state |= made
        self._bell.ring()


@contextmanager
def page_in(folder: Path, ont: int = 0) -> Iterator[tuple[Daemon, str]]:
    """A daemon with its page until the block ends, and the page's address; its jobs are not worked on.

    `ont`: the port of this machine at which its ONT listens, by telnet.
    """
    file = station_in(folder)
    if ont:
        ask_ont_at(file, ont)
    config = load_station(file, os.environ)
    assert config.web is not None
    with opened(config) as station:
        daemon = Daemon(station, Inbox(config.state_dir), waits=True, say=lambda words: None)
        with serving(daemon, config.web) as url:
            yield daemon, url
