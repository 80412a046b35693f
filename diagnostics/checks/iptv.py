"""IPTV: the ordered group is joined and left as a set-top box does it; delays, loss by RTP number.

A group that does not come is a value. A group that flows without being asked for has no join delay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 20.0
_NAMES = (
    *("iptv_join", "iptv_join_delay_ms", "iptv_loss_ratio", "iptv_leave", "iptv_leave_delay_ms"),
    "iptv_other_vlan",
)


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if "iptv" in line.ordered.services else []


def _run(context: Context) -> Iterable[Measurement]:
    if "iptv" not in context.line.ordered.services:
        return []
    group = context.line.multicast
    if group is None:
        unnamed = Failure(kind="not_applicable", stage="iptv", detail="the order names no multicast group")
        return all_failed(context, [(name, "") for name in _NAMES], unnamed, "igmp")
    request = asdict(group)
    heard = context.instruments.wire.ask("igmp", request, deadline_s=DEADLINE_S)
    joined = any("joining" in line for line in heard.lines)
    if joined and not any("leave_ms" in line for line in heard.lines):
        everywhere = any("searching" in line for line in heard.lines)
        context.instruments.wire.ask("igmp_release", request | {"everywhere": everywhere}, deadline_s=DEADLINE_S)
    return interpret(context, heard, f"igmp: version {group.version}, {group.group}")


def interpret(context: Context, heard: Heard, source: str) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    said = {key: line[key] for line in heard.lines for key in line}
    if heard.failure is not None or not {"before", "join_ms", "leave_ms"} <= said.keys():
        failure = heard.failure or Failure(kind="check_crashed", stage="iptv", detail="the task told nothing")
        return all_failed(context, [(name, "") for name in _NAMES], failure, source)
    values: dict[str, Any] = {"iptv_join": "joined"}
    if said["join_ms"] is None:
        values["iptv_join"] = "silent"
    elif said["before"]:
        values["iptv_join"] = "flooded"
    else:
        values["iptv_join_delay_ms"] = said["join_ms"]
    if values["iptv_join"] == "joined":
        values["iptv_leave"] = "still_flowing" if said["flowing"] else "left"
        if not said["flowing"]:
            values["iptv_leave_delay_ms"] = said["leave_ms"] or 0.0
    if said.get("elsewhere"):
        values["iptv_other_vlan"] = ", ".join(".".join(map(str, stack)) or "untagged" for stack in said["elsewhere"])
    watched = said.get("watched", {})
    if watched.get("rtp"):
        values["iptv_loss_ratio"] = watched["lost"] / watched["expected"]
    words = (
        "the stream carries no RTP numbers" if watched and not watched["rtp"] else f"the group is {values['iptv_join']}"
    )
    absent = Failure(kind="not_applicable", stage="iptv", detail=words)
    return [
        context.measured(name, values[name], source) if name in values else context.failed(name, absent, source)
        for name in _NAMES
    ]


CHECK = Check(name="iptv", quantities=_quantities, run=_run)
