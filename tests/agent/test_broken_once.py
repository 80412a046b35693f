"""An exception that nobody foresaw, in any function, once: no result is lost, none counts twice, all is delivered."""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.demo_files import write_demo_files
from tests.agent.broken_once import ROOT, Breaker, Broken, Walk
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring

SAMPLE = 8
SEED = 7


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that was broken on purpose says nothing."""
    loud = threading.excepthook
    monkeypatch.setattr(threading, "excepthook", lambda told: None if told.exc_type is Broken else loud(told))


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory, ring: Ring, broker: Broker) -> list[str]:
    """Every call on the path of an order, as often as it is reached in another way."""
    counting = Breaker()
    whole = Walk(tmp_path_factory.mktemp("calls"), ring, broker, "whole").told(counting)
    assert (whole.first, whole.steps, whole.faults()) == ("", "BE", [])
    return sorted(counting.seen)


def test_a_fault_in_any_function_once_loses_and_doubles_nothing(
    tmp_path: Path, ring: Ring, broker: Broker, calls: list[str]
) -> None:
    assert len(calls) > 1000
    for number, name in enumerate(random.Random(SEED).sample(calls, SAMPLE)):
        told = Walk(tmp_path, ring, broker, f"broken-{number}").told(Breaker(name))
        assert told.faults() == [], (name, told)


FINISH = "Chain._add < Chain._end < Chain.finish"
PLACES = {
    "the result cannot be sealed": (f"seal < {FINISH}", Broken, "BXBE"),
    "the result lies on the disk, and its sync never comes": (
        f"Disk.sync < Journal._write < Journal.append < Chain._keep < {FINISH}",
        Broken,
        "BE",
    ),
    "the result is saved, and the chain never hears of it": (f"link_of < Chain._keep < {FINISH}", Broken, "BE"),
    "somebody interrupts while the result is saved": (
        f"Disk.sync < Journal._write < Journal.append < Chain._keep < {FINISH}",
        KeyboardInterrupt,
        "BE",
    ),
    "somebody interrupts in a test": ("GatedThroughput.run", KeyboardInterrupt, "BABE"),
    "a check breaks": ("GatedThroughput.run", Broken, "BEBE"),
    "the open record is saved, and the chain never hears of it": (
        "link_of < Chain._keep < Chain._add < Chain.open",
        Broken,
        "BPBE",
    ),
    "an acceptance cannot be saved": ("Chain.acknowledge", Broken, "BE"),
    "the acceptor cannot decide": ("decide", Broken, "BE"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_at_a_tender_place_leaves_one_end_for_each_attempt(
    tmp_path: Path, ring: Ring, broker: Broker, place: str
) -> None:
    like, error, steps = PLACES[place]
    breaker = Breaker(like=like, error=error)
    told = Walk(tmp_path, ring, broker, place.replace(" ", "-").replace(",", "")).told(breaker)
    assert (told.steps, told.faults()) == (steps, []), told


FAULTY = """
import sys
from agent.cli import main
from tests.agent.broken_once import Breaker
with Breaker(like=sys.argv[1]).watching():
    code = main(sys.argv[2:])
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("like", "command"),
    [
        ("Delivery._step", "serve"),  # in a thread of its own: the station must not go on without it
        ("Inbox.take", "serve"),
        ("Service.run", "acceptor serve"),
    ],
)
def test_a_fault_ends_a_process_with_one_line_and_never_with_the_code_of_a_rejected_line(
    tmp_path: Path, broker: Broker, like: str, command: str
) -> None:
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=broker.port, interface="lo", namespace="")
    config = tmp_path / ("station.toml" if command == "serve" else "acceptor.toml")
    words = [sys.executable, "-c", FAULTY, like, *command.split(), "--config", str(config)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=180, check=False)
    assert done.returncode == 70, done.stderr
    assert done.stderr.count("\n") == 1
    assert f"a fault of this software: Broken: {like} (" in done.stderr
