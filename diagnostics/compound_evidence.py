"""Evidence that takes more than one fact: rates held against the order, words that mean a session, VLANs; pure."""

import re

from diagnostics.evidence import Evidence, Facts, Rule, any_of, failing, is_, shown, with_

_DOWN, _UP = "throughput_down_mbps", "throughput_up_mbps"
_NEAR = 0.08  # of a rate: what lies within it is the same rate
_PROFILES_MBPS = (2, 4, 8, 10, 20, 30, 50, 100, 200, 300, 500, 600, 1000, 2000)
_IN_USE = re.compile(
    r"(?i)already|in use|on-?line|exceed|duplicate|too many|concurrent|max\w* \w*sess|已在线|重复|超过"
)


def account_in_use(facts: Facts) -> Evidence:
    """The network refused the account in words that mean another session of it."""
    words = [m for m in facts.measured("pppoe_words") if m.value is not None and _IN_USE.search(str(m.value))]
    return with_(is_("pppoe_state", "account_refused"), "pppoe_words")(facts) if words else ()


def open_beside(prefix: str) -> Rule:
    """A required finding on another quantity than these is not passed."""
    return lambda facts: tuple(name for name in facts.open() if not name.startswith(prefix))


def _ordered(facts: Facts, way: str) -> float | None:
    """The ordered rate, from the figure and its share of the order."""
    rate, share = facts.number(f"throughput_{way}_mbps"), facts.number(f"throughput_{way}_contract_ratio")
    return rate / share if rate and share else None


def swapped_rates(facts: Facts) -> Evidence:
    """Each direction carries about what was ordered for the other one, and the two differ."""
    down, up = facts.number(_DOWN), facts.number(_UP)
    ordered_down, ordered_up = _ordered(facts, "down"), _ordered(facts, "up")
    if not (down and up and ordered_down and ordered_up) or _same(ordered_down, ordered_up):
        return ()
    crossed = _same(down, ordered_up) and _same(up, ordered_down)
    return any_of(failing(_DOWN, _UP), shown(_DOWN, _UP))(facts) if crossed else ()


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _NEAR * max(one, other)


def other_profile(facts: Facts) -> Evidence:
    """A rate fails and is steady just under a rate that is sold: the line is shaped, not disturbed."""
    lines: list[str] = []
    for way in ("down", "up"):
        rate, found = facts.number(f"throughput_{way}_mbps"), failing(f"throughput_{way}_mbps")(facts)
        steady = is_(f"throughput_{way}_confidence", "high", "medium")(facts)
        if not (rate and found and steady):
            continue
        sold = next((profile for profile in _PROFILES_MBPS if 0.9 * profile <= rate <= 1.05 * profile), None)
        if sold is not None:
            lines += [*found, f"{rate:g} Mbit/s is what a profile of {sold} Mbit/s carries", *steady]
    return tuple(lines)


def wrong_vlan(facts: Facts) -> Evidence:
    """An ordered VLAN is silent and another one answers; what stands in a stack that answers is not alone.

    An untagged answer says nothing: a bridge that takes the ordered tag off at its LAN port is as it should be.
    """
    silent = [m for m in facts.measured("vlan_answer") if m.value == "silent" and m.index != "untagged"]
    heard = [m for m in facts.measured("vlan_answer") if m.value == "answered" and m.index != "untagged"]
    stacked = {vlan for m in heard for vlan in m.index.split(".") if "." in m.index}
    alone = [m for m in silent if "." not in m.index and m.index not in stacked]
    return with_(is_("vlan_answer", "silent", "answered"), "vlan_answered_by")(facts) if alone and heard else ()


def iptv_wrong_vlan(facts: Facts) -> Evidence:
    """The group does not come where it was ordered, and runs in another VLAN."""
    elsewhere = [m for m in facts.measured("iptv_other_vlan") if m.value is not None]
    return with_(is_("iptv_join", "silent"), "iptv_other_vlan")(facts) if elsewhere else ()
