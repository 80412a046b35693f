"""The whole visit, clicked through at phone size: a real station, line, ONT, reflector, broker and acceptor.

In English with a speed test, the page loaded again and seen on a second phone in its middle, and the broker away when
the visit is closed; in Chinese on that second phone; and an ONT that was not ordered, with help called in.
"""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.demo import Demo, Fault
from drivers.virtual.namespace import may_make_namespaces
from tests.agent import orders, visits
from tests.agent.broker import Broker, mosquitto
from tests.web.labels import CABLE, SERIAL, code, photograph
from tests.web.phone import Phone, phone
from tests.web.served import PIN, Client, add_page, serve

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]

# A line that fills without filling the machine, so that it may run beside others: it is the page that is tested here,
# not the speed of iperf3.
LINE = Fault(meaning="a line of 200 Mbit/s", down_mbit=200.0)
ORDER = json.loads(orders.RAW)
RESOURCE = ORDER["resource"] | {"cable_label": CABLE}
FULL = ORDER | {"criteria": visits.NAME, "resource": RESOURCE}
FULL["services"] = [ORDER["services"][0] | {"down_mbps": 100, "up_mbps": 50}]
SHORT = FULL | {"services": [{"type": "voice"}], "reflectors": []}


HOSTILE = "<img src=x onerror=globalThis.touched=1><b>\"'&"


@dataclass(frozen=True)
class House:
    """All that runs."""

    url: str
    demo: Demo
    broker: Broker

    def order(self, made: dict[str, Any], name: str, **changes: Any) -> Path:
        """A signed order in a file of its own."""
        plain = self.demo.folder / f"{name}.plain"
        plain.write_text(json.dumps(made | {"id": name} | changes))
        signed = self.demo.issue(plain)
        return signed.rename(self.demo.folder / f"{name}.json")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    demo = Demo(folder, LINE)
    with mosquitto(folder) as broker:
        demo.port = broker.port
        with demo.line() as line:
            line.shape(down_mbit=200.0, up_mbit=120.0)
            demo.start_acceptor()
            add_page(demo.station_config)
            with serve(demo.station_config) as (_, url):
                yield House(url, demo, broker)


@pytest.fixture(scope="module")
def first() -> Iterator[Phone]:
    with phone("en") as made:
        yield made


@pytest.fixture(scope="module")
def second() -> Iterator[Phone]:
    with phone("zh") as made:
        yield made


def signed_in(made: Phone, house: House) -> None:
    made.open(house.url)
    made.waits(":is(#sign-in, #order-in)")
    if made.browser.run("document.querySelector('#sign-in') !== null"):
        made.types("input[name=pin]", PIN)
        made.browser.run("document.querySelector('#sign-in button').click()")
    made.waits("#order-in")


def looked_at(made: Phone, what: str) -> None:
    made.pictured(what)
    assert made.faults() == []


def test_a_visit_in_english_from_sign_in_to_the_closed_work_order(
    house: House, first: Phone, second: Phone, tmp_path: Path
) -> None:
    first.open(house.url)
    first.sees("PIN of this station")
    first.types("input[name=pin]", "000000")
    first.presses("Sign in", "#sign-in")
    first.sees("This is not the PIN.")
    looked_at(first, "sign-in")
    signed_in(first, house)
    first.browser.give("input[accept*=json]", house.order(FULL, "WO-EN-1"))
    first.sees("WO-EN-1", "#orders")
    looked_at(first, "orders")
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
    looked_at(first, "start")
    signed_in(second, house)
    first.presses("Start the test")
    in_the_middle(house, first, second)
    first.sees("The line is good", "#verdict")
    looked_at(first, "result")
    first.presses("Next: Evidence")
    noted(first, tmp_path)
    house.broker.kill()
    first.presses("Next: Finish")
    first.sees("Back office not reached", "#head")
    first.presses("Finish the visit", "#finish")
    first.sees("waits for the connection; nothing is lost")
    looked_at(first, "offline")
    house.broker.start()
    first.sees("Work order closed", ".closed")
    assert first.browser.run("[...document.querySelectorAll('.way li')].every((each) => each.className === 'done')")
    looked_at(first, "closed")
    second.sees("WO-EN-1")
    second.sees("已归档", "#title")


def in_the_middle(house: House, first: Phone, second: Phone) -> None:
    """The test runs: it is seen after a reload and on a second phone, and what is thrown at the page stops nothing."""
    first.sees("Mbit/s", "#progress")
    first.reload()
    first.sees("Mbit/s", "#progress")
    second.sees("正在测试", "#running-now")
    second.presses("查看")
    second.sees("Mbit/s", "#progress")
    second.pictured("running")
    client = Client(house.url).sign_in()
    with socket.create_connection(("127.0.0.1", int(house.url.rstrip("/").rpartition(":")[2])), 60) as line:
        line.sendall(f"POST /api/order HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: {100 << 20}\r\n\r\n".encode())
        assert b" 413 " in line.recv(4096)
    assert client.post("/api/start", {"key": client.state()["job"]["key"], "kind": "test"})[0] == 409
    late = "/Upload, second (9|1\\d)/.test(words('#progress')) || document.querySelector('#verdict')"
    first.browser.run(f"until(() => {late})")
    first.pictured("running")
    assert first.browser.run("document.querySelectorAll('#plots polyline').length") >= 2


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
    second.browser.give("input[accept*=json]", house.order(SHORT, "WO-ZH-1"))
    second.presses("WO-ZH-1", "#orders")
    second.sees("工单资料完整")
    second.presses("我已到达")
    second.sees("到达时间")
    second.pictured("before")
    second.presses("下一步：接线")
    second.presses("检查接线")
    second.sees("与工单一致", "#plug")
    second.pictured("plug")
    second.presses("下一步：测试")
    second.presses("开始测试")
    second.sees("线路合格", "#verdict")
    looked_at(second, "result")
    second.presses("下一步：取证")
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
    second.pictured("closed")
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
    looked_at(first, "rejected")
    first.presses("Check again what failed")
    first.sees("It still fails.", "#looked-again")
    first.presses("Get help")
    first.types("#help textarea", "Another ONT hangs here <b>since</b> the morning")
    looked_at(first, "help")
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
    looked_at(first, "changed")
    first.browser.ask("Network.clearBrowserCookies")
    first.sees("You were signed out. Sign in again; nothing is lost.")
    signed_in(first, house)
    first.presses("Sign out")
    for wrong in range(5):
        first.types("input[name=pin]", f"99999{wrong}")
        first.presses("Sign in", "#sign-in")
        first.browser.run("until(() => document.querySelector('#sign-in input').value === '')")
    first.sees("Too many wrong PINs. Wait 30 s")
    looked_at(first, "locked")
