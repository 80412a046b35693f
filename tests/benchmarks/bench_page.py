"""The technician's page: its weight, how soon it answers and can be used at 4x CPU slowdown, what it costs idle."""

import gzip
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from agent.web import assets
from tests.agent import orders
from tests.benchmarks.measure import cpu_s, resident_kib
from tests.chromium import Chromium, chromium
from tests.web.served import PIN, Client, serve, station_in

SLOWDOWN = 4
IDLE_S = 20.0
FILES = ("/", "/page.css", "/page.js", "/icon.svg")


def main() -> None:
    """Print them, each beside its goal."""
    weigh()
    with tempfile.TemporaryDirectory() as name:
        config = station_in(Path(name))
        started(config)
        with serve(config) as (process, url):
            for _ in range(10):
                client = Client(url).sign_in()
            client.ask("POST", "/api/order", json.dumps(json.loads(orders.RAW)).encode())
            idle(process.pid, "nobody looks")
            tested(client, process.pid)
            usable(url, process.pid)


def weigh() -> None:
    """What the first page transfers (nothing is compressed on the way)."""
    sizes = {path: len(asset.body) for path in FILES if (asset := assets.asset(path))}
    squeezed = len(gzip.compress(assets.script()))
    total = sum(sizes.values())
    print(
        f"first page {total / 1024:.1f} KiB in {len(sizes)} files (goal 200); script as gzip {squeezed / 1024:.1f} KiB"
    )


def started(config: Path) -> None:
    """From the start of the service until the page answers, beside a bare Python that opens a port."""
    bare = [sys.executable, "-c", "import http.server as h; h.HTTPServer(('127.0.0.1', 0), None)"]
    begin = time.perf_counter()
    subprocess.run(bare, check=True)
    least = time.perf_counter() - begin
    begin = time.perf_counter()
    with serve(config) as (_, url):
        while not _answers(url):
            pass
        took = time.perf_counter() - begin
    print(f"start to page answering {took * 1000:.0f} ms, {took / least:.1f} x a bare Python with a port")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


def idle(pid: int, when: str) -> None:
    """Resident memory, and processor time over some seconds."""
    before = cpu_s(pid)
    time.sleep(IDLE_S)
    share = (cpu_s(pid) - before) / IDLE_S
    print(f"{when}: {resident_kib(pid) / 1024:.1f} MiB resident (goal 60), {share:.2%} of one core (goal 1 %)")


def tested(client: Client, pid: int) -> None:
    """The most that the station itself holds while it tests and its report is read; its children come and go."""
    key = client.state()["orders"][0]["key"]
    client.post("/api/start", {"key": key, "kind": "test"})
    while client.state(key)["job"]["running"]:
        time.sleep(0.2)
    during = _highest_kib(pid) / 1024
    client.ask("GET", f"/report?order={key}")
    after = resident_kib(pid) / 1024
    print(f"in a test (its sign-ins before included) at most {during:.1f} MiB, after a report was read {after:.1f} MiB")


def _highest_kib(pid: int) -> int:
    with Path(f"/proc/{pid}/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def usable(url: str, pid: int) -> None:
    """Until the sign-in, and until the orders can be pressed, with the browser's processor slowed down."""
    with chromium() as browser:
        browser.screen(width=390, height=844)
        browser.visit("about:blank")
        browser.ask("Emulation.setCPUThrottlingRate", rate=SLOWDOWN)
        taken = [_seen(browser, url, "#sign-in button") for _ in range(5)]
        print(f"sign-in usable at {SLOWDOWN}x slowdown: {_spread(taken)} (goal 2 s)")
        browser.run(f"document.querySelector('input[name=pin]').value = '{PIN}'")
        browser.run("document.querySelector('#sign-in button').click()")
        _until(browser, ".order")
        taken = [_seen(browser, url, ".order") for _ in range(5)]
        print(f"orders usable at {SLOWDOWN}x slowdown: {_spread(taken)} (goal 2 s)")
        idle(pid, "one phone looks at the orders")


def _seen(browser: Chromium, url: str, box: str) -> float:
    begin = time.perf_counter()
    browser.visit(url)
    _until(browser, box)
    return time.perf_counter() - begin


def _until(browser: Chromium, box: str) -> None:
    look = f"document.querySelector({json.dumps(box)})"
    wait = f"(async () => {{ while (!{look}) await new Promise((done) => setTimeout(done, 5)); }})()"
    browser.run(wait)


def _spread(taken: list[float]) -> str:
    return (
        f"{sorted(taken)[len(taken) // 2] * 1000:.0f} ms (median of {len(taken)}, slowest {max(taken) * 1000:.0f} ms)"
    )
