"""What can be wrong where the station dials: each scenario puts one fault into the network's end of PPPoE; data."""

from dataclasses import replace
from random import Random
from typing import Any

from diagnostics.secret import Secret
from drivers.virtual.line_servers import Addressing
from drivers.virtual.line_services import serve_sessions, serve_sessions_at_home
from drivers.virtual.plan import Plan
from drivers.virtual.scenario import Inject, Scenario
from drivers.virtual.shaping import shaped_mbit

_MOST_MBPS = 50.0  # two relays in Python, one at each end, beside all else on two cores
_IN_USE = ("user already online", "max session limit exceeded", "the account is in use", "账号已在线")
_REFUSED = ("unknown user", "Authentication failed (691)", "arrears: service suspended", "密码错误")
_NO_ROOM = ("no client slots available", "system resources low", "session limit of this port reached")


def dialled(plan: Plan, random: Random, **ways: Any) -> Plan:
    """The line as it is where the station dials: a concentrator with the order's account, and names, no DHCP."""
    account, word = f"hz{random.randrange(10**8):08d}@ftth", f"{random.getrandbits(40):010x}"
    down, up = (min(rate, _MOST_MBPS) for rate in (plan.ordered.down_mbps, plan.ordered.up_mbps))
    shares = plan.down_mbps / plan.ordered.down_mbps, plan.up_mbps / plan.ordered.up_mbps
    carried = [shaped_mbit(rate * share, pppoe=True) for rate, share in zip((down, up), shares, strict=True)]
    given = {"account": account, "word": word, "authentication": random.choice(("chap", "pap"))} | ways
    made = replace(
        plan,
        ordered=replace(plan.ordered, access="pppoe", down_mbps=down, up_mbps=up),
        account=(account, Secret(word)),
        addressing=Addressing(pool=None),
    )
    return made.then(
        lambda line: line.shape(down_mbit=carried[0], up_mbit=carried[1]),
        lambda line: serve_sessions(line, **given),
    )


def _with_ways(*choices: dict[str, Any]) -> Inject:
    """A line whose concentrator behaves in one of these ways."""
    return lambda plan, random: dialled(plan, random, **random.choice(choices))


def _refused(words: tuple[str, ...]) -> Inject:
    return lambda plan, random: dialled(plan, random, deny=True, words=random.choice(words))


def _several(plan: Plan, random: Random) -> Plan:
    """A second concentrator: in the network beside the first, or on a device of the customer's."""
    if random.random() < 0.5:
        return dialled(plan, random, names=["BRAS-1", f"BRAS-{random.randint(2, 9)}"])
    return dialled(plan, random).then(lambda line: serve_sessions_at_home(line, names=["router"]))


SESSION_SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="pppoe-no-offer",
        cause="pppoe_no_offer",
        inject=_with_ways({"silent": ["everything"]}, {"offer_error": "no such service"}),
    ),
    Scenario(name="pppoe-several", cause="pppoe_several_concentrators", inject=_several),
    Scenario(name="pppoe-refused", cause="pppoe_account_refused", inject=_refused(_REFUSED)),
    Scenario(name="pppoe-in-use", cause="pppoe_account_in_use", inject=_refused(_IN_USE)),
    Scenario(
        name="pppoe-no-address",
        cause="pppoe_ipcp_refused",
        inject=_with_ways({"reject": ["ipcp"]}, {"reject": ["address"]}, {"refuse": True}),
    ),
    Scenario(
        name="pppoe-no-session",
        cause="pppoe_session_failed",
        inject=_with_ways(*({"pads_error": words} for words in _NO_ROOM), {"silent": ["pads"]}, {"silent": ["lcp"]}),
    ),
)
