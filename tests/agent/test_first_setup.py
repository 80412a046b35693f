"""The first set-up: step by step, twice, beside a real uplink; and the package's scripts."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config import load_station
from agent.keys import load_private
from agent.trust import load_trust
from diagnostics.child import namespace_prefix
from drivers.virtual.namespace import Namespace, may_make_namespaces

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="needs root: network namespaces")


@pytest.fixture(scope="module")
def machine() -> Iterator[Namespace]:
    """A machine with an uplink and an interface to the ONT."""
    machine = Namespace()
    machine.ip(["link add ont0 type veth peer name far0", "link add up0 type veth peer name up1", "link set up0 up"])
    machine.ip(["address add 198.51.100.2/24 dev up0", "link set up1 up", "route add default via 198.51.100.1 dev up0"])
    yield machine
    machine.close()


def set_up(machine: Namespace, folder: Path, said: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*namespace_prefix(machine.path), sys.executable, "-m", "agent.cli", "setup", "--user", "root"]
    places = ["--folder", str(folder / "etc"), "--state", str(folder / "state")]
    given = ["--name", "box-7", "--interface", "ont0", *places, *words]
    return subprocess.run(
        [*command, *given], input=said, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_first_setup_makes_everything_and_a_second_one_keeps_it(machine: Namespace, tmp_path: Path) -> None:
    first = set_up(machine, tmp_path, "482915\n", "--broker", "broker.example:8883", "--tenant", "north")
    assert (first.returncode, first.stderr) == (0, "")
    config = load_station(tmp_path / "etc" / "station.toml", {})
    assert config.line and (config.line.interface, config.line.namespace) == ("ont0", "/run/prooflight-line/ns/")
    assert config.mqtt and (config.mqtt.host, config.mqtt.port, config.mqtt.tenant) == ("broker.example", 8883, "north")
    assert config.web and "prooflight-box-7.local" in config.web.names
    assert load_private(config.key).kid in load_trust(config.trust).keys
    for private in (config.key, config.web.pin):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert "482915" not in first.stdout
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    second = set_up(machine, tmp_path, "918273\n")
    assert second.returncode == 0
    for kept in ("key: kept", "configuration: kept", "PIN: kept", "trust file: kept"):
        assert kept in second.stdout
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


@pytest.mark.parametrize(
    ("words", "said", "code", "told"),
    [
        (("--interface", "up0"), "", 69, "up0: carries the default route, so it is the uplink"),
        (("--interface", "ont9"), "", 69, "ont9: no such interface here"),
        (("--name", 'a"b'), "", 65, "--name: must be"),
        (("--ont", "1 2"), "", 65, "--ont: has a character"),
        (("--user", "nobody-7"), "", 69, "nobody-7: no such user"),
        ((), "111111\n", 65, "guessed first"),
    ],
)
def test_what_cannot_be_set_up_is_one_line(
    machine: Namespace, tmp_path: Path, words: tuple[str, ...], said: str, code: int, told: str
) -> None:
    done = set_up(machine, tmp_path, said, *words)
    assert done.returncode == code and told in done.stderr and done.stderr.count("\n") == 1


def test_without_a_pin_it_says_how_to_set_one(machine: Namespace, tmp_path: Path) -> None:
    done = set_up(machine, tmp_path, "")
    assert done.returncode == 0 and "PIN: not set; nobody can sign in before: prooflight pin set" in done.stdout


SCRIPTS = [*(ROOT / "scripts" / "deb").iterdir(), ROOT / "scripts" / "build-deb", ROOT / "scripts" / "try-package"]


@pytest.mark.parametrize("script", [*SCRIPTS, ROOT / "agent" / "deploy" / "line-dhcp"], ids=lambda path: path.name)
def test_a_script_of_the_package_is_sound_shell(script: Path) -> None:
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
