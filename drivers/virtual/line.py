"""A whole customer line on this machine: every host a network namespace, veth between them, the access rate shaped.

    station lan0 -- lan1 ONT pon0 -- olt0 access core0 -- edge0 core net0 -- net0 network (two reflectors)
    home    eth0 -- lan2  (bridge)          (gateway)

The rate is shaped in one place a direction, on the PON: down where the access sends, up where the ONT sends. Traffic
never leaves the namespaces, and a crash leaves nothing behind.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.virtual.far_link import far_link
from drivers.virtual.namespace import Namespace, need_programs
from drivers.virtual.shaping import tbf

STATION_INTERFACE = "lan0"
STATION_ADDRESS = "198.18.0.2"  # RFC 2544 range for tests of network devices
HOME_ADDRESS = "198.18.0.3"
GATEWAY_ADDRESS = "198.18.0.1"
ONT_ADDRESS = "198.18.0.5"
REFLECTOR_ADDRESS = "198.18.0.9"
REFLECTOR_ADDRESS_6 = "2001:2:0:2::9"
SECOND_REFLECTOR_ADDRESS = "198.18.0.10"
CROSS_ADDRESS = "198.18.0.11"  # where the second device's traffic comes from and goes to
REFLECTOR_PORT = 5201

LINE_MBIT = 984.0  # layer 2, so that TCP payload stays just under what 1000BASE-T carries

HOSTS = ("station", "home", "ont", "access", "core", "network")
_WIRES = (
    ("station", STATION_INTERFACE, "ont", "lan1"),
    ("home", "eth0", "ont", "lan2"),
    ("ont", "pon0", "access", "olt0"),
    ("access", "core0", "core", "edge0"),
    ("core", "net0", "network", "net0"),
)
# host, interface, addresses of both families (2001:2::/48 is the range for tests, RFC 5180)
_ADDRESSES = (
    ("station", STATION_INTERFACE, (f"{STATION_ADDRESS}/29", "2001:2:0:1::2/64")),
    ("home", "eth0", (f"{HOME_ADDRESS}/29", "2001:2:0:1::3/64")),
    ("ont", "br0", (f"{ONT_ADDRESS}/29", "2001:2:0:1::5/64")),
    ("access", "olt0", (f"{GATEWAY_ADDRESS}/29", "2001:2:0:1::1/64")),
    ("access", "core0", ("198.18.0.17/30", "2001:2:0:3::1/64")),
    ("core", "edge0", ("198.18.0.18/30", "2001:2:0:3::2/64")),
    ("core", "net0", ("198.18.0.14/29", "2001:2:0:2::e/64")),
    ("network", "net0", (f"{REFLECTOR_ADDRESS}/29", f"{REFLECTOR_ADDRESS_6}/64")),
    ("network", "net0", (f"{SECOND_REFLECTOR_ADDRESS}/29", "2001:2:0:2::a/64")),
    ("network", "net0", (f"{CROSS_ADDRESS}/29", "2001:2:0:2::b/64")),
)
_ROUTES = (
    ("station", "default", GATEWAY_ADDRESS, "2001:2:0:1::1"),
    ("home", "default", GATEWAY_ADDRESS, "2001:2:0:1::1"),
    ("ont", "default", GATEWAY_ADDRESS, "2001:2:0:1::1"),
    ("access", "198.18.0.8/29 2001:2:0:2::/64", "198.18.0.18", "2001:2:0:3::2"),
    ("core", "198.18.0.0/29 2001:2:0:1::/64", "198.18.0.17", "2001:2:0:3::1"),
    ("network", "default", "198.18.0.14", "2001:2:0:2::e"),
)
_SIX = "/proc/sys/net/ipv6"  # absent where the kernel was told to do without IPv6: then the line does as well
_AT_ONCE = f"[ ! -d {_SIX} ] || echo 0 > {_SIX}/conf/default/accept_dad"  # no second of waiting for twins
_FORWARD = f"set -e; echo 1 > /proc/sys/net/ipv4/ip_forward; [ ! -d {_SIX} ] || echo 1 > {_SIX}/conf/all/forwarding"


class VirtualLine:
    """A customer line. Rates are layer-2 Mbit/s (`shaping.payload_mbps` says what TCP gets of them).

    Each host is an attribute: station, home, ont, access, core, network. Without fibre nothing behind the ONT answers.
    `delay_ms` is added to the round trip between gateway and reflectors, by a relay that is only there if it is asked
    for.
    """

    station: Namespace
    home: Namespace
    ont: Namespace
    access: Namespace
    core: Namespace
    network: Namespace

    def __init__(
        self,
        *,
        down_mbit: float = LINE_MBIT,
        up_mbit: float = LINE_MBIT,
        fibre: bool = True,
        delay_ms: float = 0.0,
    ) -> None:
        need_programs("ip", "tc", "unshare", "nsenter", "setpriv")
        try:
            for name in HOSTS:
                setattr(self, name, Namespace())
                getattr(self, name).run("sh", "-c", _AT_ONCE)
            self._join(delay_ms)
            self.shape(down_mbit=down_mbit, up_mbit=up_mbit)
            if not fibre:
                self.ont.ip(["link set pon0 down"])
        except BaseException:
            self.close()
            raise

    def hosts(self) -> Iterator[tuple[str, Namespace]]:
        """The hosts that are there, by name."""
        for name in HOSTS:
            space = getattr(self, name, None)
            if space is not None:
                yield name, space

    def _join(self, delay_ms: float) -> None:
        self.ont.ip(["link add br0 type bridge mcast_snooping 0"])
        for near, interface, far, peer in _WIRES:
            if delay_ms and (near, far) == ("core", "network"):
                far_link(self.core, interface, self.network, peer, delay_ms=delay_ms)
                continue
            there = getattr(self, far).pid
            getattr(self, near).ip([f"link add {interface} type veth peer name {peer} netns {there}"])
        self.ont.ip([f"link set {port} master br0" for port in ("lan1", "lan2", "pon0")])
        for host in (self.access, self.core):
            host.run("sh", "-c", _FORWARD)
        six = Path(_SIX).is_dir()
        for name, space in self.hosts():
            space.ip(setting for setting in _settings(name) if six or ":" not in setting)

    def shape(self, *, down_mbit: float, up_mbit: float, burst: int = 0, latency_ms: int = 30) -> None:
        """Shape the line anew; the burst in bytes (0 takes the usual one), the queue as the longest wait in it."""
        for space, interface, rate in ((self.access, "olt0", down_mbit), (self.ont, "pon0", up_mbit)):
            words = tbf(rate, burst=burst, latency_ms=latency_ms)
            space.run("tc", "qdisc", "replace", "dev", interface, "root", *words)

    def serve_reflector(self, address: str = REFLECTOR_ADDRESS, port: int = REFLECTOR_PORT) -> None:
        """Start an iperf3 server at a reflector's address; it listens when this returns."""
        need_programs("iperf3")
        server = ["iperf3", "-s", "--bind", address, "--port", str(port), "--forceflush"]
        self.network.start_until("Server listening", server)

    def close(self) -> None:
        """Tear the line down, and all that was started on it."""
        with contextlib.ExitStack() as spaces:
            for _, space in self.hosts():
                spaces.callback(space.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _settings(host: str) -> Iterator[str]:
    """The `ip` lines that give one host its addresses and routes, everything up."""
    yield "link set lo up"
    ends = [(near, interface) for near, interface, _, _ in _WIRES] + [(far, peer) for _, _, far, peer in _WIRES]
    for name, interface in (*ends, ("ont", "br0")):
        if name == host:
            yield f"link set {interface} up"
    for name, interface, addresses in _ADDRESSES:
        for address in addresses if name == host else ():
            yield f"address add {address} dev {interface}" + (" nodad" if ":" in address else "")
    for name, targets, *gateways in _ROUTES:
        both = targets.split() if " " in targets else [targets, targets]
        for target, gateway in zip(both, gateways, strict=True) if name == host else ():
            yield f"route add {target} via {gateway}"
    if host in ("access", "core"):  # what has no place on the line gets no answer
        yield "route add blackhole default"
