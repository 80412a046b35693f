"""What lies in a socket when time is up is still taken, and nothing that is taken is dropped."""

import socket
import time

from diagnostics.wire.arrivals import arrivals, stamp


def test_what_came_too_late_is_told_once_and_nothing_is_lost() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        stamp(ours)
        for number in range(3):
            theirs.send(bytes([number]))
        over = time.monotonic() - 1
        got = [[arrival.raw for arrival in arrivals(ours, over)] for _ in range(4)]
    assert got == [[b"\x00"], [b"\x01"], [b"\x02"], []]


def test_what_came_in_time_is_taken_also_by_one_who_looks_later() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        stamp(ours)
        for number in range(3):
            theirs.send(bytes([number]))
        got = [arrival.raw for arrival in arrivals(ours, time.monotonic() + 0.05)]
    assert got == [b"\x00", b"\x01", b"\x02"]
