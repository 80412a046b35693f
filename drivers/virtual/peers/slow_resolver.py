"""A resolver that is far away or overloaded: it asks another one and passes the answer on, each after its own pause.

Arguments: its address, the port of the other one there, the shortest and the longest pause in seconds, a seed.
"""

import heapq
import random
import select
import socket
import sys
import time

_DATAGRAM = 4096
_MOST_WAITING = 1000


def main() -> None:
    """Resolve until killed."""
    address, port, least_s, most_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    drawn = random.Random(int(sys.argv[5]))
    waiting: list[tuple[float, int, bytes, tuple[str, int]]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 53))
        print("ready", flush=True)
        for number in range(sys.maxsize):
            left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
            if select.select([sock], [], [], left)[0]:
                question, peer = sock.recvfrom(_DATAGRAM)
                if len(waiting) < _MOST_WAITING:
                    heapq.heappush(waiting, (time.monotonic() + drawn.uniform(least_s, most_s), number, question, peer))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, question, peer = heapq.heappop(waiting)
                sock.sendto(_answer(question, (address, port)), peer)


def _answer(question: bytes, resolver: tuple[str, int]) -> bytes:
    """What the resolver behind says; a server failure where it says nothing in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1.0)
        try:
            sock.sendto(question, resolver)
            return sock.recv(_DATAGRAM)
        except OSError:
            return question[:2] + b"\x81\x82" + question[4:]


if __name__ == "__main__":
    main()
