"""A whole house for the page: line, ONT, reflector, broker, acceptor and a station that serves it; and its orders.

The criteria are a signed set of the test's own: those of the visit with a shorter window, since it is the page that is
tested here, and one that is so long that a test is always stopped in its middle.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from agent.criteria_shelf import SUFFIX, sign
from agent.demo import Demo, Fault
from agent.keys import new_private, public_jwk
from tests.agent import orders, visits
from tests.agent.broker import Broker, mosquitto
from tests.agent.support.engineers import Engineer, engineer
from tests.web.labels import CABLE
from tests.web.phone import Phone
from tests.web.served import PIN, add_page, serve

# A line that fills without filling the machine, so that it may run beside others.
LINE = Fault(meaning="a line of 200 Mbit/s", down_mbit=200.0)
WINDOWS = {"page_short": (1, 4), "page_long": (90, 100)}  # seconds discarded and averaged, each way
_ORDER = json.loads(orders.RAW)
FULL = _ORDER | {"criteria": "page_short", "resource": _ORDER["resource"] | {"cable_label": CABLE}}
FULL["services"] = [_ORDER["services"][0] | {"down_mbps": 100, "up_mbps": 50}]
LONG = FULL | {"criteria": "page_long"}
SHORT = FULL | {"services": [{"type": "voice"}], "reflectors": []}


@dataclass(frozen=True)
class House:
    """All that runs."""

    url: str
    demo: Demo
    broker: Broker
    engineer: Engineer  # whose key the station knows

    def order(self, made: dict[str, Any], name: str, **changes: Any) -> Path:
        """A signed order in a file of its own."""
        plain = self.demo.folder / f"{name}.plain"
        plain.write_text(json.dumps(made | {"id": name} | changes))
        return self.demo.issue(plain).rename(self.demo.folder / f"{name}.json")


@contextmanager
def house_in(folder: Path, windows: Mapping[str, tuple[int, int]] = WINDOWS) -> Iterator[House]:
    """A house until the block ends; `windows` are its sets of criteria."""
    demo = Demo(folder, LINE)
    with mosquitto(folder) as broker:
        demo.port = broker.port
        with demo.line() as line:
            line.shape(down_mbit=200.0, up_mbit=120.0)
            _sign_criteria(demo, windows)
            known = engineer(folder / "keys", "Anna Weber")
            _pin(demo, known.entry)
            demo.start_acceptor()
            add_page(demo.station_config)
            with serve(demo.station_config) as (_, url):
                yield House(url, demo, broker, known)


def _sign_criteria(demo: Demo, windows: Mapping[str, tuple[int, int]]) -> None:
    key = new_private(demo.folder / "keys" / "criteria.key")
    _pin(demo, {**public_jwk(key.x), "alg": "Ed25519", "kid": key.kid, "role": "criteria", "name": "tests"})
    folder = demo.folder / "criteria"
    folder.mkdir()
    whole = (resources.files("diagnostics") / "criteria" / f"{visits.NAME}.toml").read_text(encoding="utf-8")
    for name, (discard_s, average_s) in windows.items():
        text = re.sub(r'^name = "\w+"', f'name = "{name}"', whole, count=1, flags=re.MULTILINE)
        text = re.sub(r"^discard_s = \d+", f"discard_s = {discard_s}", text, flags=re.MULTILINE)
        text = re.sub(r"^average_s = \d+", f"average_s = {average_s}", text, flags=re.MULTILINE)
        (folder / f"{name}{SUFFIX}").write_text(sign(text.encode(), f"{name}.toml", key)[1])
    for config, table in ((demo.station_config, "station"), (demo.acceptor_config, "acceptor")):
        config.write_text(config.read_text().replace(f"[{table}]\n", f'[{table}]\ncriteria = "{folder}"\n'))


def _pin(demo: Demo, pinned: dict[str, Any]) -> None:
    trust = demo.folder / "trust.json"
    trust.write_text(json.dumps({"keys": [*json.loads(trust.read_text())["keys"], pinned]}))


def signed_in(made: Phone, house: House) -> None:
    """Have a phone show the orders."""
    made.open(house.url)
    made.waits(":is(#sign-in, #order-in)")
    if made.browser.run("document.querySelector('#sign-in') !== null"):
        made.types("input[name=pin]", PIN)
        made.browser.run("document.querySelector('#sign-in button').click()")
    made.waits("#order-in")


def looked_at(made: Phone, what: str, *, both: bool = False) -> None:
    """Picture a screen and have axe look it over; in `both` languages, which takes away what is typed there."""
    made.pictured(what)
    assert made.faults() == []
    if both:
        change, unfold = "document.querySelector('.bar button').click()", "each.open = true"
        made.browser.run(f"{change}; document.querySelectorAll('#help details').forEach((each) => {{ {unfold} }})")
        assert made.faults() == []
        made.browser.run(change)
