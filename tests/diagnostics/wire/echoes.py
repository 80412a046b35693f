"""Bad neighbours: a second owner of an address, a flood; and an ear to count."""

import struct
import sys
import time

from scapy.layers.l2 import ARP, Ether

from diagnostics.wire.kernel_filter import ARP as ARP_TYPE
from diagnostics.wire.kernel_filter import ethertype
from diagnostics.wire.port import Port

LOOP = 0x88B5
OTHER_MAC = "02:00:00:00:be:ef"
_MOST_FRAMES = 2_000_000  # a forgotten flood ends by itself
BROADCAST = Ether(src="02:00:00:00:00:99", dst="ff:ff:ff:ff:ff:ff")


def say(word: str) -> None:
    print(word, file=sys.stderr, flush=True)


def arp(address: str) -> None:
    """Answer for an address that is another's."""
    with Port("ont0", [ethertype(ARP_TYPE)]) as port:
        say("ready")
        while True:
            for arrival in port.receive(time.monotonic() + 60):
                asked = Ether(arrival.raw)[ARP]
                if asked.op == 1 and asked.pdst == address:
                    reply = ARP(op=2, hwsrc=OTHER_MAC, psrc=address, hwdst=asked.hwsrc, pdst=asked.psrc)
                    port.send(bytes(Ether(src=OTHER_MAC, dst=asked.hwsrc) / reply))


def flood() -> None:
    """Broadcast as fast as it goes: ARP for others, and what looks like DHCP to others."""
    frames = [bytes(BROADCAST / ARP(psrc="198.18.3.3", pdst=f"198.18.4.{n}")) for n in range(1, 255)]
    with Port("ont0", []) as port:
        for number in range(_MOST_FRAMES):
            port.send(frames[number % len(frames)])
            if number == 1000:
                say("ready")


def burst() -> None:
    """5,000 frames for nobody, then one that an ear listens for."""
    noise = bytes(BROADCAST / ARP(psrc="198.18.3.3", pdst="198.18.4.4"))
    wanted = noise[:12] + struct.pack("!H", LOOP) + bytes(46)
    with Port("ont0", []) as port:
        for _ in range(5000):
            port.send(noise)
        port.send(wanted)
    say("sent")


def hear() -> None:
    """Count what the kernel lets through."""
    with Port("lan0", [ethertype(LOOP)]) as port:
        say("ready")
        heard = 0
        while True:
            for arrival in port.receive(time.monotonic() + 60):
                heard += 1
                say(f"heard {heard} of 0x{arrival.raw[12:14].hex()}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
