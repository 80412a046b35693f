"""A whole customer line on this machine: network namespaces for station and network, a veth pair between, shaped.

Namespaces are held by a process whose input is a pipe of ours and everything inside dies with us, so that also a crash
leaves nothing behind. Needs root, or a user namespace in which we are root; traffic never leaves the two namespaces.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from types import TracebackType

from diagnostics.child import namespace_prefix
from diagnostics.errors import NotAvailable

STATION_INTERFACE = "lan0"
NETWORK_INTERFACE = "ont0"
STATION_ADDRESS = "198.18.0.2"  # RFC 2544 range for tests of network devices
GATEWAY_ADDRESS = "198.18.0.1"
ONT_ADDRESS = "198.18.0.5"
REFLECTOR_ADDRESS = "198.18.0.9"

LINE_MBIT = 984.0  # layer 2, so that TCP payload stays just under what 1000BASE-T carries
_BURST_BYTES = 1_000_000  # less starves tbf near 1 Gbit/s
_PROGRAMS = ("ip", "tc", "unshare", "nsenter", "setpriv")


class Namespace:
    """One network namespace, alive as long as this object is open."""

    def __init__(self) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sh", "-c", "echo ready; exec cat"]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._holder.stdout is not None and self._holder.stderr is not None
        if self._holder.stdout.readline() != b"ready\n":
            words = self._holder.stderr.read().decode(errors="replace").strip()
            self.close()
            raise NotAvailable(f"a network namespace cannot be made ({words}); run as root")
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int:
        """The process that holds the namespace."""
        return self._holder.pid

    @property
    def path(self) -> str:
        """The namespace as a file, as the configuration names it."""
        return f"/proc/{self.pid}/ns/net"

    def run(self, *command: str) -> str:
        """Run a command inside and return what it prints; NotAvailable with its own words where it fails."""
        done = subprocess.run([*namespace_prefix(self.path), *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotAvailable(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def start(self, command: Sequence[str], **options: object) -> "subprocess.Popen[bytes]":
        """Start a server inside; it ends with this namespace, and with us."""
        prefix = ["setpriv", "--pdeathsig", "KILL", *namespace_prefix(self.path)]
        process: subprocess.Popen[bytes] = subprocess.Popen([*prefix, *command], **options)  # type: ignore[call-overload]
        self.started.append(process)
        return process

    def close(self) -> None:
        """End everything inside and the namespace itself."""
        for process in getattr(self, "started", []):
            end(process)
        end(self._holder)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End one process that we started: ask, wait a little, then kill."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


class VirtualLine:
    """A customer line: the station's end (`station`), the network's end (`network`), shaped in both directions.

    Rates are layer-2 Mbit/s; TCP payload over IPv4 is 1448/1514 of them. Without fibre nothing behind the ONT answers.
    """

    def __init__(self, *, down_mbit: float = LINE_MBIT, up_mbit: float = LINE_MBIT, fibre: bool = True) -> None:
        missing = [program for program in _PROGRAMS if shutil.which(program) is None]
        if missing:
            raise NotAvailable(f"{', '.join(missing)}: not installed; apt-get install iproute2 util-linux")
        self.station = Namespace()
        try:
            self.network = Namespace()
            self._join(fibre)
            self.shape(down_mbit=down_mbit, up_mbit=up_mbit)
        except BaseException:
            self.close()
            raise

    def _join(self, fibre: bool) -> None:
        ends = ("type", "veth", "peer", "name", NETWORK_INTERFACE, "netns", str(self.network.pid))
        self.station.run("ip", "link", "add", STATION_INTERFACE, *ends)
        beyond = (REFLECTOR_ADDRESS,) if fibre else ()
        for space, interface, addresses in (
            (self.station, STATION_INTERFACE, (STATION_ADDRESS,)),
            (self.network, NETWORK_INTERFACE, (GATEWAY_ADDRESS, ONT_ADDRESS, *beyond)),
        ):
            for address in addresses:
                space.run("ip", "address", "add", f"{address}/24", "dev", interface)
            space.run("ip", "link", "set", interface, "up")
            space.run("ip", "link", "set", "lo", "up")
        self.station.run("ip", "route", "add", "default", "via", GATEWAY_ADDRESS)

    def shape(self, *, down_mbit: float, up_mbit: float) -> None:
        """Shape the line anew; each direction on the sending end's egress."""
        for space, interface, rate in (
            (self.network, NETWORK_INTERFACE, down_mbit),
            (self.station, STATION_INTERFACE, up_mbit),
        ):
            burst = str(max(15_000, int(_BURST_BYTES * rate / 1000)))
            tbf = ("root", "tbf", "rate", f"{int(rate * 1000)}kbit", "burst", burst, "latency", "30ms")
            space.run("tc", "qdisc", "replace", "dev", interface, *tbf)

    def close(self) -> None:
        """Tear the line down, and all that was started on it."""
        for space in (getattr(self, "station", None), getattr(self, "network", None)):
            if space is not None:
                space.close()

    def __enter__(self) -> "VirtualLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def may_make_namespaces() -> bool:
    """Whether this process may make network namespaces as it is."""
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return probe.returncode == 0


def reenter_as_root(command: Sequence[str]) -> None:
    """Run this program anew inside a user namespace in which it is root; returns only where that is not allowed."""
    probe = subprocess.run(["unshare", "--user", "--map-root-user", "--net", "true"], capture_output=True, check=False)
    if probe.returncode == 0:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", *command])
