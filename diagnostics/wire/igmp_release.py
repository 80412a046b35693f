"""Leaves a multicast group that an ended child could not leave; one frame, no answer to wait for."""

from collections.abc import Iterator, Sequence
from typing import Any

from diagnostics.wire.igmp import Membership, report
from diagnostics.wire.port import Port


def run(
    interface: str, group: str, source: str = "", version: int = 3, vlans: Sequence[int] = ()
) -> Iterator[dict[str, Any]]:
    """Send the leave, and say so."""
    with Port(interface, []) as port:
        report(port, Membership(group=group, source=source, version=version, vlans=tuple(vlans)), leave=True)
    yield {"released": True}
