"""Peers of the wire's tasks: real servers at the network's end of a virtual line, each heard by what it logs."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from diagnostics.server_end import end
from drivers.virtual.namespace import Namespace, may_make_namespaces

STATION_INTERFACE, NETWORK_INTERFACE = "lan0", "ont0"
STATION_ADDRESS = "198.18.0.2"  # RFC 2544 range for tests of network devices
GATEWAY_ADDRESS, ONT_ADDRESS, REFLECTOR_ADDRESS = "198.18.0.1", "198.18.0.5", "198.18.0.9"
NOBODYS_ADDRESS = "198.18.0.88"
WITHIN_S = 120.0  # for what must happen; only a broken test waits as long
NEEDS_ROOT = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]


class Wire:
    """Two hosts and one cable: the station's end, and the network's end, on which the peers serve."""

    def __init__(self) -> None:
        self.station, self.network = Namespace(), Namespace()
        end_there = ("type", "veth", "peer", "name", NETWORK_INTERFACE, "netns", str(self.network.pid))
        self.station.run("ip", "link", "add", STATION_INTERFACE, *end_there)
        for space, interface, addresses in (
            (self.station, STATION_INTERFACE, (STATION_ADDRESS,)),
            (self.network, NETWORK_INTERFACE, (GATEWAY_ADDRESS, ONT_ADDRESS, REFLECTOR_ADDRESS)),
        ):
            for address in addresses:
                space.run("ip", "address", "add", f"{address}/24", "dev", interface)
            space.run("ip", "link", "set", interface, "up")
        self.station.run("ip", "route", "add", "default", "via", GATEWAY_ADDRESS)

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *ending: object) -> None:
        self.station.close()
        self.network.close()


class Peer:
    """A running server and what it has said on standard error."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self._lines.append(line.decode(errors="replace"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def await_word(self, word: str) -> None:
        """Wait until the server has said a word."""
        with self._news:
            said = self._news.wait_for(lambda: any(word in line for line in self._lines), WITHIN_S)
        assert said, f"{word!r} is not in: {''.join(self._lines[-30:])}"

    def said(self) -> str:
        """All that the server has said so far."""
        with self._news:
            return "".join(self._lines)

    def close(self) -> None:
        """End the server and its children at once: kamailio, asked nicely, may take a minute."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._reader.join(WITHIN_S)
        end(self.process)


@contextlib.contextmanager
def running(space: Namespace, command: Sequence[str], ready: str) -> Iterator[Peer]:
    """A server in a namespace, until the block ends; it is ready once it says so."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    peer = Peer(space.start(command, start_new_session=True, **pipes))
    try:
        peer.await_word(ready)
        yield peer
    finally:
        peer.close()


@contextlib.contextmanager
def dnsmasq(
    space: Namespace, folder: Path, *options: str, interface: str = NETWORK_INTERFACE, dns: bool = False
) -> Iterator[Peer]:
    """A dnsmasq on one interface that pings nobody and logs everything; it has no upstream."""
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--no-resolv", "--no-hosts"]
    command += [f"--interface={interface}", "--bind-interfaces", "--except-interface=lo", "--no-ping", "--log-dhcp"]
    command += ["--log-facility=-", f"--dhcp-leasefile={folder / 'leases'}", "--pid-file"]
    command += [] if dns else ["--port=0"]
    with running(space, [*command, *options], "started") as peer:
        yield peer


def python(module: str, *words: str) -> list[str]:
    """The command line of one of our own peers."""
    return [sys.executable, "-u", "-m", f"tests.diagnostics.wire.{module}", *words]


def virtual(module: str, *words: str) -> list[str]:
    """The command line of a peer that virtual lines have as well."""
    return [sys.executable, "-u", "-m", f"drivers.virtual.peers.{module}", *words]
