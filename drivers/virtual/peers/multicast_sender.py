"""A multicast router with one stream: it starts its RTP when a report comes and stops when the leave does."""

import argparse
import struct
import sys
import time
from collections.abc import Iterator

from diagnostics.wire.echo import checksum
from diagnostics.wire.igmp import group_mac
from diagnostics.wire.kernel_filter import Word, ethertype
from diagnostics.wire.port import Port

_IGMP = (*ethertype(0x0800), Word(at=23, size=1, value=2))


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("interface")
    parser.add_argument("--group", default="239.1.1.7")
    parser.add_argument("--vlan", type=int, default=0)
    parser.add_argument("--lag", type=float, default=0.0, help="seconds from the report to the first packet")
    parser.add_argument("--lose-every", type=int, default=0)
    parser.add_argument("--always", action="store_true", help="needs no report")
    parser.add_argument("--stubborn", action="store_true", help="heeds no leave")
    parser.add_argument("--plain", action="store_true", help="no RTP")
    wanted = parser.parse_args()
    with Port(wanted.interface, [_IGMP]) as port:
        print("ready", file=sys.stderr, flush=True)
        _serve(port, wanted)


def _serve(port: Port, wanted: argparse.Namespace) -> None:
    begins_at, number = (0.0 if wanted.always else float("inf")), 65530
    while True:
        for joins in _reports(port, wanted):
            print("join" if joins else "leave", file=sys.stderr, flush=True)
            begins_at = min(begins_at, time.monotonic() + wanted.lag) if joins else begins_at
            if not joins and not wanted.stubborn:
                begins_at = float("inf")
        if time.monotonic() < begins_at:
            continue
        number += 1
        if not wanted.lose_every or number % wanted.lose_every:
            port.send(_packet(port.mac, wanted, number % 65536))


def _reports(port: Port, wanted: argparse.Namespace) -> Iterator[bool]:
    """True for each report for our group in our VLAN that comes within 5 ms, False for each leave."""
    group = bytes(map(int, wanted.group.split(".")))
    for arrival in port.receive(time.monotonic() + 0.005):
        tag = struct.pack("!HH", 0x8100, wanted.vlan) if wanted.vlan else b""
        if not arrival.raw[12:].startswith(tag + b"\x08\x00"):
            continue
        ip = arrival.raw[14 + len(tag) :]
        igmp = ip[(ip[0] & 0xF) * 4 :]
        if group in igmp:
            yield igmp[0] == 0x16 or (igmp[0] == 0x22 and igmp[8] in (2, 4, 5))


def _packet(mac: bytes, wanted: argparse.Namespace, number: int) -> bytes:
    rtp = struct.pack("!BBHII", 0x80, 33, number, number, 0xC0FFEE) if not wanted.plain else b""
    payload = rtp + (b"\x47" + bytes(187)) * 7
    udp = struct.pack("!HHHH", 5000, 5000, 8 + len(payload), 0) + payload
    bare = struct.pack("!BBHHHBBH4s", 0x45, 0, 20 + len(udp), 0, 0, 8, 17, 0, bytes((198, 18, 0, 1))) + _group(wanted)
    header = bare[:10] + struct.pack("!H", checksum(bare)) + bare[12:]  # else a bridge on the way drops it
    tag = struct.pack("!HH", 0x8100, wanted.vlan) if wanted.vlan else b""
    return group_mac(wanted.group) + mac + tag + b"\x08\x00" + header + udp


def _group(wanted: argparse.Namespace) -> bytes:
    return bytes(map(int, wanted.group.split(".")))


if __name__ == "__main__":
    main()
