"""The whole visit, clicked through at phone size: a real station, line, ONT, reflector, broker and acceptor.

In English with a speed test, things thrown at the page while it runs and the broker away when the visit is closed; in
Chinese on a second phone; a test that is seen after a reload and on both phones, and stopped; and an ONT that was not
ordered, with help called in. axe looks at every screen in both languages.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.virtual.namespace import may_make_namespaces
from tests.web.evidence import noted, pictured_in_chinese, told, typed_in_chinese
from tests.web.far import far_away
from tests.web.house import FULL, LONG, SHORT, House, house_in, looked_at, signed_in
from tests.web.phone import Phone, phone
from tests.web.served import HOSTILE, Client
from tests.web.thrown import thrown_at

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def first() -> Iterator[Phone]:
    with phone("en") as made:
        yield made


@pytest.fixture(scope="module")
def second() -> Iterator[Phone]:
    with phone("zh") as made:
        yield made


def test_a_visit_in_english_from_sign_in_to_the_closed_work_order(
    house: House, first: Phone, second: Phone, tmp_path: Path
) -> None:
    let_in(first, house)
    first.browser.give("input[accept*=json]", house.order(FULL, "WO-EN-1"))
    first.sees("WO-EN-1", "#orders")
    looked_at(first, "orders", both=True)
    plugged_in(first)
    passed_under_fire(first, house)
    first.presses("Next: Evidence")
    noted(first, tmp_path)
    closed_without_a_network(first, house)
    signed_in(second, house)
    second.presses("WO-EN-1", "#orders")
    second.sees("已归档", "#title")


def let_in(made: Phone, house: House) -> None:
    """By the PIN, and by no other."""
    made.open(house.url)
    made.sees("PIN of this station")
    made.types("input[name=pin]", "000000")
    made.presses("Sign in", "#sign-in")
    made.sees("This is not the PIN.")
    looked_at(made, "sign-in", both=True)
    signed_in(made, house)


def plugged_in(made: Phone) -> None:
    """From the list of orders to an ONT that is seen."""
    made.presses("WO-EN-1", "#orders")
    made.sees("The order is complete.")
    made.presses("I have arrived")
    made.sees("Arrived at")
    looked_at(made, "before")
    made.presses("Next: Plug in")
    made.presses("Look what is plugged in")
    made.sees("as ordered", "#plug")
    assert re.search(r"-18\.2 dBm", made.text("#plug"))
    looked_at(made, "plug")


def passed_under_fire(made: Phone, house: House) -> None:
    """The test, with things thrown at the page while it runs."""
    made.presses("Next: Test")
    made.waits("#start button.large")
    looked_at(made, "start", both=True)
    made.presses("Start the test")
    made.waits("#progress")
    thrown_at(Client(house.url).sign_in())
    made.sees("The line is good", "#verdict")
    looked_at(made, "result")


def closed_without_a_network(made: Phone, house: House) -> None:
    """The visit's end while the broker is away, delivered as soon as it is back."""
    house.broker.kill()
    made.presses("Next: Finish")
    made.sees("Back office not reached", "#head")
    made.presses("Finish the visit", "#finish")
    made.sees("waits for the connection; nothing is lost")
    looked_at(made, "offline", both=True)
    house.broker.start()
    made.sees("Work order closed", ".closed")
    assert made.browser.run("[...document.querySelectorAll('.way li')].every((each) => each.className === 'done')")
    looked_at(made, "closed")


def test_a_running_test_is_seen_after_a_reload_and_on_a_second_phone_and_stopped_by_either(
    house: House, first: Phone, second: Phone
) -> None:
    signed_in(first, house)
    signed_in(second, house)
    first.browser.give("input[accept*=json]", house.order(LONG, "WO-EN-3"))
    first.presses("WO-EN-3", "#orders")
    first.presses("Test", "#steps")
    first.presses("Start the test")
    first.sees("Mbit/s", "#progress")
    first.reload()
    first.sees("Mbit/s", "#progress")
    second.sees("正在测试", "#running-now")
    second.presses("查看")
    second.sees("Mbit/s", "#progress")
    first.browser.run("until(() => document.querySelectorAll('#plots polyline').length >= 2)")
    looked_at(first, "running")
    looked_at(second, "running")
    second.presses("停止测试", "#stop")
    looked_at(second, "stop")
    second.presses("继续测试", "#stop")
    second.sees("停止测试", "#stop")
    first.presses("Stop the test", "#stop")
    first.sees("Stop now? The attempt is recorded as broken off", "#stop")
    looked_at(first, "stop")
    first.presses("Yes, stop", "#stop")
    first.sees("The last test was broken off: somebody pressed Stop on the page", "#ended")
    second.sees("上次测试被中断：有人在页面上停止了测试", "#ended")
    looked_at(second, "stopped", both=True)
    first.sees("2 of 3 attempts left", "#start")
    first.waits("#start button")


def test_engineer_and_phones_see_the_same_light_until_the_consent_is_withdrawn(
    house: House, first: Phone, second: Phone
) -> None:
    signed_in(first, house)
    signed_in(second, house)
    with far_away(house) as far:
        assert far.until(far.ask("ont.watch"), "refused").reason == "no_consent"
        second.sees("Anna Weber 请求远程查看本测试站", "#asked-line")
        first.presses("Allow 30 min", ".asked")
        second.sees("Anna Weber 可远程查看本站", "#support-line")
        watch = far.ask("ont.watch", seconds=600)
        for made in (first, second):
            made.sees("\u221218.20 dBm", "#watch .light-now")
        far.until(watch, "event")
        seen = far.watched(watch)[0]
        assert (seen["event"], seen["values"]["ont_rx_power_dbm"]) == ("watch", -18.2)
        looked_at(second, "watched-from-afar")
        second.presses("撤销许可", "#support-line")
        assert far.until(watch, "end").reason == "withdrawn"
        first.sees("It has ended: the consent was withdrawn", "#watch")
        first.presses("Close", "#watch")
        assert far.until(far.ask("ont.read"), "refused").reason == "consent_over"
        first.presses("No", ".asked")


def test_those_on_site_watch_alone_and_a_test_takes_the_place_of_it(house: House, first: Phone) -> None:
    signed_in(first, house)
    first.browser.give("input[accept*=json]", house.order(SHORT, "WO-EN-4"))
    first.presses("WO-EN-4", "#orders")
    first.presses("Plug in", "#steps")
    first.presses("Watch the light", "#watch-start")
    first.sees("\u221218.20 dBm", "#watch .light-now")
    looked_at(first, "watched-alone")
    first.presses("Stop watching", "#watch")
    first.sees("It has ended: stopped", "#watch")
    first.presses("Close", "#watch")
    first.presses("Watch the light", "#watch-start")
    first.sees("\u221218.20 dBm", "#watch .light-now")
    first.presses("Test", "#steps")
    first.presses("Start the test")
    first.sees("It has ended: gave way to a test", "#watch")
    first.sees("The line is good", "#verdict")


def test_a_visit_in_chinese_on_the_second_phone(house: House, second: Phone, tmp_path: Path) -> None:
    signed_in(second, house)
    odd = tmp_path / "odd.json"
    odd.write_text('{"id": "WO-ZH-0", "kind": "rm"}')
    second.browser.give("input[accept*=json]", odd)
    second.sees("未接受：services：缺失", "#told")
    second.browser.give("input[accept*=json]", house.order(SHORT, "WO-ZH-1"))
    passed_in_chinese(second)
    second.presses("下一步：取证")
    typed_in_chinese(second, tmp_path)
    pictured_in_chinese(second, tmp_path)
    told(second, 1, 3)
    second.browser.run("document.querySelector('.star:nth-child(4)').click()")
    second.sees("4 分", "#rating")
    looked_at(second, "evidence")
    second.presses("下一步：归档")
    second.presses("完成上门并提交", "#finish")
    second.sees("工单已归档", ".closed")
    looked_at(second, "closed")
    assert not re.search(r"[a-z]{4,} [a-z]{4,}", second.text("main")), "English on the Chinese page"


def passed_in_chinese(made: Phone) -> None:
    """From the list of orders to the result."""
    made.presses("WO-ZH-1", "#orders")
    made.sees("工单资料完整")
    made.presses("我已到达")
    made.sees("到达时间")
    looked_at(made, "before")
    made.presses("下一步：接线")
    made.presses("检查接线")
    made.sees("与工单一致", "#plug")
    looked_at(made, "plug")
    made.presses("下一步：测试")
    made.presses("开始测试")
    made.sees("线路合格", "#verdict")
    looked_at(made, "result")


def test_an_ont_that_was_not_ordered_is_named_checked_again_and_help_called_in(house: House, first: Phone) -> None:
    signed_in(first, house)
    rejected_with_hostile_words(first, house)
    first.presses("Check again what failed")
    first.sees("It still fails.", "#looked-again")
    helped(first)
    moved(first)
    first.browser.ask("Network.clearBrowserCookies")
    first.sees("You were signed out. Sign in again; nothing is lost.")
    signed_in(first, house)
    locked_out(first)


def rejected_with_hostile_words(made: Phone, house: House) -> None:
    """A result that names the cause, of an order whose words would be markup elsewhere."""
    hostile = {"customer": {"name": HOSTILE, "telephone": HOSTILE}, "site": {"address": HOSTILE}, "exchange": HOSTILE}
    other = SHORT | {"ont": {"serial": "HWTC00000001", "vendor": HOSTILE, "model": HOSTILE}} | hostile
    made.browser.give("input[accept*=json]", house.order(other, "WO-EN-2"))
    made.sees(HOSTILE, "#orders")
    made.presses("WO-EN-2", "#orders")
    made.sees(HOSTILE, "#ordered")
    assert made.browser.run("document.querySelectorAll('main :is(img, script, b b)').length") == 0
    assert made.browser.run("globalThis.touched === undefined"), "markup of an order came to life"
    made.presses("Test", "#steps")
    made.presses("Start the test")
    made.sees("The line is not good", "#verdict")
    made.sees("This is not the ONT that was ordered", "#causes")
    made.presses("More", "#causes")
    assert "_" not in made.text("#causes"), "a name of ours where words should stand"
    looked_at(made, "rejected", both=True)


def helped(made: Phone) -> None:
    """The desk is called in; what failed goes along."""
    written = "Another ONT hangs here <b>since</b> the morning"
    made.presses("Get help")
    made.types("#help textarea", written)
    looked_at(made, "help", both=True)
    made.presses("Get help")
    made.types("#help textarea", written)
    made.presses("Desk for abnormal orders", "#help")
    made.sees("was called in at", "#help")
    assert "<b>since</b> the morning; [wrong_ont]; fail" in made.text("#help"), "findings are attached"
    made.sees("The findings were sent along.", "#help")


def moved(made: Phone) -> None:
    """The appointment is changed too late."""
    made.presses("Before", "#steps")
    made.presses("Change the appointment")
    made.types("#appointment input[maxlength='64']", "Desk 4")
    made.browser.run("document.querySelector('#appointment input[value=customer]').click()")
    made.presses("Save", "#appointment details:nth-of-type(2)")
    made.sees("later than the rule of 2 h", "#appointment .noted")
    looked_at(made, "changed", both=True)


def locked_out(made: Phone) -> None:
    """Five wrong PINs."""
    made.presses("Sign out")
    for wrong in range(5):
        made.types("input[name=pin]", f"99999{wrong}")
        made.presses("Sign in", "#sign-in")
        made.browser.run("until(() => document.querySelector('#sign-in input').value === '')")
    made.sees("Too many wrong PINs. Wait 30 s")
    looked_at(made, "locked", both=True)
