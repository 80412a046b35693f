"""A throughput test while 5,000 commands come in a minute, beside the same test without them, in turns on one line.

`python -m tests.benchmarks command_flood [--rounds N]`. Half of the commands are an engineer's own, the other half an
attacker's. It fails where more was answered than may be, or a figure is more than 1 % off.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

from agent.keys import load_private
from agent.mqtt_link import Connected, Received, Subscribed
from agent.support import diary
from agent.support.judging import Budget
from agent.support.limits import A_MINUTE
from agent.survey import survey
from diagnostics import strict_json
from tests.agent.delivering import Person
from tests.agent.support.attackers import Attacker
from tests.agent.support.engineers import Engineer, engineer
from tests.web.house import FULL, House, house_in
from tests.web.served import Client

ON_REQUEST = True
COMMANDS, SPAN_S = 5000, 60.0
WINDOW = {"flood_minute": (4, 28)}  # seconds discarded and averaged, each way: a minute and more
WITHIN = 0.01
WANTED = ("throughput_down_mbps", "throughput_up_mbps")


def main(options: list[str]) -> None:
    """Print the figures of each run and their ratio."""
    parser = argparse.ArgumentParser(prog="command_flood")
    parser.add_argument("--rounds", type=int, default=2)
    rounds, made = parser.parse_args(options).rounds, dict[bool, list[dict[str, float]]]()
    with tempfile.TemporaryDirectory() as name, house_in(Path(name), WINDOW) as house:
        who = _pinned(house)
        for number in range(2 * rounds):
            flooded = number % 2 == 1
            made.setdefault(flooded, []).append(_test(house, who, f"WO-{number}", flooded))
    ratios = {
        name: statistics.median(run[name] for run in made[True]) / statistics.median(run[name] for run in made[False])
        for name in WANTED
    }
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.4f} x of the same test without commands")
    if any(abs(ratio - 1) > WITHIN for ratio in ratios.values()):
        raise SystemExit("a figure is more than 1 % off")


def _pinned(house: House) -> Engineer:
    who, trust = engineer(house.demo.folder / "engineers"), house.demo.folder / "trust.json"
    trust.write_bytes(strict_json.write({"keys": [*json.loads(trust.read_text())["keys"], who.entry]}))
    return who


def _test(house: House, who: Engineer, name: str, flooded: bool) -> dict[str, float]:
    """Test an order, with or without commands from the first second of traffic on; its figures."""
    page = Client(house.url).sign_in()
    order = house.order(FULL | {"criteria": next(iter(WINDOW))}, name)
    assert page.ask("POST", "/api/order", order.read_bytes())[0] == 200
    [key] = [each["key"] for each in page.state()["orders"] if each["id"] == name]
    assert page.post("/api/start", {"key": key, "kind": "test"})[0] == 200
    with ExitStack() as stack:
        while (live := page.state(key)["job"])["ended"] is None:
            if live["rates"] and flooded:
                flooded = False
                stack.enter_context(_Flood(house, who))
            time.sleep(1.0)
    found = {each["quantity"]: each["measured"] for each in page.state(key)["order"]["last"]["result"]["findings"]}
    for quantity in WANTED:
        if found[quantity]["value"] is None:
            raise SystemExit(f"{quantity}: {found[quantity]['failure']}: {found[quantity]['detail']}")
    print(f"{name}: " + ", ".join(f"{quantity} {found[quantity]['value']:.2f}" for quantity in WANTED), flush=True)
    return {quantity: float(found[quantity]["value"]) for quantity in WANTED}


class _Flood:
    """5,000 commands in a minute, from the moment on that it is entered; left when all are sent and counted."""

    def __init__(self, house: House, who: Engineer) -> None:
        self._house = house
        self._who = who
        self._thread = threading.Thread(target=self._send)
        self._took_s = 0.0
        self._before = self._journalled()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._thread.join()
        answered = self._journalled() - self._before
        allowed = A_MINUTE * (1 + int(self._took_s // 60))
        told = f"{answered['taken']} taken to be run, {answered['refused']} refused"
        print(f"{COMMANDS:,} commands in {self._took_s:.1f} s: {told} (at most {allowed} of either budget)", flush=True)
        if answered["taken"] > allowed or answered.total() > len(get_args(Budget)) * allowed:
            raise SystemExit("more was answered than may be")

    def _send(self) -> None:
        base = "prooflight/v1/demo/demo-station"
        keys = self._house.demo.folder / "keys"
        others = [load_private(keys / f"{role}.key") for role in ("order", "reflector", "acceptor", "station")]
        attacker = Attacker(self._who, others, station="demo-station", seed=9)
        person = Person(self._house.broker, "flood")
        person.expect(Connected)
        person.link.subscribe(f"{base}/state")
        person.expect(Subscribed)
        nonce: Any = json.loads(person.expect(Received).payload)["boot_nonce"]
        begin = time.monotonic()
        for number in range(COMMANDS):
            time.sleep(max(0.0, begin + number * SPAN_S / COMMANDS - time.monotonic()))
            own = {"station": "demo-station", "boot_nonce": nonce}
            raw = self._who.asks("status", **own) if number % 2 else attacker.message(nonce)
            person.link.publish(f"{base}/in/command", raw)
        self._took_s = time.monotonic() - begin
        person.link.close(drain_s=10.0)

    def _journalled(self) -> Counter[str]:
        """How many commands were taken and refused until now, by the journal."""
        found = survey(self._house.demo.folder / "state" / "journal")
        told = Counter(each["what"] for each in diary.entries(found))
        return Counter({what: told[what] for what in ("taken", "refused")})


if __name__ == "__main__":
    main([])
