"""The kernel's counters of real connections, alive and ended, and nothing but silence for bytes that are none."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.reflector.sock_diag import Counted, Endings, parse, plain_address, sockets_at
from agent.reflector.tally import FIRST_BYTES, Tally


@contextmanager
def connection(host: str) -> Iterator[tuple[socket.socket, socket.socket, int]]:
    """A client and the server's end of its connection, and the server's port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        port = int(server.getsockname()[1])
        with socket.create_connection((host, port), 10) as client:
            accepted, _ = server.accept()
            with accepted:
                yield client, accepted, port


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_bytes_are_counted_while_a_connection_lives_and_when_it_has_ended(host: str) -> None:
    with Endings() as endings:
        with connection(host) as (client, accepted, port):
            client.sendall(b"x" * 5000)
            got = 0
            while got < 5000:
                got += len(accepted.recv(5000))
            (alive,) = sockets_at(port)
            assert (alive.received, alive.peer, alive.port) == (5000, host, port)
            client.sendall(b"y" * 77)
            assert accepted.recv(77, socket.MSG_WAITALL) == b"y" * 77
        ended: list[Counted] = []
        while alive.cookie not in [each.cookie for each in ended]:
            ended += [each for each in endings.take() if each.port == port]
        assert max(each.received for each in ended) >= 5077
    assert sockets_at(port) == []


@given(st.binary(max_size=300))
def test_garbage_from_netlink_counts_nothing_and_raises_nothing(raw: bytes) -> None:
    list(parse(raw))
    head = struct.pack("=IHHII", 16 + len(raw), 20, 0, 0, 0)
    assert all(each is None or each.port for each in parse(head + raw))


@pytest.mark.parametrize(
    ("address", "plain"),
    [("127.0.0.1", "127.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8::1")],
)
def test_an_address_has_one_spelling(address: str, plain: str) -> None:
    assert plain_address(address) == plain


def counted(cookie: int, acked: int, *, peer: str = "10.0.0.2", rtt: int = 500) -> Counted:
    return Counted(cookie=cookie, port=5210, peer=peer, acked=acked, received=9, retransmits=1, min_rtt_us=rtt)


def test_a_tally_adds_up_each_socket_once_and_samples_each_second() -> None:
    tally = Tally("down", "10.0.0.2")
    tally.note([counted(1, 100)], 1_000)
    assert (tally.seen, tally.began, tally.next_sample_us(1_000)) == (True, False, None)
    tally.note([counted(1, FIRST_BYTES), counted(2, 0, rtt=0)], 2_000)
    assert tally.series == [(0, FIRST_BYTES)]
    assert tally.next_sample_us(2_000) == 1_002_000
    tally.note([counted(1, FIRST_BYTES + 50), counted(2, 70)], 900_000)
    tally.sample(900_000)
    tally.sample(1_002_500)
    tally.note([counted(2, 60)], 1_500_000)
    tally.note([counted(2, 90)], 1_600_000)
    tally.end()
    total = FIRST_BYTES + 50
    assert tally.series == [(0, FIRST_BYTES), (1_000_500, total + 70), (1_598_000, total + 90)]
    assert (tally.bytes, tally.min_rtt_us, tally.retransmits) == (total + 90, 500, 2)
    assert tally.wall_us() == (2_000, 1_600_000)


def test_a_tally_counts_nothing_of_a_stranger_and_names_him() -> None:
    tally = Tally("up", "10.0.0.2")
    tally.note([counted(1, 5, peer="10.0.0.3")], 1)
    assert (tally.foreign, tally.seen, tally.bytes) == ("10.0.0.3", False, 0)
    tally.end()
    assert tally.series == []
