"""Nothing is ever said to an ONT but what its profile reads: by command lines word for word, by agents only GETs."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from drivers.capture import load_capture
from drivers.logins import Login
from drivers.look import WATCHABLE
from drivers.ont import Ont
from drivers.profile_file import families, load_profile
from drivers.reading import opener
from drivers.resource import is_assisted
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.rehearsal import ways
from drivers.virtual.servers import serve
from drivers.watch import watch
from tests.drivers.questions import known_questions

ASKED = [family for family in families() if not is_assisted(load_profile(family))]
SHELLS = [(family, *way) for family in ASKED for way in ways(load_profile(family)) if way[1] != "snmp"]
AGENTS = [family for family in ASKED if "snmp" in load_profile(family).transports]
GETS = {0xA0, 0xA1, 0xA5}  # GetRequest, GetNextRequest, GetBulkRequest; a SetRequest is 0xA3 (RFC 3416)


def seen_by_all_means(family: str, transport: str, port: int, login: Login) -> None:
    """Read the ONT once, then watch it for two looks, all that can be watched."""
    request = {"address": "127.0.0.1", "port": port, "transport": transport, "deadline_s": 60.0}
    profiles, waits = [load_profile(family)], iter([True])
    asked = [Ont(opener(request, login), profiles, transport, now=lambda: datetime.now(UTC)) for _ in range(2)]
    assert any(m.value is not None for m in asked[0].read().measurements)
    looks = list(watch(asked[1], WATCHABLE, pause=lambda: next(waits, False), monotonic=lambda: 0.0))
    assert looks[-1].trouble is None


@pytest.mark.parametrize(("family", "way", "transport", "login"), SHELLS, ids=lambda value: str(value)[:16])
def test_a_command_line_hears_only_its_profile(family: str, way: str, transport: str, login: Login) -> None:
    ont = VirtualOnt(capture=load_capture(family, "lit"))
    with serve(ont, transport) as server:
        seen_by_all_means(family, transport, server.port, login)
    assert set(ont.asked) <= known_questions(load_profile(family))


@contextmanager
def overheard(port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A port that hands datagrams on to another one and back, and all that were sent there."""
    heard: list[bytes] = []
    near, far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    near.bind(("127.0.0.1", 0))
    far.connect(("127.0.0.1", port))
    askers: list[tuple[str, int]] = []

    def there() -> None:
        while (found := near.recvfrom(65535))[0] != b"end":
            heard.append(found[0])
            askers.append(found[1])
            far.send(found[0])

    def back() -> None:
        while answer := far.recv(65535):
            near.sendto(answer, askers[-1])

    threads = [threading.Thread(target=each, daemon=True) for each in (there, back)]
    for thread in threads:
        thread.start()
    try:
        yield near.getsockname()[1], heard
    finally:
        far.shutdown(socket.SHUT_RDWR)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", near.getsockname())
        for thread in threads:
            thread.join(60)
        near.close()
        far.close()


def kind_of(datagram: bytes) -> int:
    """The tag of the PDU in a message of SNMP v2c: behind version and community, both short."""
    at = 2 if datagram[1] < 0x80 else 2 + (datagram[1] & 0x7F)
    for _ in range(2):
        at += 2 + datagram[at + 1]
    return datagram[at]


@pytest.mark.parametrize("family", AGENTS)
def test_an_agent_hears_only_gets(family: str) -> None:
    ont = VirtualOnt(capture=load_capture(family, "lit"))
    with serve(ont, "snmp") as server, overheard(server.port) as (port, heard):
        login = next(login for name, _, login in ways(load_profile(family)) if name == "snmp v2c")
        seen_by_all_means(family, "snmp", port, login)
    assert heard and {kind_of(datagram) for datagram in heard} <= GETS
