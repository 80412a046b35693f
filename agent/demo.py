"""The peers of a demonstration, all real and all on this machine: line, ONT, reflector, broker, acceptor.

Each runs as its own process with its log in the demonstration's folder, and all end with this one. Names and keys are
made for the occasion.
"""

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.demo_files import write_demo_files
from diagnostics.errors import NotAvailable
from diagnostics.server_end import end
from drivers.virtual.line import GATEWAY_ADDRESS, LINE_MBIT, ONT_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.namespace import DIES_WITH_US, Namespace

STATION, TENANT = "demo-station", "demo"
START_S = 20.0
# The ONT's own DHCP and DNS; without --no-daemon it would change its groups, which a user namespace forbids.
_ADDRESSING = (
    *("--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-ping", "--interface=br0"),
    *("--bind-interfaces", "--except-interface=lo", "--dhcp-range=198.18.0.4,198.18.0.6,1h"),
    *(f"--dhcp-option=3,{GATEWAY_ADDRESS}", "--local=/com/", "--local=/invalid/"),
)
_PACKAGES = {"dnsmasq": "dnsmasq-base", "mosquitto": "mosquitto", "iperf3": "iperf3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the line of a demonstration."""

    meaning: str
    ont_state: str = "lit"
    down_mbit: float = LINE_MBIT
    fibre: bool = True
    broker_late: bool = False


FAULTS = {
    "none": Fault(meaning="a line as ordered"),
    "dark": Fault(meaning="no light reaches the ONT", ont_state="dark", fibre=False),
    "weak-light": Fault(meaning="too little light reaches the ONT", ont_state="weak-light"),
    "wrong-serial": Fault(meaning="another ONT than the ordered one is fitted", ont_state="wrong-serial"),
    "slow": Fault(meaning="the line carries 300 Mbit/s", down_mbit=300.0),
    "broker-down": Fault(meaning="the message broker is down until after the test", broker_late=True),
}


class Demo:
    """The demonstration's folder and its running peers."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        for program, package in _PACKAGES.items():
            if _program(program) is None:
                raise NotAvailable(f"{program} is not installed; apt-get install {package}")
        self.folder = folder
        self.fault = fault
        self.port = _free_port()
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def station_config(self) -> Path:
        """The station's configuration file."""
        return self.folder / "station.toml"

    @property
    def acceptor_config(self) -> Path:
        """The acceptor's configuration file."""
        return self.folder / "acceptor.toml"

    @contextlib.contextmanager
    def line(self) -> Iterator[VirtualLine]:
        """The customer line with its ONT and reflector; all that was started ends with it."""
        with VirtualLine(down_mbit=self.fault.down_mbit, fibre=self.fault.fibre) as line:
            try:
                self._write_station(line)
                self._serve_line(line)
                yield line
            finally:
                self.close()

    def start_broker(self) -> None:
        """Start mosquitto with a configuration of its own, and wait until it runs."""
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stderr\n"
            f"persistence true\npersistence_location {self.folder}/\nautosave_on_changes true\nautosave_interval 1\n"
        )
        broker = self._start("mosquitto", [str(_program("mosquitto")), "-c", str(config)])
        self._await("mosquitto", broker, " running")

    def start_acceptor(self) -> None:
        """Start the acceptor and wait until it listens."""
        command = ["acceptor", "serve", "--config", str(self.acceptor_config)]
        self._await("acceptor", self._start("acceptor", _prooflight(*command)), "listening")

    def issue(self, order: Path) -> Path:
        """Have the back office sign a work order for this station; the file that it would send."""
        signed = self.folder / "order.signed.json"
        words = ["acceptor", "order", "issue", str(order), "--station", STATION, "--out", str(signed)]
        done = subprocess.run(
            _prooflight(*words, "--config", str(self.acceptor_config)), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotAvailable(f"the order could not be signed: {done.stderr.strip()}")
        return signed

    def close(self) -> None:
        """End every process that was started here."""
        while self._running:
            end(self._running.pop())

    def _serve_line(self, line: VirtualLine) -> None:
        plain = [str(_program("iperf3")), "-s", "--forceflush"]  # for orders whose reflector has no gate
        self._await("iperf3", self._start("iperf3", plain, line.network), "Server listening")
        gate = _prooflight("reflector", "serve", "--config", str(self.folder / "reflector.toml"))
        self._await("reflector", self._start("reflector", gate, line.network), "listening on")
        dnsmasq = [str(_program("dnsmasq")), *_ADDRESSING, f"--dhcp-leasefile={self.folder / 'leases'}"]
        self._await("dnsmasq", self._start("dnsmasq", dnsmasq, line.ont), "started")
        where = ("--transport", "telnet", "--host", ONT_ADDRESS, "--port", "23", "--live", "lan1")
        ont = _prooflight("virtual", "huawei_wap", self.fault.ont_state, *where)
        self._await("ont", self._start("ont", ont, line.ont), ONT_ADDRESS)

    def _start(self, name: str, command: Sequence[str], host: Namespace | None = None) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("wb") as log:
            options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            if host is not None:
                return host.start(command, **options)
            process = subprocess.Popen([*DIES_WITH_US, *command], **options)
        self._running.append(process)
        return process

    def _await(self, name: str, process: "subprocess.Popen[bytes]", mark: str) -> None:
        log = self.folder / f"{name}.log"
        deadline = time.monotonic() + START_S
        while mark not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotAvailable(f"{name} did not start; see {log}")
            time.sleep(0.05)

    def _write_station(self, line: VirtualLine) -> None:
        write_demo_files(
            self.folder,
            station=STATION,
            tenant=TENANT,
            broker_port=self.port,
            interface=STATION_INTERFACE,
            namespace=line.station.path,
        )


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _prooflight(*words: str) -> list[str]:
    return [sys.executable, "-m", "agent.cli", *words]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
