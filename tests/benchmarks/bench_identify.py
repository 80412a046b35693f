"""What it takes to recognise an unknown device among all families, and to read forty quantities over SNMP."""

import time

from drivers.capture import load_capture
from drivers.ont import Ont
from drivers.profile_file import families, load_all, load_profile
from drivers.reading import candidates, opener
from drivers.resource import is_assisted
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login, virtual_user
from drivers.virtual.servers import serve
from tests.drivers.test_snmp_session import FORTY, QUESTIONS, ask


def identified(family: str, transport: str) -> tuple[int, float]:
    """Questions that were asked, and seconds from the connection to the family, at 30 ms think time."""
    ont = VirtualOnt(capture=load_capture(family, "lit"), faults=Faults(think_s=0.03))
    login = virtual_community() if transport == "snmp" else virtual_login()
    profiles = candidates(load_all(), None)
    with serve(ont, transport) as server:
        request = {"address": server.host, "port": server.port, "transport": transport, "deadline_s": 60}
        begin = time.perf_counter()
        speaking = tuple(p for p in profiles if transport in p.transports)
        session = opener(request, login)(speaking)
        found = Ont(lambda _: session, speaking, transport, now=lambda: None).identify(session)  # type: ignore[arg-type, return-value]
        took = time.perf_counter() - begin
        asked = ont.datagrams if transport == "snmp" else len(ont.asked)
        session.close()
    assert found.family == family, found.family
    return asked, took


def main() -> None:
    """Print both for every family that is asked itself."""
    count = len(candidates(load_all(), None))
    identified("huawei_wap", "telnet")
    for family in families():
        profile = load_profile(family)
        if not is_assisted(profile):
            for transport in profile.transports:
                asked, took = identified(family, transport)
                print(f"{family:<20} by {transport:<7} among {count} families: {asked} questions, {took:.2f} s")
    for name, login in (("v2c", virtual_community()), ("v3", virtual_user())):
        _, agent = ask(FORTY, QUESTIONS, login)
        print(f"SNMP {name}: {len(QUESTIONS)} quantities and the identity in {agent.datagrams} datagrams")


if __name__ == "__main__":
    main()
