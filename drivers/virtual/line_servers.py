"""The servers of a virtual line: DHCP and DNS by dnsmasq, honest and otherwise; each ends with its host."""

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.virtual.line import GATEWAY_ADDRESS, REFLECTOR_ADDRESS, STATION_ADDRESS, VirtualLine
from drivers.virtual.namespace import Namespace, need_programs

KNOWN_NAME = "known.prooflight.test"
KNOWN_ADDRESS = REFLECTOR_ADDRESS
_FREE_ADDRESS = "198.18.0.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """What the gateway's dnsmasq gives out and answers: first and last address, gateway, names to addresses.

    `pool` None: names and no addresses. A name of "#" stands for every name; unknown ones do not exist if `honest`.
    """

    pool: tuple[str, str] | None = (_FREE_ADDRESS, _FREE_ADDRESS)
    gateway: str = GATEWAY_ADDRESS
    resolver: str = GATEWAY_ADDRESS
    names: tuple[tuple[str, str], ...] = ((KNOWN_NAME, KNOWN_ADDRESS),)
    honest: bool = True
    port: int = 53  # of its resolver; 0 is none
    taken: str = ""  # whose the first address is for good, by MAC


def serve_addresses(line: VirtualLine, addressing: Addressing, interface: str = "olt0") -> None:
    """Start the gateway's DHCP and DNS; they answer when this returns."""
    _dnsmasq(line.access, interface, addressing)


def serve_from_ont(line: VirtualLine, addressing: Addressing, address: str) -> None:
    """Start DHCP and DNS on the ONT, as a routing ONT has them, at an address of its own beside the one it has."""
    line.ont.ip([f"address add {address}/24 dev br0"])
    _dnsmasq(line.ont, "br0", addressing)


def serve_rogue(line: VirtualLine) -> None:
    """Start a second DHCP server on the customer's second device."""
    _dnsmasq(line.home, "eth0", Addressing(pool=("198.18.0.6", "198.18.0.6"), gateway="198.18.0.3"))


def take_address(line: VirtualLine) -> None:
    """Give the customer's second device the station's own address."""
    line.home.ip([f"address add {STATION_ADDRESS}/29 dev eth0"])


def _dnsmasq(host: Namespace, interface: str, addressing: Addressing) -> None:
    need_programs("dnsmasq")
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--log-facility=-", "--no-ping"]
    command += ["--dhcp-authoritative", "--leasefile-ro", "--no-resolv", "--no-hosts", "--user=root"]
    command += ["--bind-interfaces", f"--interface={interface}", "--except-interface=lo", *_names(addressing.names)]
    command += [f"--port={addressing.port}"]
    if addressing.honest:
        command += ["--local=/com/", "--local=/invalid/"]  # what is not known there does not exist
    if addressing.pool is not None:
        first, last = addressing.pool
        command += [f"--dhcp-range={first},{last},2m"]
        command += [f"--dhcp-host={addressing.taken},{first},infinite"] if addressing.taken else []
        command += [f"--dhcp-option=option:router,{addressing.gateway}"]
        command += [f"--dhcp-option=option:dns-server,{addressing.resolver}"]
    host.start_until("started, version", command)


def _names(names: Sequence[tuple[str, str]]) -> list[str]:
    return [f"--address=/{name}/{address}" for name, address in names]
