"""Where nftables may be used, only the admitted source reaches an admitted port, and only until it is shut again."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from drivers.virtual.namespace import Namespace, may_make_namespaces

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]

PROGRAM = """
import socket, sys
from agent.reflector.firewall import firewall
guard = firewall(5210, 5213)
print(guard.name, flush=True)
servers = [socket.create_server(("127.0.0.1", port)) for port in (5210, 5211, 5300)]
for line in sys.stdin:
    verb, *words = line.split()
    if verb == "reach":
        try:
            with socket.create_connection(("127.0.0.1", int(words[1])), 1.0, source_address=(words[0], 0)):
                print("reached", flush=True)
        except OSError:
            print("kept out", flush=True)
    else:
        getattr(guard, verb)(*[int(word) if word.isdecimal() else word for word in words])
        print("done", flush=True)
"""


class Guarded:
    """A firewall in a host of its own, and what it is told."""

    def __init__(self, host: Namespace) -> None:
        host.run("ip", "link", "set", "lo", "up")
        self.process = host.start(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.name = self._heard()

    def told(self, words: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(f"{words}\n".encode())
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().decode().strip()


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    host = Namespace()
    try:
        yield Guarded(host)
    finally:
        host.close()


def test_only_the_admitted_source_reaches_only_its_port(guarded: Guarded) -> None:
    if guarded.name != "nftables":
        pytest.skip("nftables cannot be used here; the gate would watch instead")
    assert guarded.told("reach 127.0.0.2 5210") == "kept out"
    assert guarded.told("admit 127.0.0.2 5210") == "done"
    assert guarded.told("reach 127.0.0.2 5210") == "reached"
    assert guarded.told("reach 127.0.0.3 5210") == "kept out"
    assert guarded.told("reach 127.0.0.2 5211") == "kept out"
    assert guarded.told("reach 127.0.0.3 5300") == "reached", "ports that are not the gate's stay as they are"
    assert guarded.told("shut 127.0.0.2 5210") == "done"
    assert guarded.told("reach 127.0.0.2 5210") == "kept out"
    assert guarded.told("close") == "done"
    assert guarded.told("reach 127.0.0.3 5210") == "reached", "nothing of ours is left"


def test_an_address_of_the_newer_kind_is_admitted_as_well(guarded: Guarded) -> None:
    if guarded.name != "nftables":
        pytest.skip("nftables cannot be used here; the gate would watch instead")
    assert socket.has_ipv6
    assert guarded.told("admit 2001:db8::1 5210") == "done"
    assert guarded.told("shut 2001:db8::1 5210") == "done"
