"""Gives back a DHCPv4 lease that an ended child could not; one frame, no answer to wait for."""

from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.wire.dhcp import release
from diagnostics.wire.port import Port


def run(interface: str, lease: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Send the release, and say so."""
    with Port(interface, []) as port:
        release(port, lease)
    yield {"released": True}
