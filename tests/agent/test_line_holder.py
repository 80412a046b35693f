"""The line's holder: with one capability it moves the interface away, with none the station's children work there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.demo_files import write_demo_files
from diagnostics.child import namespace_prefix
from diagnostics.server_end import end
from drivers.virtual.namespace import Namespace, may_make_namespaces

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="needs root: network namespaces")
# Root alone needs SETFCAP as well, to stand in a user namespace of its own; the service's user does not.
ONLY_NET_ADMIN = ("setpriv", "--no-new-privs", "--bounding-set=-all,+net_admin,+setfcap")
NO_CAPABILITY = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
RAW = "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW).bind(('ont0', 0)); print('raw')"


@pytest.fixture
def far() -> Iterator[Namespace]:
    """What the machine's interface `ont0` is plugged into."""
    far = Namespace()
    yield far
    far.close()


@pytest.fixture
def machine(far: Namespace) -> Iterator[Namespace]:
    """A machine with an uplink and the interface `ont0`, whose far end has a DHCP server."""
    machine = Namespace()
    try:
        machine.ip(
            ["link add ont0 type veth peer name far0", "link add up0 type veth peer name up1", "link set up0 up"]
        )
        machine.ip(["address add 198.51.100.2/24 dev up0", "route add default via 198.51.100.1 dev up0"])
        machine.run("ip", "link", "set", "far0", "netns", str(far.pid))
        far.ip(["address add 192.0.2.1/24 dev far0", "link set far0 up", "link set lo up"])
        serve_addresses(far, "192.0.2.50,192.0.2.59")
        yield machine
    finally:
        machine.close()


def serve_addresses(far: Namespace, pool: str) -> None:
    """Lease addresses of this pool behind the cable, and no others any more."""
    for process in far.started:
        end(process)
    words = "--keep-in-foreground --conf-file=/dev/null --port=0 --interface=far0 --bind-interfaces --leasefile-ro"
    more = [f"--dhcp-range={pool},10m", "--dhcp-authoritative", "--no-ping", "--log-facility=-"]
    far.start_until("DHCP, IP range", ["dnsmasq", *words.split(), *more])


def configured(folder: Path, interface: str, address: str) -> Path:
    place = f"{folder}/run/ns/"
    write_demo_files(folder, station="s1", tenant="t", broker_port=9, interface=interface, namespace=place)
    config = folder / "station.toml"
    config.write_text(config.read_text().replace("[line]\n", f'[line]\naddress = "{address}"\n'))
    return config


def holding(folder: Path, config: Path) -> list[str]:
    return [sys.executable, "-m", "agent.cli", "line", "--config", str(config), "--place", str(folder / "run" / "ns")]


@pytest.mark.parametrize(("address", "wanted"), [("192.0.2.9/24", "192.0.2.9"), ("dhcp", "192.0.2.5")])
def test_a_held_line_is_reached_without_any_capability_and_is_gone_from_the_machine(
    tmp_path: Path, machine: Namespace, address: str, wanted: str
) -> None:
    config = configured(tmp_path, "ont0", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        os.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
        try:
            holder = machine.start([*ONLY_NET_ADMIN, *holding(tmp_path, config)], cwd=ROOT)
        finally:
            del os.environ["NOTIFY_SOCKET"]
        assert b"READY=1" in manager.recv(4096)
    assert "ont0" not in machine.run("ip", "link")
    inside = [*NO_CAPABILITY, *namespace_prefix(f"{tmp_path}/run/ns/")]
    (tmp_path / "state" / "journal" / "evidence").mkdir(parents=True)
    asked = [sys.executable, "-m", "agent.cli", "status", "--json", "--config", str(config)]
    told = machine.run(*NO_CAPABILITY, *asked)
    assert json.loads(told)["line"]["state"] == "up"
    assert machine.run(*inside, sys.executable, "-c", RAW) == "raw\n"
    assert wanted in address_of(machine, inside)
    assert "up0" not in machine.run(*inside, "ip", "link"), "the uplink is not in there"
    holder.send_signal(signal.SIGTERM)
    assert holder.wait(60) == 0
    assert not (tmp_path / "run" / "ns").is_symlink()


def test_a_cable_that_comes_back_may_be_another_customers(tmp_path: Path, machine: Namespace, far: Namespace) -> None:
    config = configured(tmp_path, "ont0", "dhcp")
    holder = machine.start([*ONLY_NET_ADMIN, *holding(tmp_path, config)], cwd=ROOT)
    inside = [*NO_CAPABILITY, *namespace_prefix(f"{tmp_path}/run/ns/")]
    wait_until((tmp_path / "run" / "ns" / "net").exists)
    assert "192.0.2.5" in address_of(machine, inside)
    far.run("ip", "link", "set", "far0", "down")
    wait_until(lambda: "LOWER_UP" not in machine.run(*inside, "ip", "link", "show", "dev", "ont0"))
    far.run("ip", "address", "add", "198.51.100.1/24", "dev", "far0")
    serve_addresses(far, "198.51.100.50,198.51.100.59")
    far.run("ip", "link", "set", "far0", "up")
    wait_until(lambda: "198.51.100.5" in address_of(machine, inside))
    assert "192.0.2.5" not in address_of(machine, inside)
    holder.send_signal(signal.SIGTERM)
    assert holder.wait(60) == 0


def wait_until(so: Callable[[], bool]) -> None:
    for _ in range(1200):
        if so():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to that within two minutes")


def address_of(machine: Namespace, inside: list[str]) -> str:
    """The interface's addresses, once there is one."""
    shown = ""

    def look() -> bool:
        nonlocal shown
        shown = machine.run(*inside, "ip", "-o", "-4", "address", "show", "dev", "ont0")
        return bool(shown)

    wait_until(look)
    return shown


@pytest.mark.parametrize(
    ("interface", "words"),
    [("up0", "up0: carries the default route, so it is the uplink"), ("ont7", "ont7: no such interface here")],
)
def test_what_must_not_be_moved_is_refused_in_one_line(
    tmp_path: Path, machine: Namespace, interface: str, words: str
) -> None:
    config = configured(tmp_path, interface, "none")
    command = [*namespace_prefix(machine.path), *ONLY_NET_ADMIN, *holding(tmp_path, config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 69
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert "up0" in machine.run("ip", "link")


def test_a_configuration_of_another_namespace_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path, "ont0", "none")
    command = [sys.executable, "-m", "agent.cli", "line", "--config", str(config), "--place", "/run/elsewhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 78 and 'namespace must be "/run/elsewhere/"' in done.stderr
