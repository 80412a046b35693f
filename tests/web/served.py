"""A station that serves its page, as a real process on loopback, and a client that talks to it as a browser would."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent import pin
from agent.demo_files import write_demo_files
from diagnostics.secret import Secret
from tests.agent import orders

ROOT = Path(__file__).parents[2]
PIN = "482915"
HOSTILE = "<img src=x onerror=alert(1)>\"'&"
ORDER = json.loads(orders.RAW) | {
    "id": "WO-1",
    "services": [{"type": "voice"}],
    "reflectors": [],
    "customer": {"name": HOSTILE, "telephone": HOSTILE},
    "site": {"address": HOSTILE},
}


def add_page(config: Path) -> None:
    """Have a station's configuration serve the page on a port of its own choice, with our PIN."""
    state = re.search(r'state_dir = "(.*)"', config.read_text())
    assert state
    config.write_text(config.read_text() + '\n[web]\nlisten = "127.0.0.1:0"\n')
    pin.save(Path(state[1]) / "pin", Secret(PIN))


def station_in(folder: Path, broker_port: int = 9) -> Path:
    """The configuration of a station on loopback, without a line worth the name."""
    write_demo_files(folder, station="s1", tenant="t", broker_port=broker_port, interface="lo", namespace="")
    add_page(folder / "station.toml")
    return folder / "station.toml"


def ask_ont_at(config: Path, port: int) -> None:
    """Have a station look for its ONT at a port of this machine."""
    whole = re.sub(r'(\[ont\]\n)address = ".*"', rf'\1address = "127.0.0.1"\nport = {port}', config.read_text())
    config.write_text(whole)


@contextmanager
def serve(config: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`prooflight serve` with this configuration, and its page's address."""
    command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(config)]
    log = (config.parent / "serve.log").open("a+")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        while "the technician's page: " not in (line := process.stdout.readline()):
            assert line, f"the station ended: {log.seek(0) or log.read()}"
        yield process, line.partition("page: ")[2].strip()
    finally:
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()
            log.close()


@dataclass
class Client:
    """One browser's worth of requests to a page; it keeps the cookie and the page's own word."""

    url: str
    cookie: str = ""
    word: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)  # the headers of the last answer

    @property
    def host(self) -> str:
        return self.url.split("/")[2]

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any], str]:
        """Status, JSON (or nothing) and text of one answer."""
        wanted = {"Host": self.host, **self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.cookie:
            wanted.setdefault("Cookie", self.cookie)
        if self.word:
            wanted.setdefault("X-Prooflight", self.word)
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body=body, headers=wanted)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            self.told = dict(answer.getheaders())
            if given := answer.getheader("Set-Cookie"):
                self.cookie = given.partition(";")[0]
        finally:
            connection.close()
        try:
            made = json.loads(text) if text else {}
        except ValueError:
            made = {}
        return answer.status, made, text

    def post(self, path: str, made: Any, **headers: str) -> tuple[int, dict[str, Any], str]:
        """Post JSON."""
        return self.ask("POST", path, json.dumps(made).encode(), **{"Content_Type": "application/json", **headers})

    def sign_in(self, given: str = PIN) -> "Client":
        """Sign in."""
        status, made, text = self.post("/api/sign-in", {"pin": given})
        assert status == 200, text
        self.word = made["word"]
        return self

    def state(self, key: str = "") -> dict[str, Any]:
        """The state that the page would show."""
        status, made, text = self.ask("GET", f"/api/state?order={key}")
        assert status == 200, text
        return made
