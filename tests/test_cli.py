"""The command line as documented: commands, one-line errors, exit codes, one JSON document."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli import COMMANDS

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "agent" / "examples" / "install.json"


def prooflight(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
    )


def test_help_names_every_command() -> None:
    done = prooflight("--help")
    assert done.returncode == 0
    for name, meaning in COMMANDS.items():
        assert f"  {name} " in done.stdout and meaning in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_stands_in_the_readme(name: str) -> None:
    done = prooflight(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"usage: prooflight {name}" in done.stdout
    assert f"prooflight {name}" in (ROOT / "README.md").read_text()


def test_version() -> None:
    assert re.fullmatch(r"prooflight \d+\.\d+\.\d+\n", prooflight("--version").stdout)


@pytest.fixture
def order_2000(tmp_path: Path) -> Path:
    path = tmp_path / "2000.json"
    path.write_text(EXAMPLE.read_text().replace('"down_mbps": 1000', '"down_mbps": 2000'))
    return path


@pytest.fixture
def bad_order(tmp_path: Path) -> Path:
    path = tmp_path / "bad.json"
    path.write_text(EXAMPLE.read_text().replace('"down_mbps": 1000', '"down_mbps": 0'))
    return path


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 64, ""),
        (["fly"], 64, "'fly' is not a command"),
        (["accept"], 64, "ORDER"),
        (["demo", "--fault", "flood"], 64, "invalid choice: 'flood'"),
        (["check", "weather", "--config", "/nonexistent"], 64, "'weather' is not a check; known: pppoe, ont"),
        (["accept", "/nonexistent.json"], 65, "/nonexistent.json: No such file"),
        (["accept", str(EXAMPLE), "--config", "/nonexistent.toml"], 78, "/nonexistent.toml"),
        (["serve", "--config", "/nonexistent.toml"], 78, "/nonexistent.toml"),
        (["acceptor", "list", "--config", "/nonexistent.toml"], 78, "/nonexistent.toml"),
        (["virtual", "huawei_wap", "lot"], 65, "did you mean lit?"),
        (["verify", str(EXAMPLE), "--trust", "/nonexistent"], 78, "/nonexistent: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_one_line_with_its_exit_code(words: list[str], code: int, told: str) -> None:
    done = prooflight(*words)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stderr.count("\n") == (1 if words else 0)
    assert "Traceback" not in done.stderr


def test_a_bad_order_names_its_field(bad_order: Path) -> None:
    for words in (["accept", bad_order], ["demo", "--order", bad_order]):
        done = prooflight(*words)
        assert done.returncode == 65
        assert "services[0].down_mbps: must be greater than 0" in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_check_on_loopback_prints_one_json_document(tmp_path: Path) -> None:
    from agent.demo_files import write_demo_files

    write_demo_files(tmp_path, station="s", tenant="t", broker_port=9, interface="lo", namespace="")
    done = prooflight("check", "link", "--json", "--config", tmp_path / "station.toml")
    assert done.returncode == 0, done.stderr
    made = {m["quantity"]: m for m in json.loads(done.stdout)}
    assert made["station_link_state"]["value"] == "up"
    assert made["station_link_speed_mbps"]["failure"]["kind"] == "not_supported"


def test_a_station_without_a_line_says_what_is_missing(tmp_path: Path) -> None:
    from agent.demo_files import write_demo_files

    write_demo_files(tmp_path, station="s", tenant="t", broker_port=9, interface="lo", namespace="")
    config = tmp_path / "station.toml"
    config.write_text(re.sub(r"\[line\].*?\n\n", "", config.read_text(), flags=re.DOTALL))
    done = prooflight("accept", EXAMPLE, "--config", config)
    assert done.returncode == 78
    assert "[line] is needed" in done.stderr and done.stderr.count("\n") == 1
