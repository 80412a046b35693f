"""Echo requests by hand: what is sent is what others read, and only our own answers count."""

import struct
from collections.abc import Iterator
from typing import Any

import pytest

from diagnostics.scapy_wire import WireChild
from diagnostics.wire.echo import answered, request
from drivers.virtual.line import GATEWAY_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.namespace import may_make_namespaces

IPV4 = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 38, 0, 0, 64, 1, 0, bytes(4), bytes(4))


@pytest.mark.parametrize("number", [0, 1, 255, 65535])
def test_scapy_reads_what_is_sent(number: int) -> None:
    from scapy.layers.inet import ICMP
    from scapy.layers.inet6 import ICMPv6EchoRequest

    raw = request(0x1234, number, six=False)
    read = ICMP(raw)
    assert (read.type, read.code, read.id, read.seq) == (8, 0, 0x1234, number)
    stated, read.chksum = read.chksum, None
    assert ICMP(bytes(read)).chksum == stated
    six = ICMPv6EchoRequest(request(0x1234, number, six=True))
    assert (six.type, six.id, six.seq) == (128, 0x1234, number)


def reply(kind: int = 0, code: int = 0, ident: int = 7, number: int = 9) -> bytes:
    """The ICMP part of an answer."""
    return struct.pack("!BBHHH", kind, code, 0, ident, number)


@pytest.mark.parametrize(
    ("raw", "six", "number"),
    [
        (IPV4 + reply(), False, 9),
        (b"\x46" + IPV4[1:] + bytes(4) + reply(), False, 9),  # with IP options
        (IPV4 + reply(ident=8), False, None),
        (IPV4 + reply(kind=8), False, None),
        (IPV4 + reply(code=1), False, None),
        (IPV4 + reply()[:7], False, None),
        (IPV4[:9] + b"\x11" + IPV4[10:] + reply(), False, None),
        (b"\x60" + IPV4[1:] + reply(), False, None),
        (reply(kind=129), True, 9),
        (reply(kind=128), True, None),
        (b"", True, None),
        (b"", False, None),
    ],
)
def test_only_an_answer_to_our_own_request_counts(raw: bytes, six: bool, number: int | None) -> None:
    assert answered(raw, six, 7) == number


@pytest.fixture(scope="module")
def line() -> Iterator[VirtualLine]:
    with VirtualLine() as made:
        yield made


@pytest.mark.root
@pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root")
class TestOnAVirtualLine:
    def series(self, line: VirtualLine, address: str, lines: int) -> list[dict[str, Any]]:
        """The first lines of a series, which ends once they were heard."""
        heard: list[Any] = []
        wire = WireChild(STATION_INTERFACE, line.station.path)
        made = wire.ask(
            "latency",
            {"address": address, "interval_s": 0.02},
            deadline_s=60,
            on_line=heard.append,
            until=lambda: len(heard) >= lines,
        )
        assert made.failure is None, made.failure
        assert len(made.lines) >= lines
        return heard

    def test_the_round_trip_over_time_is_told_request_by_request(self, line: VirtualLine) -> None:
        heard = self.series(line, GATEWAY_ADDRESS, 20)
        times = [entry["at_s"] for entry in heard]
        assert len(set(times)) == len(times)
        assert any(entry["rtt_us"] is not None for entry in heard)

    def test_an_address_that_does_not_answer_is_lost_request_by_request(self, line: VirtualLine) -> None:
        assert {entry["rtt_us"] for entry in self.series(line, "198.18.0.77", 3)} == {None}
