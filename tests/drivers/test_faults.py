"""Whatever an ONT does wrong on a real socket is a named failure; every quantity comes out, no wrong value ever."""

from dataclasses import replace

import pytest

from diagnostics.measurement import Measurement
from diagnostics.quantities import ONT_QUANTITIES
from diagnostics.secret import Secret
from drivers.capture import Capture, differences, load_capture
from drivers.logins import Login
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login, virtual_user
from drivers.virtual.servers import serve
from tests.peers import free_port

LIT, ZNID = load_capture("huawei_wap", "lit"), load_capture("dasan_znid", "lit")
OPTIC, LAST = "display optic", "omcicmd mib show meid 11 instid 65535"
WRONG = Login(username="root", password=Secret("hunter2"), community=Secret("hunter3"))


def read(ont: VirtualOnt, transport: str, login: Login, deadline_s: float = 10.0) -> tuple[Measurement, ...]:
    """What the child reads from this ONT."""
    with serve(ont, transport) as server:
        terminal = ChildTerminal(
            address=server.host, port=server.port, transport=transport, login=login, deadline_s=deadline_s
        )
        made = terminal.read()
    assert {m.quantity for m in made.measurements} == set(ONT_QUANTITIES)
    assert len({m.name for m in made.measurements}) == len(made.measurements)
    return made.measurements


def kinds(measurements: tuple[Measurement, ...]) -> dict[str, str]:
    """What became of each quantity: `value`, or the kind of its failure."""
    return {m.quantity: m.failure.kind if m.failure else "value" for m in measurements}


def no_value_is_wrong(capture: Capture, measurements: tuple[Measurement, ...]) -> bool:
    """Whether every value that was read is the capture's."""
    values = tuple(m for m in measurements if m.failure is None)
    return not [line for line in differences(capture, values) if "got nothing" not in line]


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(silent=True), "timeout"),
        (Faults(hang_up=True), "refused"),
        (Faults(greeting="Too many users\n", hang_up=True), "busy"),
        (Faults(greeting="This account is locked\n", hang_up=True), "locked_out"),
        (Faults(endless=OPTIC), "unparseable"),
        (Faults(one_long_line=OPTIC), "unparseable"),
        (Faults(dies_in=OPTIC), "unparseable"),
        (Faults(asks_password_in=OPTIC), "auth_rejected"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_misbehaving_command_line_is_a_named_failure(faults: Faults, kind: str, transport: str) -> None:
    ont = VirtualOnt(capture=LIT, faults=faults)
    made = read(ont, transport, virtual_login(), 7.0 if faults.silent else 60.0)
    assert kinds(made)["ont_rx_power_dbm"] == kind
    assert no_value_is_wrong(LIT, made)
    assert len(ont.log_ins) <= 1


@pytest.mark.parametrize(("transport", "kind"), [("telnet", "unknown_firmware"), ("ssh", "unparseable")])
def test_garbage_is_a_named_failure(transport: str, kind: str) -> None:
    made = read(VirtualOnt(capture=LIT, faults=Faults(garbage=True)), transport, virtual_login(), 7.0)
    assert kinds(made)["ont_rx_power_dbm"] == kind


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_a_wrong_password_is_tried_exactly_once(transport: str) -> None:
    ont = VirtualOnt(capture=LIT)
    made = read(ont, transport, WRONG)
    assert set(kinds(made).values()) == {"auth_rejected"}
    assert ont.log_ins == [False]
    assert "hunter" not in str(made)


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
@pytest.mark.parametrize(("question", "stall_s"), [("display deviceInfo", 0.08), (OPTIC, 0.6), (LAST, 0.6)])
def test_a_prompt_inside_an_answer_with_a_stall_behind_it_cuts_nothing(
    question: str, stall_s: float, transport: str
) -> None:
    ont = VirtualOnt(capture=LIT, faults=Faults(look_alike=question, stall_s=stall_s))
    assert differences(LIT, read(ont, transport, virtual_login())) == []
    assert ont.log_outs == 1


def test_thirty_of_thirty_look_alikes_are_read_whole() -> None:
    from drivers.cli_session import open_cli
    from drivers.profile_file import load_profile

    profile = load_profile("huawei_wap")
    assert profile.dialogue
    whole = 0
    with serve(VirtualOnt(capture=LIT, faults=Faults(look_alike=OPTIC)), "telnet") as server:
        for _ in range(30):
            session = open_cli(
                server.host, server.port, "telnet", virtual_login(), [profile.dialogue], deadline_at=float("inf")
            )
            session.ask(["display sn", OPTIC, "display version"])
            whole += str(session.close()[OPTIC]).replace("WAP>\n", "") == LIT.answers[OPTIC]
    assert whole == 30


def test_an_ont_that_keeps_the_connection_after_the_log_out_is_read() -> None:
    assert (
        differences(LIT, read(VirtualOnt(capture=LIT, faults=Faults(keeps_open=True)), "telnet", virtual_login())) == []
    )


def test_telnet_options_without_end_are_cut_off() -> None:
    made = read(VirtualOnt(capture=LIT, faults=Faults(option_flood=50)), "telnet", virtual_login())
    assert set(kinds(made).values()) == {"unparseable"}


@pytest.mark.parametrize("transport", ["telnet", "ssh", "snmp"])
def test_a_closed_port_refuses(transport: str) -> None:
    login = virtual_community() if transport == "snmp" else virtual_login()
    made = ChildTerminal(address="127.0.0.1", port=free_port(), transport=transport, login=login).read()
    assert set(kinds(made.measurements).values()) == {"refused"}


def test_another_command_line_is_unknown_firmware_with_what_was_seen() -> None:
    assert LIT.spoken
    other = replace(LIT, spoken=replace(LIT.spoken, prompt="BusyBox # "))
    made = read(VirtualOnt(capture=other), "telnet", virtual_login(), 12.0)
    assert set(kinds(made).values()) == {"unknown_firmware"}
    assert "BusyBox #" in str(made[0].failure)


def test_another_device_behind_the_same_prompt_is_unknown_firmware_with_what_was_seen() -> None:
    other = replace(LIT, answers=LIT.answers | {"display version": "VRP software 8.180\n\nsuccess!\n"})
    made = read(VirtualOnt(capture=other), "ssh", virtual_login())
    assert set(kinds(made).values()) == {"unknown_firmware"}
    assert "VRP software 8.180" in str(made[0].failure)


def test_a_command_that_the_firmware_does_not_know_fails_alone() -> None:
    poorer = replace(LIT, answers={q: a for q, a in LIT.answers.items() if q != LAST})
    made = read(VirtualOnt(capture=poorer), "telnet", virtual_login())
    assert kinds(made)["ont_lan_speed_mbps"] == "no_such_object"
    assert kinds(made)["ont_rx_power_dbm"] == "value"


@pytest.mark.parametrize("fault", [Faults(silent=True), Faults(garbage=True)], ids=["silent", "garbage"])
def test_an_agent_without_a_sensible_reply_is_a_timeout(fault: Faults) -> None:
    made = read(VirtualOnt(capture=ZNID, faults=fault), "snmp", virtual_community(), 7.0)
    assert set(kinds(made).values()) == {"timeout"}


@pytest.mark.parametrize(
    ("login", "kind"),
    [
        (WRONG, "timeout"),
        (replace(virtual_user(), username="nobody"), "auth_rejected"),
        (replace(virtual_user(), authentication_key=Secret("hunter2hunter2")), "auth_rejected"),
        (replace(virtual_user(), privacy_key=Secret("hunter2hunter2")), "auth_rejected"),
        (Login(username="root"), "auth_rejected"),
        (Login(), "auth_rejected"),
    ],
    ids=["community", "user", "authentication key", "privacy key", "no keys", "nothing"],
)
def test_a_wrong_snmp_log_in_is_a_named_failure(login: Login, kind: str) -> None:
    made = read(VirtualOnt(capture=ZNID), "snmp", login, 7.0)
    assert set(kinds(made).values()) == {kind}
    assert "hunter" not in str(made)


def test_another_agent_is_read_by_standard_mibs_only() -> None:
    other = replace(ZNID, records=ZNID.records | {"1.3.6.1.2.1.1.1.0": ("4", "Linux router 6.1")})
    made = kinds(read(VirtualOnt(capture=other), "snmp", virtual_community()))
    assert (made["ont_uptime_s"], made["ont_pon_serial"]) == ("value", "not_supported")


def test_an_agent_that_does_not_say_what_it_is_is_unknown_firmware() -> None:
    other = replace(ZNID, records={oid: v for oid, v in ZNID.records.items() if oid != "1.3.6.1.2.1.1.1.0"})
    made = read(VirtualOnt(capture=other), "snmp", virtual_community())
    assert set(kinds(made).values()) == {"unknown_firmware"}


def test_an_object_that_the_agent_lacks_fails_alone() -> None:
    rx = "1.3.6.1.4.1.5504.2.5.43.1.2.1.7.1"
    poorer = replace(ZNID, records={oid: value for oid, value in ZNID.records.items() if oid != rx})
    made = kinds(read(VirtualOnt(capture=poorer), "snmp", virtual_user()))
    assert (made["ont_rx_power_dbm"], made["ont_pon_serial"]) == ("no_such_object", "value")
