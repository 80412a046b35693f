"""A resolver that thinks before it says that no name exists. Arguments: address, seconds."""

import socket
import sys
import time


def main() -> None:
    """Answer NXDOMAIN to everything, late, each question after its own pause."""
    address, pause_s = sys.argv[1], float(sys.argv[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 53))
        print("ready", file=sys.stderr, flush=True)
        while True:
            query, peer = sock.recvfrom(512)
            time.sleep(pause_s)
            sock.sendto(query[:2] + b"\x81\x83" + query[4:], peer)


if __name__ == "__main__":
    main()
