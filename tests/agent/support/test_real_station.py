"""An engineer's command line and a real `prooflight serve`, with a virtual ONT, a real broker, and somebody on site."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.keys import new_private, public_jwk
from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve as serve_ont
from tests.agent.broker import Broker, mosquitto
from tests.web.served import ROOT, Client, ask_ont_at, serve, station_in

STATION = "s1"
LIT = load_capture("huawei_wap", "lit")


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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with mosquitto(folder) as broker, serve_ont(VirtualOnt(capture=LIT), "telnet") as server:
        config = station_in(folder, broker.port)
        ask_ont_at(config, server.port)
        pinned = json.loads((folder / "trust.json").read_text())["keys"]
        for who in ("lin", "wang"):
            key = new_private(folder / "keys" / f"{who}.jwk")
            pinned.append({**public_jwk(key.x), "alg": "Ed25519", "kid": key.kid, "role": "support", "name": who})
            (folder / f"{who}.toml").write_text(
                f'[support]\nkey = "keys/{who}.jwk"\ntrust = "trust.json"\n\n'
                f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "t"\n'
            )
        (folder / "trust.json").write_text(json.dumps({"keys": pinned}))
        yield Site(folder, broker, config)


def test_status_needs_nobody_and_the_ont_is_read_once_somebody_agreed(site: Site) -> None:
    with site.serving():
        asked = Console(site, "lin", "status")
        assert asked.until("status")["status"]["station"] == STATION
        assert asked.ends()[0] == 0
        refused = Console(site, "lin", "ont.read", "--wait", "0")
        code, words = refused.ends()
        assert (code, refused.told[-1]["reason"]) == (69, "no_consent") and "station's page" in words
        waits = Console(site, "lin", "ont.read", "--arg", "groups=optics", "--wait", "120")
        waits.until("consent")
        site.grant("lin")
        assert waits.until("measurement")["quantity"].startswith("ont_")
        assert waits.ends() == (0, "")


def test_a_watch_runs_until_the_engineer_or_those_on_site_end_it(site: Site) -> None:
    with site.serving():
        watch = Console(site, "lin", "ont.watch", "--arg", "seconds=600")
        watch.until("consent")
        site.grant("lin")
        assert isinstance(watch.until("watch")["values"]["ont_rx_power_dbm"], float)
        other = Console(site, "wang", "ont.watch", "--wait", "0")
        assert other.ends()[0] == 69 and other.told[-1]["reason"] == "consent_other"
        watch.process.send_signal(signal.SIGINT)
        assert watch.ends()[0] == 130
        assert watch.told[-1]["reason"] == "cancelled"
        assert (site.recent()["verb"], site.recent()["ended"]) == ("ont.watch", "cancelled")
        again = Console(site, "lin", "ont.watch")
        again.until("watch")
        site.withdraw()
        code, words = again.ends()
        assert (code, again.told[-1]["reason"]) == (2, "withdrawn") and "withdrew their consent" in words


def test_a_watch_outlives_a_broker_that_was_killed_and_ends_with_a_station_that_was(site: Site) -> None:
    with site.serving() as station:
        watch = Console(site, "lin", "ont.watch", "--arg", "seconds=600")
        watch.until("consent")
        site.grant("lin")
        watch.until("watch")
        site.broker.kill()
        watch.until("broker_lost")
        site.broker.start()
        watch.until("broker_back")
        passed_s = watch.until("watch")["passed_s"]
        assert passed_s > 0
        station.kill()
        station.wait()
        with site.serving():
            assert watch.until("end")["reason"] == "restarted"
            assert watch.ends()[0] == 69
