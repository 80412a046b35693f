"""Command lines that open in steps, must be told something first, or must never hear one tool after another."""

from dataclasses import replace

import pytest

from diagnostics.measurement import Measurement
from diagnostics.secret import Secret
from drivers.capture import Capture, Spoken, differences, load_capture
from drivers.cli_session import open_cli
from drivers.logins import Login
from drivers.profile import Dialogue
from drivers.profile_file import families, load_profile
from drivers.resource import is_assisted
from drivers.session import AuthRejected, NotSupported
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import Faults, VirtualOnt, virtual_login
from drivers.virtual.servers import serve

WRONG = Login(username="root", password=Secret("hunter2"))
FOREVER = float("inf")
SHELLS = [
    (p, load_capture(p.family, "lit")) for p in map(load_profile, families()) if p.dialogue and not is_assisted(p)
]


def read(ont: VirtualOnt, transport: str, login: Login | None = None) -> tuple[Measurement, ...]:
    """What the child reads from this ONT, whose family it is not told."""
    with serve(ont, transport) as server:
        terminal = ChildTerminal(
            address=server.host, port=server.port, transport=transport, login=login or virtual_login(), deadline_s=10.0
        )
        return terminal.read().measurements


def dialogue(family: str) -> Dialogue:
    """The dialogue of a family that has one."""
    made = load_profile(family).dialogue
    assert made
    return made


def test_a_log_in_behind_a_command_is_given_there_once_and_the_level_is_left_again() -> None:
    ont = VirtualOnt(capture=load_capture("nokia_cig", "lit"))
    assert differences(ont.capture, read(ont, "telnet")) == []
    assert ont.log_ins == [True]
    assert ont.asked[:2] == ["enable", "login"]
    assert (ont.asked[-1], ont.log_outs) == ("exit", 1)


def test_a_wrong_password_behind_a_command_is_tried_exactly_once() -> None:
    ont = VirtualOnt(capture=load_capture("nokia_cig", "lit"))
    made = read(ont, "telnet", WRONG)
    assert {m.failure.kind for m in made if m.failure} == {"auth_rejected"}
    assert ont.log_ins == [False]
    assert "hunter" not in str(made)


def test_a_password_is_never_given_to_a_command_that_is_not_expected_to_ask_for_one() -> None:
    ont = VirtualOnt(capture=load_capture("nokia_cig", "lit"))
    with serve(ont, "telnet") as server:
        plain = [replace(dialogue("nokia_cig"), first=())]
        session = open_cli(server.host, server.port, "telnet", virtual_login(), plain, deadline_at=FOREVER)
        with pytest.raises(AuthRejected):
            session.ask(["enable", "login"])
        session.close()
    assert ont.log_ins == []


def test_what_must_come_first_comes_before_every_question() -> None:
    ont = VirtualOnt(capture=load_capture("zte_f6xx", "lit"))
    assert differences(ont.capture, read(ont, "telnet")) == []
    assert ont.asked.index("redir printf") < ont.asked.index("gpontest -gstate")


@pytest.mark.parametrize("state", ["lit", "no-su"])
def test_a_level_that_is_refused_costs_nothing(state: str) -> None:
    ont = VirtualOnt(capture=load_capture("huawei_wap", state))
    assert differences(ont.capture, read(ont, "telnet")) == []
    assert (ont.asked[0], ont.asked[-1], ont.log_outs) == ("su", "quit", 1)


def test_a_user_without_rights_becomes_root_and_leaves_both_levels() -> None:
    ont = VirtualOnt(capture=load_capture("realtek_rtl960x", "bt-pon"))
    assert differences(ont.capture, read(ont, "telnet")) == []
    assert (ont.asked[0], ont.asked.count("su"), ont.log_outs) == ("su", 1, 1)


def test_who_is_root_already_is_never_told_to_become_it() -> None:
    ont = VirtualOnt(capture=load_capture("realtek_rtl960x", "lit"))
    assert differences(ont.capture, read(ont, "telnet")) == []
    assert "su" not in ont.asked


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_a_level_that_wants_a_password_is_done_without_and_what_it_hides_says_so(transport: str) -> None:
    lit = load_capture("huawei_wap", "lit")
    hidden = "omcicmd mib show meid 131 instid 0"
    poorer = replace(lit, answers={question: text for question, text in lit.answers.items() if question != hidden})
    ont = VirtualOnt(capture=poorer, faults=Faults(asks_password_in="su"))
    made = {m.name: m for m in read(ont, transport)}
    assert made["ont_rx_power_dbm"].value == lit.values["ont_rx_power_dbm"]
    failed = {name: m.failure.kind for name, m in made.items() if m.failure and m.failure.kind != "not_supported"}
    unknown = [name for name, kind in lit.failures.items() if kind == "no_such_object"]
    assert failed == lit.failures | dict.fromkeys(["ont_olt_vendor", *unknown], "auth_rejected")
    assert "su" in str(made["ont_olt_vendor"].failure)
    assert (ont.log_ins, ont.typed, ont.log_outs) == ([True, True], [], 1)


@pytest.mark.parametrize("state", ["lit", "genexis", "tw"])
def test_omcicli_is_never_asked_after_diag(state: str) -> None:
    ont = VirtualOnt(capture=load_capture("realtek_rtl960x", state))
    assert differences(ont.capture, read(ont, "ssh")) == []
    tools = [q.split()[0] for q in ont.asked if q.startswith(("diag", "omcicli"))]
    assert tools == sorted(tools, key=["omcicli", "diag"].index)
    assert {"diag", "omcicli"} <= set(tools)
    assert "diag" not in ont.asked


def test_a_session_refuses_the_wrong_order_whoever_asks() -> None:
    ont = VirtualOnt(capture=load_capture("realtek_rtl960x", "lit"))
    with serve(ont, "telnet") as server:
        dialogues = [dialogue("realtek_rtl960x")]
        session = open_cli(server.host, server.port, "telnet", virtual_login(), dialogues, deadline_at=FOREVER)
        session.ask(["diag gpon get onu-state"])
        with pytest.raises(NotSupported):
            session.ask(["omcicli get authuptime"])
        session.close()
    assert "omcicli get authuptime" not in ont.asked


@pytest.mark.parametrize(
    ("family", "commands"),
    [
        ("realtek_rtl960x", "diag; diag ; flash all; flash get GPON_PLOAM_PASSWD; flash set X 1; omcicli set sn X"),
        ("realtek_rtl960x", "omcicli mib reset; show omci; diag gpon get pps-cnt; diag gpon set onu-state 1; reboot"),
        ("zte_f6xx", "sendcmd 1 DB p TelnetCfg; sendcmd 1 DB set X; setmac 1 2177 X; upgradetest switchver; reboot"),
        ("nokia_cig", "/system/misc/pon_passwd get; /traffic/pon/sn X; /system/mib/reset; /system/misc/eqsn set X"),
        ("huawei_wap", "clear pon statistics; reset; restore manufactory; set userpasswd"),
        ("lantiq_falcon", "fw_setenv nSerial X; sfp_i2c -i 7 -s X; firstboot; onu ploam_state_set 1; gtop"),
        ("broadcom_gpon", "laser power; laser calibration --set 1; gponctl stop; restoredefault"),
        ("econet_tclinux", "tcapi set GPON_ONU SerialNumber X; tcapi commit GPON; sys memwl 0 0"),
        ("technicolor_homeware", "ubus call gpon.trsv set_ustx; uci set x; gponctl stop"),
    ],
)
def test_what_changes_a_device_or_tells_a_secret_is_never_asked(family: str, commands: str) -> None:
    never = dialogue(family).never
    assert [c for c in commands.split("; ") if not any(pattern.search(c) for pattern in never)] == []


STRANGERS = sorted({(c.spoken.prompt, p.transports[0]) for p, c in SHELLS if c.spoken and not p.identity.banner})


@pytest.mark.parametrize(("prompt", "transport"), STRANGERS)
def test_a_device_that_nobody_knows_is_asked_five_questions_at_most(prompt: str, transport: str) -> None:
    """It has the prompt of one of the families, and no command that any of them asks."""
    spoken = Spoken(login="Login:", password="Password:", prompt=prompt, log_out="exit", unknown="what?\n")
    plain = {"family": "", "state": "", "origin": "constructed", "source": "", "device": ""}
    ont = VirtualOnt(capture=Capture(**plain, spoken=spoken, values={}, failures={}))
    made = read(ont, transport)
    assert {m.failure.kind for m in made if m.failure} == {"unknown_firmware"}
    asked = ont.asked[: ont.asked.index("quit")] if "quit" in ont.asked else ont.asked
    assert 1 <= len(asked) <= 5
    assert "what?" in str(made[0].failure)
