"""The station as a daemon: takes orders from its inbox, keeps what came of them, ends when asked."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.demo_files import write_demo_files

ROOT = Path(__file__).parents[1]
EXAMPLE = json.loads((ROOT / "agent" / "examples" / "install.json").read_text())
VOICE = EXAMPLE | {"services": [{"type": "voice"}], "reflectors": []}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=9, interface="lo", namespace="")
    return tmp_path / "station.toml"


def prooflight(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)


@pytest.fixture
def serving(config: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    heard(process, "serving: put work orders into")
    yield process
    process.kill()
    process.communicate()


def heard(process: "subprocess.Popen[str]", words: str) -> str:
    assert process.stdout is not None
    while words not in (line := process.stdout.readline()):
        assert line, f"the station ended: {process.stderr and process.stderr.read()}"
    return line


def put(config: Path, name: str, document: object) -> None:
    inbox = config.parent / "state" / "inbox"
    (inbox / f"{name}.part").write_text(json.dumps(document))
    (inbox / f"{name}.part").rename(inbox / f"{name}.json")


def test_an_order_put_into_the_inbox_is_tested_recorded_and_bundled(
    config: Path, serving: "subprocess.Popen[str]"
) -> None:
    put(config, "bad", {"id": "x"})
    assert "services: is missing" in heard(serving, "refused bad.json")
    put(config, "good", VOICE)
    assert "inconclusive" in heard(serving, "WO-2026-000117: inconclusive")
    assert (config.parent / "state" / "bundles" / "WO-2026-000117.json").exists()
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(20) == 0
    listed = json.loads(prooflight("journal", "list", "--json", "--config", config).stdout)
    assert [record["tx"] for record in listed] == ["B", "E"]


def test_a_second_process_on_the_journal_is_told_who_has_it(config: Path, serving: "subprocess.Popen[str]") -> None:
    order = config.parent / "order.json"
    order.write_text(json.dumps(VOICE))
    done = prooflight("accept", order, "--config", config)
    assert done.returncode == 69
    assert str(serving.pid) in done.stderr and done.stderr.count("\n") == 1


def test_a_station_killed_in_a_test_tells_so_at_its_next_start(config: Path, serving: "subprocess.Popen[str]") -> None:
    put(config, "good", VOICE)
    heard(serving, "WO-2026-000117: testing")
    os.kill(serving.pid, signal.SIGKILL)
    serving.wait(20)
    order = config.parent / "order.json"
    order.write_text(json.dumps(VOICE))
    assert prooflight("accept", order, "--wait", "0", "--config", config).returncode == 2
    listed = json.loads(prooflight("journal", "list", "--json", "--config", config).stdout)
    steps = [record["tx"] for record in listed]
    assert steps in (["B", "P", "B", "E"], ["B", "E"]), "killed after the open record, or just before it"
