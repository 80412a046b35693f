"""`prooflight diagnose` as people run it: it says how long it takes, signs nothing, and ends cleanly when told to."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent.demo_files import write_demo_files
from tests.peers import iperf3_server

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "agent.cli", "diagnose"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_demo_files(tmp_path, station="s", tenant="t", broker_port=9, interface="lo", namespace="")
    return tmp_path / "station.toml"


def diagnose(config: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--config", str(config), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_a_reflector_that_is_not_there_leaves_it_inconclusive_and_unsigned(config: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        reflector = f"127.0.0.1:{free.getsockname()[1]}"
        done = diagnose(config, "--reflector", reflector, "--down", "100", "--json", "--svg", str(tmp_path / "d.svg"))
    assert done.returncode == 2, done.stderr
    assert re.match(r"diagnosis after RFC 6349 over lo to 127.0.0.1 port \d+: about 2 min \d\d s", done.stderr)
    made = json.loads(done.stdout)
    assert (made["signed"], made["outcome"], made["criteria"]["name"]) == (False, "inconclusive", "rfc6349")
    assert {run["failure"]["kind"] for run in made["runs"]} == {"refused"}
    assert [run["expected_mbps"] for run in made["runs"]] == [100.0, None]
    assert "bandwidth down, refused" in "".join(ET.fromstring((tmp_path / "d.svg").read_text()).itertext())
    assert not (tmp_path / "state").exists()


def test_an_interrupted_diagnosis_ends_with_130(config: Path) -> None:
    with iperf3_server() as port:
        command = [*COMMAND, "--config", str(config), "--reflector", f"127.0.0.1:{port}"]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert running.stdout is not None
        while "baseline: started" not in (line := running.stdout.readline()):
            assert line, "the diagnosis ended"
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (130, "prooflight diagnose: interrupted\n")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 65, "no reflector: name an order or --reflector, or set [line] reflector in "),
        (["--reflector", "127.0.0.1:http"], 65, "'127.0.0.1:http' is not a reflector; write HOST, HOST:PORT or"),
        (["--reflector", "127.0.0.1", "--down", "0"], 64, "'0' is not a rate in Mbit/s"),
        (["--reflector", "127.0.0.1", "--up", "fast"], 64, "fast"),
        (["--reflector", "127.0.0.1", "--svg", "/nonexistent/d.svg"], 65, "/nonexistent/d.svg: cannot be written"),
        (["/nonexistent.json"], 65, "/nonexistent.json: No such file"),
    ],
)
def test_what_is_wrong_is_said_before_the_line_is_filled(config: Path, words: list[str], code: int, told: str) -> None:
    done = diagnose(config, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr and done.stderr.count("\n") == 1


def test_the_order_names_reflector_and_rates(config: Path) -> None:
    order = ROOT / "agent" / "examples" / "install.json"
    running = subprocess.Popen(
        [*COMMAND, str(order), "--config", str(config)], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    )
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert re.match(r"diagnosis after RFC 6349 over lo to 198.18.0.9 port 5201: about ", first)


def test_the_configuration_may_name_the_reflector_of_its_line(config: Path) -> None:
    config.write_text(config.read_text().replace("[line]\n", '[line]\nreflector = "[2001:db8::9]:5300"\n'))
    running = subprocess.Popen([*COMMAND, "--config", str(config)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert running.stdout is not None
    first = running.stdout.readline()
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert "over lo to 2001:db8::9 port 5300: " in first
