"""The fleet's page over many records: how soon each page and each file answers over HTTP, first time and again.

`python -m tests.benchmarks fleet_page [--records N] [--engine sqlite|postgres]`. The page is a process of its own, as
in service; each request is a connection of its own, and the first one of each page comes to a page that just started.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.acceptor.board import people
from agent.acceptor.board.layout import PLACES
from agent.acceptor.fleet_tables import TABLES
from agent.config_ledger import LedgerPlace
from agent.keys import new_private
from tests.agent.acceptor.board.house import PASSWORD, Browser
from tests.agent.acceptor.conftest import database_in_toml
from tests.benchmarks.fleet_ledgers import ledgers
from tests.benchmarks.measure import resident_kib

ON_REQUEST = True
GOAL_S = 1.0
_AGAIN = 3
_FILTERED = (
    "/orders?since=2026-10-01",
    "/causes?by=station",
    "/causes?area=OLT-007",
    "/rates?area=OLT-007&since=2026-10-01",
)


def main(options: list[str]) -> None:
    """Make the ledgers and print how long each page takes."""
    files = [f"/tables/{table}.{form}" for table in TABLES for form in ("csv", "json")]
    addresses = (*(path for path, _ in PLACES), *_FILTERED, *files)
    for engine, place, _ in ledgers("fleet_page", options):
        with tempfile.TemporaryDirectory() as folder:
            worst = max(_answered(engine, Path(folder), place, path) for path in addresses)
        print(f"{engine}: the slowest first answer took {worst:.3f} s, {worst / GOAL_S:.2f} x of the goal", flush=True)


def _answered(engine: str, folder: Path, place: LedgerPlace, path: str) -> float:
    """Seconds of the first answer of a page that was just started."""
    with _served(folder, place) as (process, browser):
        taken = [_once(browser, path) for _ in range(1 + _AGAIN)]
        (first, size), again = taken[0], sorted(seconds for seconds, _ in taken[1:])[_AGAIN // 2]
        words = f"{first:7.3f} s first, {again:7.3f} s again, {size / 1024:7.1f} KiB"
        print(f"{engine}: {path:<40} {words}, {resident_kib(process.pid) / 1024:5.0f} MiB resident", flush=True)
        return first


def _once(browser: Browser, path: str) -> tuple[float, int]:
    begin = time.perf_counter()
    text = browser.shown(path)
    return time.perf_counter() - begin, len(text)


@contextmanager
def _served(folder: Path, place: LedgerPlace) -> "Iterator[tuple[subprocess.Popen[str], Browser]]":
    """The page as a process, with somebody signed in."""
    config = folder / "acceptor.toml"
    if not config.exists():
        new_private(folder / "keys" / "acceptor.jwk")
        config.write_text(
            f'[acceptor]\nname = "desk"\nkey = "keys/acceptor.jwk"\ntrust = "trust.json"\n{database_in_toml(place)}'
            '[mqtt]\nhost = "127.0.0.1"\ntenant = "t"\n[board]\nlisten = "127.0.0.1:0"\naudit = "audit"\n'
        )
        people.save(folder / "board-users.json", [people.person("wu", "admin", PASSWORD, datetime.now(UTC))])
    command = [sys.executable, "-m", "agent.cli", "acceptor", "board", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        browser = Browser(process.stdout.readline().split("http://")[1].strip().rstrip("/"))
        assert browser.enters("wu") == 303
        yield process, browser
    finally:
        process.terminate()
        process.communicate(timeout=60)
