"""Every way that an ONT's command line is hostile or broken has a named outcome, on a real socket; no wrong value."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from diagnostics.measurement import to_json
from drivers.capture import Capture, differences, load_capture
from drivers.profile import Dialogue, Profile
from drivers.shell_session import PAGES
from drivers.terminal import ChildTerminal
from drivers.virtual.line import ONT_ADDRESS
from drivers.virtual.namespace import Namespace, may_make_namespaces
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login
from drivers.virtual.servers import serve
from tests.drivers.reader import HUAWEI, failures, outcome, read_at, read_here

LIT = load_capture("huawei_wap", "lit")
OPTIC, DEVICE, VERSION = "display optic", "display deviceInfo", "display version"
RX = "ont_rx_power_dbm"
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def saying(**answers: str) -> Capture:
    """The lit Huawei with other answers: `optic`, `device`, `version`, `sn`."""
    names = {"optic": OPTIC, "device": DEVICE, "version": VERSION, "sn": "display sn"}
    return replace(LIT, answers={**LIT.answers, **{names[name]: text for name, text in answers.items()}})


def with_rx(text: str) -> Capture:
    """The lit Huawei whose received power is written like this."""
    return saying(optic=LIT.answers[OPTIC].replace("-18.20", text))


def paging() -> Profile:
    """The Huawei family, said to page."""
    assert HUAWEI.dialogue
    dialogue: Dialogue = replace(HUAWEI.dialogue, more=re.compile("--More--"))
    return replace(HUAWEI, dialogue=dialogue)


def memory_kib(field: str) -> int:
    """VmRSS or VmHWM of this process."""
    return int(re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())[1])  # type: ignore[index]


@pytest.mark.parametrize("faults", [Faults(floods=True), Faults(endless=OPTIC), Faults(one_long_line=OPTIC)])
def test_output_without_end_costs_the_station_no_memory(faults: Faults) -> None:
    with serve(VirtualOnt(capture=LIT, faults=faults), "telnet") as server:
        terminal = ChildTerminal(
            address=server.host, port=server.port, transport="telnet", login=virtual_login(), deadline_s=12
        )
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before = memory_kib("VmRSS")
        made = terminal.read()
        assert memory_kib("VmHWM") - before < 16 * 1024
    assert outcome(made, RX) == "unparseable"


ENDINGS = {
    "no prompt, ever": (Faults(floods=True), "unparseable", "no prompt"),
    "100 MB in an answer": (Faults(endless=OPTIC), "unparseable", "more than 1048576 bytes"),
    "one line of 50 MB": (Faults(one_long_line=OPTIC), "unparseable", "a line of more than 4096"),
    "a byte now and then": (Faults(drips_in=OPTIC), "timeout", "not answered in time"),
    "a password prompt in an answer": (Faults(asks_password_in=OPTIC), "auth_rejected", "password"),
    "a million options": (Faults(option_flood=10_000), "unparseable", "telnet options"),
    "an unfinished option": (Faults(unfinished_option=True), "timeout", "says nothing"),
    "reboots in mid reading": (Faults(dies_in=OPTIC), "unparseable", "closed the connection"),
    "a silent port": (Faults(silent=True), "timeout", "says nothing"),
    "hangs up": (Faults(hang_up=True), "refused", ""),
    "resets": (Faults(resets=True), "refused", ""),
    "too many users": (Faults(greeting="Too many users\n", hang_up=True), "busy", "Too many users"),
    "locked": (Faults(greeting="Your account is locked\n", hang_up=True), "locked_out", "locked"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_what_ends_a_reading_has_a_name_and_makes_no_wrong_value(name: str) -> None:
    faults, kind, words = ENDINGS[name]
    ont = VirtualOnt(capture=LIT, faults=faults)
    made = read_here(ont, deadline_s=5.0)
    assert outcome(made, RX) == kind
    assert words in str(failures(made)[RX].failure)
    values = [m for m in made.measurements if m.failure is None]
    assert not [line for line in differences(LIT, values) if "got nothing" not in line]
    assert len(ont.log_ins) <= 1


def test_a_byte_every_five_seconds_is_cut_off_by_the_total_deadline() -> None:
    """Each read gets its byte in time and the answer would take half an hour; only the deadline in total ends it."""
    ont = VirtualOnt(capture=LIT, faults=Faults(drips_in=OPTIC, drip_s=5.0))
    with serve(ont, "telnet") as server:
        made = read_at(server.host, server.port, deadline_s=8.0)
    assert outcome(made, RX) == "timeout"


def test_pages_without_end_are_turned_so_often_and_no_more() -> None:
    made = read_here(VirtualOnt(capture=LIT, faults=Faults(pages_in=OPTIC)), profiles=[paging()])
    assert outcome(made, RX) == "unparseable"
    assert f"more than {PAGES} pages" in str(failures(made)[RX].failure)


def test_a_pager_that_the_family_does_not_know_is_a_timeout() -> None:
    made = read_here(VirtualOnt(capture=LIT, faults=Faults(pages_in=OPTIC)), deadline_s=4)
    assert outcome(made, RX) == "timeout"


DARK = ["--", "-", "N/A", "n/a", "n.a.", "-40", "-40.00", "-inf", "65535", "2147483647", "4294967295", "Invalid"]
NOTHING = ["", "No signal", "FFFF", "-255", "-99", "nan", "not set", "1e9", "-18,2", "0x12", "..", "18.2.1", "９"]


@pytest.mark.parametrize(("text", "kind"), [(t, "no_signal") for t in DARK] + [(t, "unparseable") for t in NOTHING])
def test_a_value_that_is_none_is_never_a_number(text: str, kind: str) -> None:
    assert outcome(read_here(VirtualOnt(capture=with_rx(text))), RX) == kind


def test_a_number_without_its_unit_or_with_another_is_no_power() -> None:
    for unit in ("", "(uW)", "(mW)"):
        text = re.sub(r"(?m)^(RxPower.*)\(dBm\)", rf"\g<1>{unit}", LIT.answers[OPTIC])
        assert text != LIT.answers[OPTIC]
        made = read_here(VirtualOnt(capture=saying(optic=text)))
        assert (outcome(made, RX), outcome(made, "ont_tx_power_dbm")) == ("unparseable", 2.31)


CONTROLS = {
    "ESC": "\x1b[31;1m%s\x1b[0m",
    "OSC": "\x1b]0;owned\x07%s",
    "OSC without end": "\x1b]0;owned %s",
    "DCS": "\x1bPq%s\x1b\\",
    "C1": "\x9b31m%s\x9d0;x\x9c",
    "C0": "\x01\x02\x07%s\x0b\x7f",
    "NUL": "\0%s\0",
    "bidi": "\u202e%s\u2066",
    "broken UTF-8": "\udcff\udcc3%s\udce2\udc82",
    "GBK": "\udcbb\udcaa\udcce\udcaa%s",
    "backspaces": "abc\x08 \x08\x08 \x08\x08 \x08%s",
}


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_and_foreign_bytes_reach_nobody_and_spoil_nothing_else(name: str) -> None:
    model = LIT.answers[DEVICE].replace("HG8310M", CONTROLS[name] % "HG8310M", 1)
    assert model != LIT.answers[DEVICE]
    ont = VirtualOnt(capture=saying(device=model))
    made = read_here(ont)
    said = json.dumps([to_json(m) for m in made.measurements], ensure_ascii=False)
    assert not FORBIDDEN.search(said)
    assert outcome(made, RX) == -18.2 or name == "OSC without end"
    assert ont.log_outs == 1


def test_the_prompt_inside_an_answer_cuts_nothing() -> None:
    text = LIT.answers[DEVICE].replace("HG8310M", "HG8310M\nWAP>\nWAP>display sn\nWAP>", 1)
    made = read_here(VirtualOnt(capture=saying(device=text)))
    assert outcome(made, "ont_model") in ("HG8310M", "unparseable")
    assert outcome(made, "ont_pon_serial") in ("HWTC4D2A9C17", "unparseable")
    assert outcome(made, RX) in (-18.2, "unparseable")


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        ("485754434D2A9C17", "HWTC4D2A9C17"),
        ("HWTC4D2A9C17", "HWTC4D2A9C17"),
        ("hwtc4d2a9c17", "HWTC4D2A9C17"),
        ("48 57 54 43 4d 2a 9c 17", "HWTC4D2A9C17"),
        ("4D2A9C17", "unparseable"),
        ("2a2a2a2a2a2a2a2a", "unparseable"),
    ],
)
def test_a_serial_comes_in_hex_or_in_letters(text: str, serial: str) -> None:
    ont = VirtualOnt(capture=saying(sn=f"sn = {text}\n\nsuccess!\n"))
    assert outcome(read_here(ont), "ont_pon_serial") == serial


def test_the_output_of_another_model_is_unknown_or_fails_alone() -> None:
    vrp = "Huawei Versatile Routing Platform Software\nVRP (R) software, Version 8.180\n\nsuccess!\n"
    assert outcome(read_here(VirtualOnt(capture=saying(version=vrp))), RX) == "unknown_firmware"
    made = read_here(VirtualOnt(capture=saying(optic=LIT.answers[VERSION])))
    assert (outcome(made, RX), outcome(made, "ont_pon_serial")) == ("unparseable", "HWTC4D2A9C17")


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_one_session_only_busy_is_told_apart_from_refused(transport: str) -> None:
    ont = VirtualOnt(capture=LIT, faults=Faults(sessions=1))
    with serve(ont, transport) as server:
        assert outcome(read_at(server.host, server.port, transport), RX) == -18.2
        ont.left.wait(10)
        ont.open_sessions = 1  # somebody else is in
        made = read_at(server.host, server.port, transport)
        assert outcome(made, RX) == "busy"
        ont.open_sessions = 0
        assert outcome(read_at(server.host, server.port, transport), RX) == -18.2


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_it_logs_out_also_after_a_failure_and_the_ont_sees_it(transport: str) -> None:
    ont = VirtualOnt(capture=saying(optic="word\n" * 300_000))
    with serve(ont, transport) as server:
        made = read_at(server.host, server.port, transport)
        assert ont.left.wait(10)
    assert outcome(made, RX) == "unparseable"
    assert ont.log_outs == 1


def test_a_password_prompt_in_mid_conversation_gets_no_word_at_all() -> None:
    ont = VirtualOnt(capture=LIT, faults=Faults(asks_password_in=OPTIC))
    made = read_here(ont, deadline_s=6.0)
    assert outcome(made, RX) == "auth_rejected"
    assert ont.typed == []
    assert len(ont.log_ins) == 1


@pytest.mark.root
@pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root")
def test_no_route_is_unreachable() -> None:
    namespace = Namespace()
    try:
        for transport, login in (("telnet", virtual_login()), ("ssh", virtual_login()), ("snmp", virtual_community())):
            made = ChildTerminal(
                address=ONT_ADDRESS, transport=transport, login=login, namespace=namespace.path, deadline_s=15
            ).read()
            assert outcome(made, RX) == "unreachable"
    finally:
        namespace.close()
