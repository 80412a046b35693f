"""`prooflight visit` with a real station, broker and acceptor: the result waits, the visit closes the work order."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.assignment import Assignment
from agent.cli import main
from agent.config import load_station
from agent.demo_files import write_demo_files
from agent.station import opened
from agent.visit_facts import FORMAT
from agent.work_order import WorkOrder
from tests.agent import orders, visits
from tests.agent.broker import Broker, mosquitto
from tests.agent.test_kill import ROOT, Office
from tests.agent.test_visiting import JPEG, LABEL, PNG, RESOURCE, SERIAL, attempt_in

ORDER = json.loads(orders.RAW) | {"criteria": visits.NAME, "resource": RESOURCE}
FACTS = [
    {"fact": "label", "text": LABEL},
    {"fact": "account_label"},
    *({"fact": "told", "what": what} for what in ("account", "mode")),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as made:
        yield made


def house_in(folder: Path, broker_port: int) -> Path:
    """A folder with a station, an acceptor that closes what nobody signed, an order and two photographs."""
    folder.mkdir()
    write_demo_files(folder, station="s1", tenant="t", broker_port=broker_port, interface="lan0", namespace="")
    config = folder / "acceptor.toml"
    config.write_text(config.read_text().replace("[mqtt]", "close_unanchored = true\n[mqtt]"))
    (folder / "order.json").write_text(json.dumps(ORDER))
    (folder / "facts.json").write_text(json.dumps({"format": FORMAT, "facts": FACTS}))
    (folder / "device.jpg").write_bytes(JPEG)
    (folder / "label.png").write_bytes(PNG)
    return folder


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Path:
    return house_in(tmp_path / "house", broker.port)


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A station without a result, and without a broker."""
    return house_in(tmp_path / "house", 9)


@pytest.fixture
def office(house: Path) -> Iterator[Office]:
    made = Office(house)
    made.start()
    yield made
    made.kill()


def after_a_test(house: Path) -> None:
    """One attempt on a line that is as ordered, delivered."""
    command = [sys.executable, "-m", "tests.agent.killed_station", house / "station.toml", house / "order.json", "0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    assert done.stdout.split()[1] == "0", "the result was delivered"


def visit(house: Path, *words: object) -> int:
    """One step, as the command line runs it."""
    options = ["--config", str(house / "station.toml")]
    return main(["visit", str(house / "order.json"), *options, *map(str, words)])


def test_a_result_waits_and_the_visit_closes_its_work_order(house: Path, office: Office, capfd: Any) -> None:
    after_a_test(house)
    shown = office.shown("WO-2026-000117")
    assert shown["state"] == "open" and "waits for the visit" in str(shown["why"])
    for words in (
        ("arrive",),
        ("scan", "--barcode", f"SN:{SERIAL}"),
        ("photo", house / "device.jpg", "--kind", "device"),
        ("photo", house / "label.png", "--kind", "label"),
        ("told", "--result"),
        ("rate", "5"),
    ):
        assert visit(house, *words) == 0, capfd.readouterr().err
    capfd.readouterr()
    assert visit(house, "--json", "show") == 0
    standing = json.loads(capfd.readouterr().out)
    assert standing["outcome"] == "inconclusive" and len(standing["facts"]) == 6

    close = ["visit", house / "order.json", "--json", "--config", house / "station.toml"]
    step = ["close", "--facts", house / "facts.json", "--bundle", house / "bundle.json", "--wait", "60"]
    command = [sys.executable, "-m", "agent.cli", *map(str, (*close, *step))]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["outcome"] == "accepted" and told["decision"].startswith("work order closed")
    for personal in (SERIAL, LABEL):
        assert personal not in done.stdout + done.stderr
    shown = office.shown("WO-2026-000117")
    assert (shown["state"], shown["closed_by"]) == ("closed", told["record"])

    trust = ["--trust", str(house / "trust.json"), "--json"]
    assert main(["verify", str(house / "bundle.json"), *trust]) == 0
    checks = {check["name"]: check["status"] for check in json.loads(capfd.readouterr().out)["checks"]}
    assert (checks["visit"], checks["chain"], checks["acceptance"]) == ("OK", "OK", "OK")
    assert visit(house, "close") == 65
    assert "closed already" in capfd.readouterr().err
    assert main(["journal", "verify", "--config", str(house / "station.toml")]) == 0


REFUSED: dict[str, tuple[tuple[object, ...], int, str]] = {
    "no result to close on": (("close",), 65, "came to no result; run: prooflight accept"),
    "no result to show": (("show",), 65, "came to no result"),
    "nothing scanned": (("scan",), 65, "scan: says nothing"),
    "no file": (("photo", "/nonexistent.jpg", "--kind", "device"), 65, "/nonexistent.jpg: No such file"),
    "no photograph": (("photo", ROOT / "README.md", "--kind", "device"), 65, "is no photograph"),
    "six stars": (("rate", "6"), 65, "stars: must be a whole number from 1 to 5"),
    "a naive time": (("arrive", "--at", "2026-03-03T14:00"), 65, "at: must be a time with its offset"),
    "no facts": (("close", "--facts", ROOT / "README.md"), 65, "not JSON"),
    "a negative wait": (("nobody-in", "--minutes", "-1", "--contact", "x"), 65, "waited_s: must be a whole number"),
}


@pytest.mark.parametrize(("words", "code", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_one_line_with_its_exit_code(
    alone: Path, words: tuple[object, ...], code: int, told: str, capfd: Any
) -> None:
    assert visit(alone, *words) == code
    said = capfd.readouterr()
    assert told in said.err and said.err.count("\n") == 1 and "Traceback" not in said.err


def test_a_step_that_is_no_step_is_usage(alone: Path, capfd: Any) -> None:
    with pytest.raises(SystemExit) as caught:
        visit(alone, "sleep")
    assert caught.value.code == 64
    assert "invalid choice" in capfd.readouterr().err


@pytest.mark.parametrize(("language", "word"), [("en_GB.UTF-8", "TO DO"), ("zh_CN.UTF-8", "请用户评价")])
def test_the_technician_is_told_what_is_missing_in_his_language(
    alone: Path, language: str, word: str, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(load_station(alone / "station.toml", {})) as station:
        assigned = Assignment(order=WorkOrder.parse((alone / "order.json").read_bytes()))
        attempt_in(station.chain, assigned.order, station.discretion(assigned))
    monkeypatch.setenv("LC_ALL", language)
    assert visit(alone, "show") == 0
    told = capfd.readouterr().out
    assert word in told and "\x1b" not in told
