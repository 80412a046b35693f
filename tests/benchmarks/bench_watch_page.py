"""How soon a reading of a watched ONT stands on two phones: from the event in the station to the frame that shows it.

Beside it, in the same browsers: a round trip to the page for its smallest file. Once on a quiet page, once with clients
that never finish a request and as many more phones waiting as there is room for.
"""

import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from agent.web.support_view import MOST_WAITING
from tests.web.phone import Phone, phone
from tests.web.played import Played, page_in
from tests.web.served import Client
from tests.web.test_page_support import signed_in

READINGS = 40
EVERY_S = 0.5
SLOW = 20
_SEEN = """
globalThis.seen = {};
new MutationObserver(() => requestAnimationFrame(() => {
  const { second } = document.querySelector("#watch")?.dataset ?? {};
  if (second) seen[second] ??= (performance.timeOrigin + performance.now()) / 1000;
})).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-second"] });
"""
_ROUND = "(async (at) => { await fetch('/icon.svg'); return performance.now() - at; })(performance.now())"


def main() -> None:
    """Print them, each beside its goal."""
    with tempfile.TemporaryDirectory() as name, page_in(Path(name)) as (daemon, url):
        daemon.support = played = Played(daemon)
        with phone("en") as first, phone("zh") as second:
            phones = [signed_in(each, url) for each in (first, second)]
            told("quiet", phones, played)
            with crowded(url):
                told(f"{SLOW} clients that never finish, {MOST_WAITING - 2} more phones", phones, played)


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


def told(when: str, phones: list[Phone], played: Played) -> None:
    """A watch, and how late each of its readings is on each phone."""
    played.runs("Anna Weber", "ont.watch")
    for each in phones:
        each.waits("#watch")
        each.browser.run(_SEEN)
    added = {}
    for second in range(1, READINGS + 1):
        added[second] = time.time()
        played.watch(second, ont_rx_power_dbm=-20.0 + second / 10, ont_bip_errors=second)
        time.sleep(EVERY_S)
    for each in phones:
        each.browser.run(f"until(() => seen[{READINGS}])")
        seen = {int(second): at for second, at in each.browser.run("seen").items()}
        late = [1000 * (seen[second] - at) for second, at in added.items() if second in seen]
        rounds = [each.browser.run(_ROUND) for _ in range(READINGS)]
        print(
            f"{when}: event to screen {median(late):.0f} ms (median of {len(late)}, slowest {max(late):.0f} ms, "
            f"goal 300 ms), {median(late) / median(rounds):.1f} x a round trip of {median(rounds):.1f} ms"
        )
    played.ends()
