"""`prooflight status`: the same words from the daemon and from the journal; and what a hook is told of a real test."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.commands.status import lines
from agent.demo_files import write_demo_files

ROOT = Path(__file__).parents[1]
EXAMPLE = json.loads((ROOT / "agent" / "examples" / "install.json").read_text())
VOICE = EXAMPLE | {"services": [{"type": "voice"}], "reflectors": []}
KEYS = {
    "station",
    "kit",
    "version",
    "python",
    "serving",
    "job",
    "orders",
    "inbox",
    "orders_refused",
    "records",
    "waiting",
    "last_acceptance",
    "broker",
    "delivery_said",
    "support",
    "clock",
    "storage",
    "line",
    "saving",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=9, interface="lo", namespace="")
    return tmp_path / "station.toml"


def prooflight(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)


def heard(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    while words not in (line := process.stdout.readline()):
        assert line, f"the station ended: {process.stderr and process.stderr.read()}"
    return line


@pytest.fixture
def lamp(config: Path) -> Iterator[int]:
    """A hook that writes each event into a pipe; what is told there."""
    pipe, script = config.parent / "events", config.parent / "lamp"
    os.mkfifo(pipe)
    script.write_text(f"#!/bin/sh\necho $PROOFLIGHT_EVENT > {pipe}\n")
    script.chmod(0o700)
    config.write_text(f'{config.read_text()}\n[hook]\ncommand = ["{script}"]\n')
    descriptor = os.open(pipe, os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def serving(config: Path, lamp: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    heard(process, "serving: put work orders into")
    yield process
    process.kill()
    process.communicate()


def shown(lamp: int, wanted: str) -> list[str]:
    """The events until the one that is waited for."""
    seen = b""
    while wanted not in seen.decode().split("\n"):
        ready, _, _ = select.select([lamp], [], [], 60)
        assert ready, f"{wanted} was not told, only {seen!r}"
        seen += os.read(lamp, 4096)
    return seen.decode().split()


def status(config: Path) -> dict[str, object]:
    done = prooflight("status", "--json", "--config", config)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert set(made) == KEYS
    return dict(made)


def test_the_status_of_a_station_in_all_its_lives(config: Path, lamp: int, serving: "subprocess.Popen[str]") -> None:
    fresh = status(config)
    assert (fresh["serving"], fresh["job"], fresh["records"], fresh["waiting"]) == (True, None, 0, 0)
    assert fresh["line"] == {"interface": "lo", "namespace": "", "state": "up"}
    assert fresh["broker"] == {"connected": False} and fresh["clock"] in ("I", "S")
    inbox = config.parent / "state" / "inbox"
    (inbox / "good.part").write_text(json.dumps(VOICE))
    (inbox / "good.part").rename(inbox / "good.json")
    assert shown(lamp, "inconclusive")[-2:] == ["testing", "inconclusive"]
    tested = status(config)
    assert (tested["records"], tested["waiting"], tested["orders"]) == (2, 2, 1)
    assert isinstance(tested["job"], dict) and tested["job"]["ended"]["outcome"] == "inconclusive"
    told = prooflight("status", "--config", config).stdout
    assert "now: idle; last test for WO-2026-000117: inconclusive" in told
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(60) == 0
    rested = status(config)
    assert (rested["serving"], rested["records"], rested["waiting"]) == (False, 2, 2)
    assert {k: rested[k] for k in ("storage", "orders", "inbox", "orders_refused", "last_acceptance")} == {
        k: tested[k] for k in ("storage", "orders", "inbox", "orders_refused", "last_acceptance")
    }


def test_a_station_that_never_ran_says_how_to_start_it(config: Path) -> None:
    done = prooflight("status", "--config", config)
    assert done.returncode == 69
    assert "has not run yet; start it with: prooflight serve" in done.stderr and done.stderr.count("\n") == 1


NORTH = {"name": "north", "version": 12, "digest": "0f" * 32}
NO_KIT = {"in_force": None, "waiting": 0, "last": "", "refused": ""}
RUNNING = {
    "station": "s1",
    "version": "0.1.0",
    "python": "3.11.2",
    "serving": True,
    "job": {"kind": "test", "order": "WO-1", "step": "dhcp, link", "ended": None},
    "kit": {"in_force": NORTH, "waiting": 1, "last": "north 12 was installed", "refused": "north 13: no"},
    "orders": 1,
    "inbox": 0,
    "orders_refused": 2,
    "records": 7,
    "waiting": 1,
    "last_acceptance": {"order": "WO-0", "decision": "closed", "issued_at": "2026-11-23T08:00:00+00:00"},
    "broker": {"connected": True},
    "delivery_said": "results handed to the broker",
    "support": None,
    "clock": "S",
    "storage": {"taken_bytes": 17 << 20, "room_bytes": 2048 << 20, "state": "free"},
    "line": {"interface": "eth1", "namespace": "/run/prooflight-line/ns/", "state": "missing"},
    "saving": True,
}


SUPPORT = {
    "asked": [{"kid": "k", "who": "Zhao Min", "verb": "ont.read", "order": "", "since_s": 3.0}],
    "granted": {"kid": "l", "who": "Wang Li", "by": "customer", "left_s": 299.0},
    "running": {"kid": "l", "who": "Wang Li", "verb": "ont.watch", "order": "", "arguments": {}, "passed_s": 61.4},
    "waiting": [],
    "recent": [{"who": "Wang Li", "verb": "status", "ended": "", "ago_s": 70.2}],
    "refused": {"rate_minute": 4990, "no_consent": 1},
}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "now: test for WO-1: dhcp, link"),
        ({}, "last acceptance: WO-0 closed 2026-11-23T08:00:00+00:00"),
        ({}, "broker: connected (results handed to the broker)"),
        ({}, "line: eth1 in /run/prooflight-line/ns/: missing"),
        ({}, "kit: north 12, 1 waits"),
        ({}, "kit refused: north 13: no"),
        ({"kit": NO_KIT | {"last": "rolled back to the software's own profiles"}}, "kit: none in force"),
        ({"support": SUPPORT}, "support: Wang Li may look for 5 more minutes"),
        ({"support": SUPPORT}, "support: Wang Li runs ont.watch, for 61 s"),
        ({"support": SUPPORT}, "support: Zhao Min asks for ont.read, and nobody has agreed"),
        ({"support": SUPPORT}, "support: last status for Wang Li, done, 70 s ago"),
        ({"support": SUPPORT}, "support: refused no_consent 1, rate_minute 4990"),
        ({"job": None}, "now: idle"),
        (
            {"job": {"kind": "look", "order": "WO-1", "step": "", "ended": {"seen": True}}},
            "now: idle; last look for WO-1: looked at",
        ),
        ({"broker": None}, "broker: none configured, results stay in the journal"),
        ({"serving": False}, "broker: not connected while the daemon does not run"),
        ({"clock": "U"}, "clock: unknown (below a time that a server signed)"),
        ({"line": None}, "line: none configured"),
        ({"saving": False}, "NOTHING MORE CAN BE SAVED: see the log, and run: prooflight journal verify"),
    ],
    ids=str,
)
def test_each_part_of_a_status_is_told_in_words(changed: dict[str, object], line: str) -> None:
    assert line in list(lines(RUNNING | changed))


def test_a_station_that_never_had_a_kit_says_nothing_of_kits() -> None:
    assert not [line for line in lines(RUNNING | {"kit": NO_KIT}) if "kit" in line]
