"""What tests ask of the lab's hosts: peers on them, and the counters of their interfaces, shapers and rules."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diagnostics.server_end import end
from drivers.virtual.namespace import Namespace

PORT = 7777
_PEER = (sys.executable, "-m", "tests.lab.peer")


@contextmanager
def serving(host: Namespace, role: str, address: str) -> Iterator[None]:
    """A peer in this role on a host, listening."""
    process = host.start_until("listening", [*_PEER, role, address, str(PORT)])
    try:
        yield
    finally:
        end(process)


def ask(host: Namespace, role: str, address: str, *numbers: int) -> Any:
    """What a peer in this role prints, run to its end on a host."""
    return json.loads(host.run(*_PEER, role, address, str(PORT), *map(str, numbers)) or "null")


def shaper(host: Namespace, interface: str) -> dict[str, Any]:
    """The root queue of an interface with its counters."""
    made: dict[str, Any] = json.loads(host.run("tc", "-s", "-j", "qdisc", "show", "dev", interface))[0]
    return made


def received_bytes(host: Namespace, interface: str) -> int:
    """Bytes that an interface has received."""
    made = json.loads(host.run("ip", "-s", "-j", "link", "show", "dev", interface))
    return int(made[0]["stats64"]["rx"]["bytes"])


def counters(host: Namespace) -> list[dict[str, int]]:
    """The counters in the rule that loses packets on this host: of all that came, and of those lost."""
    listed = json.loads(host.run("nft", "-j", "list", "table", "netdev", "loss"))["nftables"]
    rule = next(entry["rule"] for entry in listed if "rule" in entry)
    return [part["counter"] for part in rule["expr"] if "counter" in part]
