"""What can be wrong with the servers of a line and with its services: names, addresses, IPTV, telephony; data."""

from dataclasses import replace
from random import Random

from diagnostics.line import Multicast, Registrar
from diagnostics.secret import Secret
from drivers.virtual.line import REFLECTOR_ADDRESS, SECOND_REFLECTOR_ADDRESS
from drivers.virtual.line_servers import Addressing, serve_addresses
from drivers.virtual.line_services import (
    BEHIND,
    capture_pages,
    hold_back,
    loop_frames,
    occupy,
    refuse_leases,
    serve_group,
    serve_page,
    serve_registrar,
    slow_names,
    tag_service,
)
from drivers.virtual.plan import OnLine, Plan
from drivers.virtual.scenario import Scenario

PAGE = "page.prooflight.test"
_NOBODY = "198.18.0.6"  # an address of the line that no host has
_NO_HOST = "198.18.0.12"  # one behind the gateway
_HIDDEN_PORT = 5353
_NAKS = ("customer is suspended", "no lease for this port", "wrong network", "option 82 is not known")
_BARRED = ("Account barred", "Subscriber suspended", "用户已停机")


def _nak(plan: Plan, random: Random) -> Plan:
    words = random.choice(_NAKS)
    return replace(plan, addressing=Addressing(pool=None)).then(lambda line: refuse_leases(line, words))


def _pool_empty(plan: Plan, random: Random) -> Plan:
    """The only address of the pool has gone to somebody else, for good."""
    return replace(plan, addressing=Addressing(taken=f"02:00:00:00:00:{random.randint(1, 254):02x}"))


def _dns_slow(plan: Plan, random: Random) -> Plan:
    least = random.uniform(0.28, 0.6)
    most, seed = least + random.uniform(0.0, 0.3), random.getrandbits(16)
    return replace(plan, addressing=Addressing(port=_HIDDEN_PORT)).then(
        lambda line: slow_names(line, _HIDDEN_PORT, least, most, seed)
    )


def _dns_silent(plan: Plan, random: Random) -> Plan:
    """The resolver that DHCP names is no host, or a host without a resolver."""
    dead = random.choice((Addressing(resolver=_NOBODY), Addressing(port=0)))
    return replace(plan, addressing=dead)


def _paged(plan: Plan) -> Plan:
    """The plan with a page whose answer is known, on the first reflector."""
    made = Addressing()
    names = (*made.names, (PAGE, REFLECTOR_ADDRESS))
    return replace(
        plan,
        addressing=replace(made, names=names),
        names=replace(plan.names, portal_url=f"http://{PAGE}/204"),
    ).then(lambda line: serve_page(line.network, REFLECTOR_ADDRESS, 204))


def _captive(plan: Plan, random: Random) -> Plan:
    return _paged(plan).then(capture_pages)


def _loop(plan: Plan, random: Random) -> Plan:
    return plan.then(loop_frames)


def _other_tag(plan: Plan, random: Random) -> Plan:
    """The order names one VLAN, the service stands in another one, or without a tag."""
    ordered, other = random.sample(range(2, 4000), 2)
    plan = replace(plan, ordered=replace(plan.ordered, vlans=(ordered,)))
    return _behind_tags(plan, other) if random.random() < 0.7 else plan


def _lost_outer(plan: Plan, random: Random) -> Plan:
    """The order names a stack of two VLANs, the service stands in the inner one alone, or in another stack's outer."""
    outer, inner, other = random.sample(range(2, 4000), 3)
    plan = replace(plan, ordered=replace(plan.ordered, vlans=(outer, inner)))
    return _behind_tags(plan, random.choice((inner, other)))


def _behind_tags(plan: Plan, *vlans: int) -> Plan:
    return replace(plan, addressing=None).then(
        lambda line: tag_service(line, *vlans),
        lambda line: serve_addresses(line, Addressing(), BEHIND),
    )


def _watching(plan: Plan, random: Random, *vlans: int) -> Plan:
    """The line with IPTV ordered on it, in these VLANs."""
    group = f"239.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
    ordered = replace(plan.ordered, services=(*plan.ordered.services, "iptv"))
    return replace(plan, ordered=ordered, multicast=Multicast(group=group, version=random.choice((2, 3)), vlans=vlans))


def _sent(plan: Plan, *words: str) -> Plan:
    """The plan with somebody who sends its group, in these ways."""
    assert plan.multicast is not None
    group = plan.multicast.group
    return plan.then(lambda line: serve_group(line, group, *words))


def _no_stream(plan: Plan, random: Random) -> Plan:
    return _watching(plan, random)


def _slow_stream(plan: Plan, random: Random) -> Plan:
    return _sent(_watching(plan, random), "--lag", f"{random.uniform(1.8, 3.0):.3f}")


def _lossy_stream(plan: Plan, random: Random) -> Plan:
    return _sent(_watching(plan, random), "--lose-every", str(random.randint(8, 24)))


def _stream_elsewhere(plan: Plan, random: Random) -> Plan:
    """The stream runs in another VLAN than the ordered one, or one of the two is without a tag."""
    ordered, other = random.sample(range(2, 4000), 2)
    vlans, words = random.choice((((ordered,), ("--vlan", str(other))), ((ordered,), ()), ((), ("--vlan", str(other)))))
    return _sent(_watching(plan, random, *vlans), *words)


def _telephone(plan: Plan, random: Random, host: str = SECOND_REFLECTOR_ADDRESS) -> tuple[Plan, dict[str, str]]:
    """The line with a telephone line ordered on it, and what its registrar must know of it."""
    user, word = f"+86571{random.randrange(10**8):08d}", f"{random.getrandbits(40):010x}"
    ordered = replace(plan.ordered, services=(*plan.ordered.services, "voice"))
    registrar = Registrar(host=host, domain="ims.prooflight.test")
    made = replace(plan, ordered=ordered, registrar=registrar, telephone=(user, Secret(word)))
    return made, {"domain": registrar.domain, "user": user, "password": word}


def _no_registrar(plan: Plan, random: Random) -> Plan:
    """Nobody serves at the registrar's address, or nobody has it."""
    return _telephone(plan, random, random.choice((SECOND_REFLECTOR_ADDRESS, _NO_HOST)))[0]


def _barred(plan: Plan, random: Random) -> Plan:
    """The registrar has another password for the account, does not know it, or bars it in words of its own."""
    made, account = _telephone(plan, random)
    changed = random.choice(({"password": "another"}, {"user": "nobody"}, {"barred": random.choice(_BARRED)}))
    return made.then(lambda line: serve_registrar(line, SECOND_REFLECTOR_ADDRESS, **account | changed))


def _busy(plan: Plan, random: Random) -> Plan:
    return plan.then(*(_occupied(address) for address in plan.reflectors))


def _occupied(address: str) -> OnLine:
    return lambda line: occupy(line, address)


def _far(plan: Plan, random: Random) -> Plan:
    """Reflectors whose buffers do not fill so long a way."""
    delay_ms = random.uniform(110.0, 180.0)
    plan = replace(plan, ordered=replace(plan.ordered, down_mbps=100.0), down_mbps=103.0, delay_ms=delay_ms)
    return plan.then(lambda line: hold_back(line, 65536))


def served(plan: Plan, random: Random) -> Plan:
    """The line as it is with every service that can be ordered, and a page whose answer is known."""
    vlans = random.choice(((), (random.randint(2, 4000),)))
    plan = _sent(_watching(_paged(plan), random, *vlans), *(("--vlan", str(vlans[0])) if vlans else ()))
    plan, account = _telephone(plan, random)
    return plan.then(lambda line: serve_registrar(line, SECOND_REFLECTOR_ADDRESS, **account))


SERVICE_SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="dhcp-nak", cause="dhcp_nak", inject=_nak),
    Scenario(name="dhcp-pool-empty", cause="dhcp_pool_empty", inject=_pool_empty),
    Scenario(name="dns-slow", cause="dns_slow", inject=_dns_slow),
    Scenario(name="dns-silent", cause="dns_silent", inject=_dns_silent),
    Scenario(name="captive-portal", cause="captive_portal", inject=_captive),
    Scenario(name="loop", cause="loop", inject=_loop),
    Scenario(name="wrong-vlan", cause="wrong_vlan", inject=_other_tag),
    Scenario(name="wrong-stack", cause="wrong_vlan", inject=_lost_outer),
    Scenario(name="iptv-no-stream", cause="iptv_join_refused", inject=_no_stream),
    Scenario(name="iptv-slow", cause="iptv_slow", inject=_slow_stream),
    Scenario(name="iptv-lossy", cause="iptv_lossy", inject=_lossy_stream),
    Scenario(name="iptv-wrong-vlan", cause="iptv_wrong_vlan", inject=_stream_elsewhere),
    Scenario(name="voice-silent", cause="voice_registrar_silent", inject=_no_registrar),
    Scenario(name="voice-refused", cause="voice_account_refused", inject=_barred),
    Scenario(name="reflector-busy", cause="reflector_busy", inject=_busy),
    Scenario(name="reflector-far", cause="reflector_far", inject=_far),
)
