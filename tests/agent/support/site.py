"""A site with a real `prooflight serve`, a virtual ONT, a real broker, somebody on site, and engineers far away."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.config_support import load_support
from agent.keys import load_private, new_private, public_jwk
from agent.support.asking import Asker, Asking
from agent.support.command_counter import next_number
from agent.support.course import Patience
from agent.support.post import Post
from agent.trust import load_trust
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve as serve_ont
from tests.agent.broker import Broker, mosquitto
from tests.web.served import ROOT, Client, ask_ont_at, serve, station_in

STATION = "s1"


@dataclass
class Site:
    """What there is: the broker, the station's configuration, and its page's address while it runs."""

    folder: Path
    broker: Broker
    config: Path
    on_site: Client | None = None

    @contextlib.contextmanager
    def serving(self) -> Iterator["subprocess.Popen[str]"]:
        with serve(self.config) as (process, url):
            self.on_site = Client(url).sign_in()
            yield process

    @contextlib.contextmanager
    def asking(self, who: str, clock_is_off: timedelta = timedelta(0)) -> Iterator[Asking]:
        """An engineer's place at the broker, with a clock that may be wrong."""
        settings = load_support(self.folder / f"{who}.toml", {})
        off_ms = int(clock_is_off.total_seconds() * 1000)
        asker = Asker(
            key=load_private(settings.key),
            trust=load_trust(settings.trust),
            next_number=lambda: next_number(settings.counter, time.time_ns() // 1_000_000 + off_ms),
            now=lambda: datetime.now(UTC) + clock_is_off,
        )
        post = Post(settings.mqtt, client_id=f"asking-{who}-{os.urandom(4).hex()}")
        try:
            yield Asking(post, STATION, asker, Patience())
        finally:
            post.close()

    def grant(self, who: str) -> None:
        """Somebody on site lets an engineer in, as soon as that one is seen to ask."""
        kid = self._seen(lambda told: next((one["kid"] for one in told["asked"] if one["who"] == who), None))
        self._does("grant", {"kid": kid, "minutes": 10, "by": "technician"})

    def withdraw(self) -> None:
        self._does("withdraw", {})

    def recent(self) -> dict[str, Any]:
        """What ended last, once nothing runs."""
        made: dict[str, Any] = self._seen(lambda told: told["recent"][0] if not told["running"] else None)
        return made

    def _does(self, deed: str, made: dict[str, Any]) -> None:
        assert self.on_site is not None
        status, _, text = self.on_site.post(f"/api/support/{deed}", made)
        assert status == 200, text

    def _seen(self, found: Any) -> Any:
        """What the page tells, as soon as it tells it."""
        assert self.on_site is not None
        since = 0
        for _ in range(200):
            _, made, _ = self.on_site.ask("GET", f"/api/support?since={since}")
            since = made["count"]
            if (seen := found(made["support"])) is not None:
                return seen
        raise AssertionError(f"the page never told it: {made}")


class Console:
    """`prooflight support` in a process of its own, read line by line."""

    def __init__(self, site: Site, who: str, *words: str) -> None:
        command = [sys.executable, "-m", "agent.cli", "support", STATION, *words, "--json", "--lang", "en"]
        config = ["--config", str(site.folder / f"{who}.toml")]
        self.told: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [*command, *config], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
        )

    def until(self, word: str) -> dict[str, Any]:
        """The next line of this note, event, refusal or end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            made: dict[str, Any] = json.loads(line)
            self.told.append(made)
            if word in (made.get("note"), made.get("event"), made["told"]):
                return made
        raise AssertionError(f"{word} was never told: {self.told} {self.process.communicate()[1]}")

    def ends(self) -> tuple[int, str]:
        """Its exit code and last words."""
        rest, err = self.process.communicate(timeout=120)
        self.told += [json.loads(line) for line in rest.splitlines()]
        return self.process.returncode, err


@contextlib.contextmanager
def site_with(folder: Path, ont: VirtualOnt, *engineers: str, broker_lines: tuple[str, ...] = ()) -> Iterator[Site]:
    """A site in a folder whose ONT is this one, and engineers whose keys are pinned there."""
    with mosquitto(folder, *broker_lines) as broker, serve_ont(ont, "telnet") as server:
        config = station_in(folder, broker.port)
        ask_ont_at(config, server.port)
        pinned = json.loads((folder / "trust.json").read_text())["keys"]
        for who in engineers:
            key = new_private(folder / "keys" / f"{who}.jwk")
            pinned.append({**public_jwk(key.x), "alg": "Ed25519", "kid": key.kid, "role": "support", "name": who})
            (folder / f"{who}.toml").write_text(
                f'[support]\nkey = "keys/{who}.jwk"\ntrust = "trust.json"\n\n'
                f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "t"\n'
            )
        (folder / "trust.json").write_text(json.dumps({"keys": pinned}))
        yield Site(folder, broker, config)
