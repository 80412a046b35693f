"""A sender that does not yield: UDP at a steady layer-2 rate to one address, until killed; answers are not read.

Where the machine cannot keep up, the rate is lower, never made up for by a burst of more than a tenth of a second.
"""

import socket
import sys
import time

_UDP_SEGMENT = 103  # the kernel cuts one call's bytes into datagrams of this size (linux/udp.h)
_PAYLOAD, _FRAME = 1472, 1514  # bytes of a full datagram, and of its frame at layer 2
_MOST = 40
_BEHIND_S = 0.1


def datagrams_at_once(mbit: float) -> int:
    """How many full datagrams one call sends at this rate: two milliseconds of them, one at least."""
    return max(1, min(_MOST, int(mbit * 1e6 / 8 * 0.002 / _FRAME)))


def main() -> int:
    """Send to the address, port and rate that the arguments name."""
    address, port, mbit = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    count = datagrams_at_once(mbit)
    each_s = count * _FRAME * 8 / (mbit * 1e6)
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, _PAYLOAD)
        load = bytes(count * _PAYLOAD)
        due = time.monotonic()
        sender.sendto(load, (address, port))
        print("sending", flush=True)
        while True:
            due = max(due + each_s, time.monotonic() - _BEHIND_S)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                sender.sendto(load, (address, port))
            except OSError:
                continue  # a full queue or a link that is down: lost, as on a line


if __name__ == "__main__":
    sys.exit(main())
