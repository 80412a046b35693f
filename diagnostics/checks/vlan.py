"""Which VLANs answer at the LAN port: untagged, each ordered VLAN, and the ordered stack (QinQ).

Where all of these are silent, the first few others that answer. Only where the ONT bridges: a routing ONT ends the
VLANs itself. No word on VLANs before the interface has shown that it keeps tags.
"""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 20.0
_SOURCE = "vlan: DHCP discover, PADI and ARP in each VLAN"
_EACH = ("vlan_answer", "vlan_answered_by", "vlan_priority_codepoints")
_MOST_STACKS = 6


def stacks(line: Line) -> list[tuple[int, ...]]:
    """What is asked: no tag, each ordered VLAN alone, and the first two as a stack; nothing where the ONT routes."""
    ordered = line.ordered
    if "broadband" not in ordered.services or ordered.mode != "bridge" or not ordered.vlans:
        return []
    single = [(vlan,) for vlan in dict.fromkeys(ordered.vlans)]
    double = [ordered.vlans[:2]] if len(single) > 1 else []
    return [(), *single[: _MOST_STACKS - 2], *double]


def named(stack: Sequence[int]) -> str:
    """A stack of VLANs as the index of a measurement: `untagged`, `41`, `41.1117`."""
    return ".".join(map(str, stack)) or "untagged"


def _quantities(line: Line) -> Sequence[Name]:
    asked = stacks(line)
    each = [(name, named(stack)) for stack in asked for name in _EACH]
    return [("vlan_tags", ""), ("vlan_ordered", ""), *each] if asked else []


def _run(context: Context) -> Iterable[Measurement]:
    asked = stacks(context.line)
    if not asked:
        return []
    gateway = context.line.gateway if ":" not in context.line.gateway else ""
    request = {"stacks": asked, "gateway": gateway}
    return interpret(context, context.instruments.wire.ask("vlan", request, deadline_s=DEADLINE_S), asked)


def interpret(context: Context, heard: Heard, asked: Sequence[tuple[int, ...]]) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    each = [("vlan_ordered", ""), *((name, named(stack)) for stack in asked for name in _EACH)]
    answers = {tuple(line["answer"]["asked"]): line["answer"] for line in heard.lines if "answer" in line}
    elsewhere = {tuple(line["elsewhere"]["seen"]): line["elsewhere"] for line in heard.lines if "elsewhere" in line}
    stripped = [named(stack) for stack, answer in answers.items() if tuple(answer["seen"]) != stack]
    visible = next((line["visible"] for line in heard.lines if "visible" in line), None)
    if heard.failure is not None or visible is None:
        failure = heard.failure or Failure(kind="check_crashed", stage="vlan", detail="the task told nothing")
        return all_failed(context, [("vlan_tags", ""), *each], failure, _SOURCE)
    lost = not visible or bool(stripped)
    made = [context.measured("vlan_tags", "lost" if lost else "seen", _SOURCE)]
    if lost:
        words = "this interface loses VLAN tags: switch its VLAN offload off (ethtool -K IF rxvlan off txvlan off)"
        return made + all_failed(context, each, Failure(kind="instrument_limit", stage="vlan", detail=words), _SOURCE)
    none = Failure(kind="not_applicable", stage="vlan", detail="nothing answered in this VLAN")
    made.append(_ordered(context, [stack for stack in asked if stack in answers], bool(elsewhere)))
    for stack in (*asked, *(other for other in elsewhere if other not in asked)):
        answer, index = answers.get(stack, elsewhere.get(stack)), named(stack)
        made.append(context.measured("vlan_answer", "answered" if answer else "silent", _SOURCE, index=index))
        if answer is None:
            made += all_failed(context, [(name, index) for name in _EACH[1:]], none, _SOURCE)
        else:
            made.append(context.measured("vlan_answered_by", f"{answer['by']} {answer['mac']}", _SOURCE, index=index))
            made.append(context.measured("vlan_priority_codepoints", answer["priority"], _SOURCE, index=index))
    return made


def _ordered(context: Context, answered: Sequence[tuple[int, ...]], elsewhere: bool) -> Measurement:
    """Whether the line is in an ordered VLAN; a bridge that takes the tags off does not let it be seen."""
    if answered == [()] and not elsewhere:
        failure = Failure(kind="not_supported", stage="vlan", detail="only untagged frames come to the LAN port")
        return context.failed("vlan_ordered", failure, _SOURCE)
    ordered = [stack for stack in answered if stack]
    return context.measured("vlan_ordered", "answered" if ordered else "silent", _SOURCE)


CHECK = Check(name="vlan", quantities=_quantities, run=_run, open_ended=True)
