"""Which two faults can stand on one line and both show, and pairs of them drawn by seed; pure.

A pair is left out where the one undoes the other, or hides what the other shows in: the plan itself tells the former,
the table below the rest. Nothing is left out for being hard to tell apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

from drivers.virtual.ont_kind import KINDS
from drivers.virtual.plan import Plan, clean
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import SCENARIOS, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What a fault needs in order to show, what it takes from other faults, and which part of the line it changes.

    Parts are named only where the plan does not tell them: the steps that are done to a line that stands.
    """

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    part: str = ""


def _stand(needs: str = "", takes: str = "", part: str = "") -> Stand:
    return Stand(needs=frozenset(needs.split()), takes=frozenset(takes.split()), part=part)


# ont: the ONT can be read; network: packets pass the PON; load: the line can be filled up to its shaper; dhcp: the
# access network gives addresses out
_ONT_SAYS = _stand("ont")
_SHUT = _stand(takes="ont", part="way in")  # who is kept out by one thing meets no other
_NO_NETWORK = _stand("ont", "network load")
_NO_SESSION = _stand("network", "network load dhcp", "shaper")  # where the station dials, nothing but the ONT is left
_NAMES = _stand("network dhcp", part="addressing")
STANDS: dict[str, Stand] = {
    "dark": _NO_NETWORK,
    "weak-light": _ONT_SAYS,
    "marginal-light": _ONT_SAYS,
    "strong-light": _ONT_SAYS,
    "tx-out-of-class": _ONT_SAYS,
    "high-bias": _ONT_SAYS,
    "loss-on-access": _stand("network", "load", "loss"),
    "loss-behind": _stand("network", "load", "loss"),
    "mtu-hole": _stand("network", "load"),
    "swapped-rates": _stand("network load", part="shaper"),
    "other-profile": _stand("network load", part="shaper"),
    "bufferbloat": _stand("network load", part="shaper"),
    "port-100": _stand("ont", part="shaper"),
    "half-duplex": _ONT_SAYS,
    "wrong-ont": _ONT_SAYS,
    "dhcp-silent": _stand("network", "dhcp", "addressing"),
    "dhcp-rogue": _stand("network dhcp", part="home"),
    "twin": _stand("network", part="home"),
    "dns-hijacked": _stand("network", part="addressing"),
    "dns-wrong": _stand("network", part="addressing"),
    "cgnat": _stand("network", part="addressing"),
    "routing": _stand("network", part="addressing"),
    "emergency-stop": _NO_NETWORK,
    "fake-o5": _NO_NETWORK,
    "standby": _NO_NETWORK,
    "ranging": _NO_NETWORK,
    "ont-wrong-login": _SHUT,
    "ont-unknown": _SHUT,
    "no-reflector": _stand("network", "load"),
    **dict.fromkeys(
        ("pppoe-no-offer", "pppoe-refused", "pppoe-in-use", "pppoe-no-address", "pppoe-no-session"), _NO_SESSION
    ),
    "pppoe-several": _NO_SESSION,
    "dhcp-nak": _stand("network", "dhcp", "addressing"),
    "dhcp-pool-empty": _stand("network", "dhcp", "addressing"),
    "dns-slow": _NAMES,
    "dns-silent": _NAMES,
    "captive-portal": _NAMES,
    "loop": _stand("network", "network load dhcp", "home"),
    "wrong-vlan": _stand("network", "network load dhcp", "addressing"),
    "wrong-stack": _stand("network", "network load dhcp", "addressing"),
    **dict.fromkeys(("iptv-no-stream", "iptv-slow", "iptv-lossy", "iptv-wrong-vlan"), _stand("network", part="iptv")),
    **dict.fromkeys(("voice-silent", "voice-refused"), _stand("network", part="voice")),
    "reflector-busy": _stand("network", "load"),
    "reflector-far": _stand("network load", "load", "shaper"),
    "wrong-onu-id": _ONT_SAYS,
    "wrong-pon-port": _ONT_SAYS,
    "loid-refused": _NO_NETWORK,
    "bridging": _stand("network dhcp", part="addressing"),
    "ont-busy": _SHUT,
    "ont-locked": _SHUT,
    "ont-silent": _SHUT,
    "ont-rebooting": _stand("ont network load", "load"),
    "bit-errors": _stand("ont network load", "load", "loss"),
    "station-busy": _stand("network load", part="shaper"),
    "station-hot": _stand("network load", part="shaper"),
    "station-voltage": _stand("network load", part="shaper"),
    "station-usb": _stand("network load", part="shaper"),
    "station-wifi": _stand("network load", part="shaper"),
    "port-limit": _stand("ont network", "load", "shaper"),
    "flapping": _stand("network load", "load"),
    "cable-errors": _stand("ont network load", part="loss"),
    "neighbour": _stand("ont network load", "load", "home"),
    "flooded": _stand("network load", "load", "home"),
}


def stands(one: Scenario, other: Scenario) -> bool:
    """Whether both faults can be on one line at the same time, and both can show."""
    first, second = STANDS[one.name], STANDS[other.name]
    if one.cause == other.cause or first.needs & second.takes or second.needs & first.takes:
        return False
    if (first.part and first.part == second.part) or not any(kind.has({*one.ont, *other.ont}) for kind in KINDS):
        return False
    return not _undone(one, other) and not _undone(other, one)


def _undone(one: Scenario, other: Scenario) -> bool:
    """Whether the second changes what the first had changed on the plan of a line."""
    needs = {*one.ont, *other.ont}
    before, after = dict(_words(clean(Random(1), needs))), dict(_words(planned([one], 1, needs)))
    now = dict(_words(planned([one, other], 1)))
    return any(now.get(name) != value for name, value in after.items() if before.get(name) != value)


def _words(plan: Plan) -> Iterator[tuple[str, Any]]:
    """The plan as single facts: each field, each of the order's, what each question to the ONT is made to answer."""
    for field in fields(plan):
        value = getattr(plan, field.name)
        if field.name == "ordered":
            yield from ((f"ordered {inner.name}", getattr(value, inner.name)) for inner in fields(value))
        elif field.name == "ont_edits":
            yield from ((f"ont {question} {pattern}", said) for question, pattern, said in value)
        elif field.name != "on_line":
            yield field.name, value


@cache
def pairs_of(scenarios: tuple[Scenario, ...] = SCENARIOS) -> tuple[tuple[Scenario, Scenario], ...]:
    """All pairs of these scenarios that can stand."""
    return tuple(pair for pair in combinations(scenarios, 2) if stands(*pair))


def drawn(count: int, seed: int, scenarios: Sequence[Scenario] = SCENARIOS) -> list[tuple[Scenario, Scenario]]:
    """So many pairs, drawn by seed; none comes twice before all have come."""
    random, possible = Random(seed), pairs_of(tuple(scenarios))
    made: list[tuple[Scenario, Scenario]] = []
    while possible and len(made) < count:
        made += random.sample(possible, min(count - len(made), len(possible)))
    return made
