"""How soon a reading of a watched ONT stands on two phones: from the event in the station to the frame that shows it.

Beside it, in the same browsers: a round trip to the page for its smallest file. Once on a quiet page, once with clients
that never finish a request and as many more phones as there is room for; then the whole way from an ONT's answer.
"""

import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from agent.web.support_view import MOST_WAITING
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve
from tests.benchmarks.bench_watch import LIT, Speaking
from tests.web.phone import Phone, phone
from tests.web.played import Played, page_in
from tests.web.served import ORDER, Client
from tests.web.test_page_support import signed_in

READINGS = 40
EVERY_S = 0.5
SLOW = 20
_SEEN = """
globalThis.seen = {};
new MutationObserver(() => requestAnimationFrame(() => {
  const shown = document.querySelector("#watch .light-now")?.firstChild?.textContent.replace("\u2212", "-");
  if (shown) seen[shown] ??= (performance.timeOrigin + performance.now()) / 1000;
})).observe(document.body, { subtree: true, childList: true });
"""
_ROUND = "(async (at) => { await fetch('/icon.svg'); return performance.now() - at; })(performance.now())"


def main() -> None:
    """Print them, each beside its goal."""
    with tempfile.TemporaryDirectory() as name, page_in(Path(name)) as (daemon, url):
        daemon.support = played = Played(daemon)
        with phone("en") as first, phone("zh") as second:
            phones = [signed_in(each, url) for each in (first, second)]
            told("event to screen, quiet", phones, played_to(phones, played))
            with crowded(url):
                words = f"event to screen, {SLOW} clients that never finish, {MOST_WAITING - 2} more phones"
                told(words, phones, played_to(phones, played))
    told_of_an_ont()


def told_of_an_ont() -> None:
    """The whole way, from an ONT's last answer by telnet, in a watch that the technician began."""
    speaking = Speaking()
    live = {"display optic": speaking.optics, "display pon statistics": speaking.counters}
    with ExitStack() as stack:
        server = stack.enter_context(serve(VirtualOnt(capture=LIT, live=live), "telnet"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        daemon, url = stack.enter_context(page_in(folder, server.port))
        over = threading.Event()
        worker = threading.Thread(target=daemon.work, args=(over.is_set,), daemon=True)
        worker.start()
        phones = [signed_in(stack.enter_context(phone(language)), url) for language in ("en", "zh")]
        client = Client(url).sign_in()
        client.ask("POST", "/api/order", json.dumps(ORDER).encode())
        key = client.state()["orders"][0]["key"]
        looked(phones)
        client.post("/api/start", {"key": key, "kind": "watch"})
        while len(speaking.said) < READINGS:
            time.sleep(EVERY_S)
        client.post("/api/stop", {"key": key})
        wall = time.time() - time.monotonic()
        told("ONT's last answer to screen", phones, {f"{power:.2f}": at + wall for power, at in speaking.said.items()})
        while client.state()["job"]["running"]:
            time.sleep(EVERY_S)
        over.set()
        daemon.broken.set()  # its worker ends
        worker.join()


@contextmanager
def crowded(url: str) -> Iterator[None]:
    """Clients that never finish a request, and phones that wait, until the block ends."""
    client, going = Client(url).sign_in(), [True]
    place = ("127.0.0.1", int(client.host.rpartition(":")[2]))

    def waits() -> None:
        count = -1
        while going:
            count = client.ask("GET", f"/api/support?since={count}")[1]["count"]

    with ExitStack() as slow, ThreadPoolExecutor(MOST_WAITING) as threads:
        for _ in range(SLOW):
            line = slow.enter_context(socket.create_connection(place, 60))
            line.sendall(b"POST /api/order HTTP/1.1\r\nContent-Length: 1000\r\nHost: localhost\r\n")
        for _ in range(MOST_WAITING - 2):
            threads.submit(waits)
        yield
        going.clear()


def looked(phones: list[Phone]) -> None:
    """Have phones note when they show what."""
    for each in phones:
        each.browser.run(_SEEN)


def played_to(phones: list[Phone], played: Played) -> dict[str, float]:
    """A watch of readings that the test makes up: when each was told."""
    looked(phones)
    played.runs("Anna Weber", "ont.watch")
    added = {}
    for second in range(1, READINGS + 1):
        dbm = -20.0 + second / 10
        added[f"{dbm:.2f}"] = time.time()
        played.watch(second, ont_rx_power_dbm=dbm, ont_bip_errors=second)
        time.sleep(EVERY_S)
    played.ends()
    return added


def told(when: str, phones: list[Phone], added: dict[str, float]) -> None:
    """How late each reading was on each phone."""
    for each in phones:
        seen = each.browser.run("seen")
        late = [1000 * (seen[shown] - at) for shown, at in added.items() if shown in seen]
        rounds = [each.browser.run(_ROUND) for _ in range(READINGS)]
        print(
            f"{when}: {median(late):.0f} ms (median of {len(late)} of {len(added)}, slowest {max(late):.0f} ms, "
            f"goal 300 ms), {median(late) / median(rounds):.1f} x a round trip of {median(rounds):.1f} ms",
            flush=True,
        )
