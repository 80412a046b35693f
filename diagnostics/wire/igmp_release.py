"""Leaves a multicast group that an ended child could not leave; no answer to wait for."""

from collections.abc import Iterator, Sequence
from typing import Any

from diagnostics.wire.igmp import Membership, everywhere_else, report
from diagnostics.wire.port import Port


def run(
    interface: str, group: str, source: str = "", version: int = 3, vlans: Sequence[int] = (), everywhere: bool = False
) -> Iterator[dict[str, Any]]:
    """Send the leave, and say so; in every VLAN where it was asked for in every VLAN."""
    member = Membership(group=group, source=source, version=version, vlans=tuple(vlans))
    with Port(interface, []) as port:
        report(port, member, leave=True)
        for _ in everywhere_else(port, member, leave=True) if everywhere else ():
            pass
    yield {"released": True}
