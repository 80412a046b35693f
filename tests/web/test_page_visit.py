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
from tests.web.house import FULL, LONG, SHORT, House, house_in, looked_at, signed_in
from tests.web.labels import CABLE, SERIAL, code, photograph
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
    first.open(house.url)
    first.sees("PIN of this station")
    first.types("input[name=pin]", "000000")
    first.presses("Sign in", "#sign-in")
    first.sees("This is not the PIN.")
    looked_at(first, "sign-in", both=True)
    signed_in(first, house)
    first.browser.give("input[accept*=json]", house.order(FULL, "WO-EN-1"))
    first.sees("WO-EN-1", "#orders")
    looked_at(first, "orders", both=True)
    first.presses("WO-EN-1", "#orders")
    first.sees("The order is complete.")
    first.presses("I have arrived")
    first.sees("Arrived at")
    looked_at(first, "before")
    first.presses("Next: Plug in")
    first.presses("Look what is plugged in")
    first.sees("as ordered", "#plug")
    assert re.search(r"-18\.2 dBm", first.text("#plug"))
    looked_at(first, "plug")
    first.presses("Next: Test")
    first.waits("#start button.large")
    looked_at(first, "start", both=True)
    first.presses("Start the test")
    first.waits("#progress")
    thrown_at(Client(house.url).sign_in())
    first.sees("The line is good", "#verdict")
    looked_at(first, "result")
    first.presses("Next: Evidence")
    noted(first, tmp_path)
    house.broker.kill()
    first.presses("Next: Finish")
    first.sees("Back office not reached", "#head")
    first.presses("Finish the visit", "#finish")
    first.sees("waits for the connection; nothing is lost")
    looked_at(first, "offline", both=True)
    house.broker.start()
    first.sees("Work order closed", ".closed")
    assert first.browser.run("[...document.querySelectorAll('.way li')].every((each) => each.className === 'done')")
    looked_at(first, "closed")
    signed_in(second, house)
    second.presses("WO-EN-1", "#orders")
    second.sees("已归档", "#title")


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


def noted(made: Phone, folder: Path) -> None:
    """Evidence as a technician gives it: photographs of real codes, what was told, rating and signature."""
    nothing, several, cable = folder / "nothing.jpg", folder / "several.jpg", folder / "cable.jpg"
    nothing.write_bytes(photograph())
    several.write_bytes(photograph(code("MAC:00259E112233"), code(SERIAL), code("LOID:hz0571"), skew=6.0, dark=0.5))
    cable.write_bytes(photograph(code(CABLE, "QRCode"), skew=14.0))
    made.photographs("#scan-barcode", nothing)
    made.sees("No code can be read in this picture.")
    made.photographs("#scan-barcode", several)
    made.sees("3 codes were read", "#scan-barcode")
    looked_at(made, "codes")
    made.presses(f"Use {SERIAL}")
    made.sees(f"noted: {SERIAL}", "#scan-barcode")
    made.photographs("#scan-label", cable)
    made.sees(f"Read: {CABLE}", "#scan-label")
    made.presses("Confirm", "#scan-label")
    made.sees(f"noted: {CABLE}", "#scan-label")
    for _ in ("result", "account", "mode"):
        before = made.browser.run("document.querySelectorAll('#told-customer button').length")
        made.presses("Confirm", "#told-customer")
        made.browser.run(f"until(() => document.querySelectorAll('#told-customer button').length < {before})")
    made.presses("Confirm", "#account-label")
    made.browser.run("until(() => !document.querySelector('#account-label button'))")
    made.browser.run("document.querySelector('.star:nth-child(5)').click()")
    made.sees("5 of 5", "#rating")
    made.signs("canvas")
    made.presses("Keep the signature")
    made.sees("The signature is kept.")
    looked_at(made, "evidence")


def test_a_visit_in_chinese_on_the_second_phone(house: House, second: Phone, tmp_path: Path) -> None:
    signed_in(second, house)
    odd = tmp_path / "odd.json"
    odd.write_text('{"id": "WO-ZH-0", "kind": "rm"}')
    second.browser.give("input[accept*=json]", odd)
    second.sees("未接受：services：缺失", "#told")
    second.browser.give("input[accept*=json]", house.order(SHORT, "WO-ZH-1"))
    second.presses("WO-ZH-1", "#orders")
    second.sees("工单资料完整")
    second.presses("我已到达")
    second.sees("到达时间")
    looked_at(second, "before")
    second.presses("下一步：接线")
    second.presses("检查接线")
    second.sees("与工单一致", "#plug")
    looked_at(second, "plug")
    second.presses("下一步：测试")
    second.presses("开始测试")
    second.sees("线路合格", "#verdict")
    looked_at(second, "result")
    second.presses("下一步：取证")
    several = tmp_path / "several.jpg"
    several.write_bytes(photograph(code(CABLE), code(SERIAL)))
    second.photographs("#scan-label", several)
    second.sees("识别到 2 个码", "#scan-label")
    looked_at(second, "codes")
    for kind, text in (("barcode", SERIAL), ("label", CABLE)):
        second.presses("手动输入", f"#scan-{kind}")
        second.types(f"#scan-{kind} input[type=text]", text)
        second.presses("保存", f"#scan-{kind}")
        second.sees(f"已记录：{text}", f"#scan-{kind}")
    for kind in ("device", "label"):
        picture = tmp_path / f"{kind}.jpg"
        picture.write_bytes(photograph(code(kind)))
        place = 1 + ("device", "label").index(kind)
        second.photographs(f"#photographs li:nth-child({place})", picture)
        second.sees("已拍 1 张", f"#photographs li:nth-child({place})")
    for what in ("result", "mode"):
        before = second.browser.run("document.querySelectorAll('#told-customer button').length")
        second.browser.run(
            f"document.querySelector('#told-customer li:nth-child({1 if what == 'result' else 3}) button').click()"
        )
        second.browser.run(f"until(() => document.querySelectorAll('#told-customer button').length < {before})")
    second.browser.run("document.querySelector('.star:nth-child(4)').click()")
    second.sees("4 分", "#rating")
    looked_at(second, "evidence")
    second.presses("下一步：归档")
    second.presses("完成上门并提交", "#finish")
    second.sees("工单已归档", ".closed")
    looked_at(second, "closed")
    assert not re.search(r"[a-z]{4,} [a-z]{4,}", second.text("main")), "English on the Chinese page"


def test_an_ont_that_was_not_ordered_is_named_checked_again_and_help_called_in(house: House, first: Phone) -> None:
    signed_in(first, house)
    hostile = {"customer": {"name": HOSTILE, "telephone": HOSTILE}, "site": {"address": HOSTILE}, "exchange": HOSTILE}
    other = SHORT | {"ont": {"serial": "HWTC00000001", "vendor": HOSTILE, "model": HOSTILE}} | hostile
    first.browser.give("input[accept*=json]", house.order(other, "WO-EN-2"))
    first.sees(HOSTILE, "#orders")
    first.presses("WO-EN-2", "#orders")
    first.sees(HOSTILE, "#ordered")
    assert first.browser.run("document.querySelectorAll('main :is(img, script, b b)').length") == 0
    assert first.browser.run("globalThis.touched === undefined"), "markup of an order came to life"
    first.presses("Test", "#steps")
    first.presses("Start the test")
    first.sees("The line is not good", "#verdict")
    first.sees("This is not the ONT that was ordered", "#causes")
    first.presses("More", "#causes")
    assert "_" not in first.text("#causes"), "a name of ours where words should stand"
    looked_at(first, "rejected", both=True)
    first.presses("Check again what failed")
    first.sees("It still fails.", "#looked-again")
    first.presses("Get help")
    first.types("#help textarea", "Another ONT hangs here <b>since</b> the morning")
    looked_at(first, "help", both=True)
    first.presses("Get help")
    first.types("#help textarea", "Another ONT hangs here <b>since</b> the morning")
    first.presses("Desk for abnormal orders", "#help")
    first.sees("was called in at", "#help")
    assert "<b>since</b> the morning; [wrong_ont]; fail" in first.text("#help"), "findings are attached"
    first.sees("The findings were sent along.", "#help")
    first.presses("Before", "#steps")
    first.presses("Change the appointment")
    first.types("#appointment input[maxlength='64']", "Desk 4")
    first.browser.run("document.querySelector('#appointment input[value=customer]').click()")
    first.presses("Save", "#appointment details:nth-of-type(2)")
    first.sees("later than the rule of 2 h", "#appointment .noted")
    looked_at(first, "changed", both=True)
    first.browser.ask("Network.clearBrowserCookies")
    first.sees("You were signed out. Sign in again; nothing is lost.")
    signed_in(first, house)
    first.presses("Sign out")
    for wrong in range(5):
        first.types("input[name=pin]", f"99999{wrong}")
        first.presses("Sign in", "#sign-in")
        first.browser.run("until(() => document.querySelector('#sign-in input').value === '')")
    first.sees("Too many wrong PINs. Wait 30 s")
    looked_at(first, "locked", both=True)
