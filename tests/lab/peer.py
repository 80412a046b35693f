"""The two ends of small conversations across the lab; each is told what comes and waits for nothing else.

take ADDRESS PORT            a TCP server: prints "listening", then for each connection the SHA-256 of what came
give ADDRESS PORT BYTES      sends so many pseudo-random bytes; prints their SHA-256 and what the server said
echo ADDRESS PORT            a UDP server: prints "listening", sends every datagram's size back
sizes ADDRESS PORT SIZE...   sends datagrams of these sizes, unfragmented, then an empty one; prints what came back
                             up to the empty one's answer, and the path MTU that the kernel learnt
flood ADDRESS PORT COUNT     sends so many small datagrams
"""

import errno
import hashlib
import json
import random
import socket
import sys
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
_MTU_DISCOVER, _DO, _MTU = 10, 2, 14  # linux/in.h


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def take(address: str, port: int) -> None:
    with socket.create_server((address, port), family=_family(address)) as server:
        print("listening", flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                digest = hashlib.sha256()
                while chunk := connection.recv(1 << 16):
                    digest.update(chunk)
                connection.sendall(digest.hexdigest().encode())


def give(address: str, port: int, size: int) -> None:
    load = random.Random(size).randbytes(size)
    with socket.create_connection((address, port), PATIENCE_S) as connection:
        connection.sendall(load)
        connection.shutdown(socket.SHUT_WR)
        heard = connection.makefile("rb").read().decode()
    print(json.dumps({"given": hashlib.sha256(load).hexdigest(), "taken": heard}))


def echo(address: str, port: int) -> None:
    with socket.socket(_family(address), socket.SOCK_DGRAM) as server:
        server.bind((address, port))
        print("listening", flush=True)
        while True:
            load, client = server.recvfrom(65536)
            server.sendto(str(len(load)).encode(), client)


def sizes(address: str, port: int, mtu: int, *wanted: int) -> None:
    with socket.socket(_family(address), socket.SOCK_DGRAM) as sender:
        sender.settimeout(PATIENCE_S)
        sender.setsockopt(socket.IPPROTO_IP, _MTU_DISCOVER, _DO)
        sender.connect((address, port))
        for size in (*wanted, 0):
            _past_errors(lambda size=size: sender.send(bytes(size)))  # type: ignore[misc]
        told = []
        while not told or told[-1]:
            told.append(int(_past_errors(lambda: sender.recv(64))))
        deadline = time.monotonic() + PATIENCE_S
        while (learnt := sender.getsockopt(socket.IPPROTO_IP, _MTU)) > mtu and time.monotonic() < deadline:
            time.sleep(0.02)
        print(json.dumps({"back": told, "mtu": learnt}))


def _past_errors(call: Callable[[], T]) -> T:
    """The call's result, made again where it only brings the news that an earlier packet was too big."""
    try:
        return call()
    except OSError as error:
        if error.errno != errno.EMSGSIZE:
            raise
        return call()


if __name__ == "__main__":
    role, address, *numbers = sys.argv[1:]
    {"take": take, "give": give, "echo": echo, "sizes": sizes}[role](address, *map(int, numbers))
