"""The verbs that ask the ONT, over a real station and a virtual ONT on a real port: they only read, and end cleanly."""

import json
from pathlib import Path

import pytest

from agent import seal
from agent.assignment import Assignment
from agent.support import box
from agent.support.conversation import Conversation, Outlet
from agent.support.limits import TOTAL_BYTES
from agent.support.reasons import Ended
from agent.support.verbs.ont_read import GROUPS
from agent.support.verbs.ont_watch import MOST_QUANTITIES, MOST_S
from diagnostics.committed import is_commitment
from diagnostics.measurement import FAILURE_KINDS
from diagnostics.quantities import ONT_QUANTITIES
from drivers.capture import load_capture
from drivers.look import USUAL, WATCHABLE
from drivers.profile_file import load_all
from drivers.resource import is_assisted
from drivers.virtual.ont import Faults, VirtualOnt
from tests.agent import orders
from tests.agent.conftest import Ring
from tests.agent.support.asked import asked, at_ont
from tests.drivers.questions import known_questions

LIT = load_capture("huawei_wap", "lit")
RX = "ont_rx_power_dbm"
ORDER = orders.work_order(id="WO-7")


def test_every_ont_quantity_is_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(ONT_QUANTITIES)
    assert all(GROUPS.values())


def test_a_reading_tells_what_the_ont_says_and_its_serial_as_a_commitment(tmp_path: Path) -> None:
    with at_ont(tmp_path, VirtualOnt(capture=LIT)) as home:
        home.on_it["k"] = Assignment(order=ORDER)
        bare, ordered = (asked(home, "ont.read", order=order) for order in ("", "WO-7"))
        salted = home.station.discretion(home.on_it["k"]).commit("ont_serial", str(LIT.values["ont_pon_serial"]))
    serials = []
    for *measured, untold in (bare, ordered):
        values = {e["quantity"]: e["value"] for e in measured if not e["index"]}
        assert values[RX] == LIT.values[RX]
        assert {e["quantity"] for e in measured} | set(untold["quantities"]) == set(ONT_QUANTITIES)
        assert str(LIT.values["ont_pon_serial"]) not in json.dumps(measured)
        serials.append(values["ont_pon_serial"])
    assert all(map(is_commitment, serials))
    assert serials[0] != serials[1] == salted, "as it stands in the records of the order"


def test_an_ont_that_cannot_be_read_is_one_reason_and_not_fifty_failures(tmp_path: Path) -> None:
    heard: list[dict[str, object]] = []
    locked = VirtualOnt(capture=LIT, faults=Faults(greeting="Your account is locked\n", hang_up=True))
    with at_ont(tmp_path, locked) as home, pytest.raises(Ended, match="locked_out at log-in") as ended:
        asked(home, "ont.read", heard=heard)
    assert (ended.value.reason, heard) == ("not_available", [])


def test_only_the_groups_that_are_named_are_told(tmp_path: Path) -> None:
    with at_ont(tmp_path, VirtualOnt(capture=LIT)) as home:
        *measured, untold = asked(home, "ont.read", groups=["optics"])
    assert {e["quantity"] for e in measured} | set(untold["quantities"]) == set(GROUPS["optics"])


def test_a_watch_tells_each_second_what_the_ont_says_then(tmp_path: Path) -> None:
    powers = iter(["-18.20", "-27.50"])
    ont = VirtualOnt(capture=LIT, live={"display optic": lambda text: text.replace("-18.20", next(powers, "-30.00"))})
    with at_ont(tmp_path, ont) as home:
        events = asked(home, "ont.watch", seconds=2)
        assert ont.left.wait(60)
    assert [event["values"][RX] for event in events] in ([-18.2, -27.5], [-18.2])  # a slow machine misses a second
    assert all(set(event["values"]) | set(event["failures"]) <= set(USUAL) for event in events)
    assert (ont.log_ins, ont.log_outs) == ([True], 1)
    assert events[0]["passed_s"] > 0 and events[0]["took_ms"] >= 0


def test_what_the_ont_never_tells_is_said_once(tmp_path: Path) -> None:
    heard: list[dict[str, object]] = []
    with at_ont(tmp_path, VirtualOnt(capture=LIT)) as home:
        asked(home, "ont.watch", heard=heard, cancelled=lambda: len(heard) > 1, quantities=[RX, "ont_alarm_sd"])
    first, second, *_ = heard
    assert set(first["failures"]) == {"ont_alarm_sd"} and set(first["values"]) == {RX}  # type: ignore[call-overload]
    assert second["failures"] == {}


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (Faults(greeting="Your account is locked\n", hang_up=True), "locked_out at log-in"),
        (Faults(dies_in="display optic"), "unparseable at display optic"),
    ],
)
def test_trouble_with_the_ont_ends_a_watch_with_its_name(tmp_path: Path, faults: Faults, words: str) -> None:
    heard: list[dict[str, object]] = []
    ont = VirtualOnt(capture=LIT, faults=faults)
    with at_ont(tmp_path, ont) as home, pytest.raises(Ended) as ended:
        asked(home, "ont.watch", heard=heard)
    assert ended.value.reason == "not_available" and words in str(ended.value)
    (only,) = heard
    assert only["values"] == {} and RX in only["failures"]  # type: ignore[operator]
    assert len(ont.log_ins) <= 1


def test_a_watch_that_is_cancelled_logs_out_of_the_ont(tmp_path: Path) -> None:
    heard: list[dict[str, object]] = []
    ont = VirtualOnt(capture=LIT)
    with at_ont(tmp_path, ont) as home:
        asked(home, "ont.watch", heard=heard, cancelled=lambda: bool(heard), seconds=600)
        assert ont.left.wait(60)
    assert (ont.log_ins, ont.log_outs) == ([True], 1)


LONG = [f"{name}[a]" for name in sorted(WATCHABLE, key=len)[-MOST_QUANTITIES:]]
LONGEST_KIND = max(FAILURE_KINDS, key=len)


@pytest.mark.parametrize(
    "told",
    [
        {"values": dict.fromkeys(LONG, 2**63), "failures": {}},
        {"values": {}, "failures": {name: {"kind": LONGEST_KIND} for name in LONG}},
    ],
    ids=["values", "failures"],
)
def test_ten_minutes_of_the_longest_watch_fit_into_one_answer(ring: Ring, told: dict[str, object]) -> None:
    """Encrypted and sealed as they are sent; a second more than there can be."""
    engineer, sent = box.new_key(), list[bytes]()

    def send(of: str, token: bytes, last: bool) -> bool:
        sent.append(token)
        return True

    outlet = Outlet(seal=lambda raw: seal.seal(raw, typ=seal.REPLY, key=ring.station).token, send=send)
    conversation = Conversation(outlet, "0" * 64, (engineer.x, engineer.y))
    for second in range(MOST_S + 1):
        conversation.emit({"event": "watch", "passed_s": second + 0.99, "took_ms": 20000, **told})
    conversation.end()
    assert sum(map(len, sent)) <= TOTAL_BYTES


def test_nothing_but_the_profiles_own_questions_is_sent(tmp_path: Path) -> None:
    """By verbs; that it is so with every family, the tests of the drivers prove."""
    ont = VirtualOnt(capture=load_capture("realtek_rtl960x", "lit"))
    with at_ont(tmp_path, ont) as home:
        asked(home, "ont.watch", seconds=1, quantities=list(WATCHABLE[:MOST_QUANTITIES]))
        asked(home, "line.check", check="ont")
    assert len(ont.asked) > 3
    profiles = [profile for profile in load_all() if not is_assisted(profile)]
    assert set(ont.asked) <= set[str]().union(*map(known_questions, profiles)), "also while it was being recognised"
