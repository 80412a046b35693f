"""Remote support on the page: who asks is seen at once on every screen, may be let in, watched, stopped and put out.

The engineers are played; what the real ones send stands in test_page_watch.py.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.web.house import looked_at
from tests.web.phone import Phone, phone
from tests.web.played import Played, page_in
from tests.web.served import HOSTILE, ORDER, PIN, Client

ANNA, BO = "kid-anna", "kid-bo"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Played, str]]:
    with page_in(tmp_path_factory.mktemp("station")) as (daemon, url):
        daemon.support = played = Played(daemon)
        order = json.dumps(ORDER).encode()
        Client(url).sign_in().ask("POST", "/api/order", order)
        yield played, url


@pytest.fixture(scope="module")
def english(shown: tuple[Played, str]) -> Iterator[Phone]:
    with phone("en") as made:
        yield signed_in(made, shown[1])


@pytest.fixture(scope="module")
def chinese(shown: tuple[Played, str]) -> Iterator[Phone]:
    with phone("zh") as made:
        yield signed_in(made, shown[1])


def signed_in(made: Phone, url: str) -> Phone:
    made.open(url)
    made.types("input[name=pin]", PIN)
    made.browser.run("document.querySelector('#sign-in button').click()")
    made.waits("#order-in")
    return made


def test_who_asks_is_seen_on_every_screen_and_on_every_phone(
    shown: tuple[Played, str], english: Phone, chinese: Phone
) -> None:
    played, _ = shown
    english.presses("WO-1", "#orders")
    english.waits("#steps")
    played.asks(ANNA, "Anna Weber", "ont.watch", "WO-1")
    english.sees("Anna Weber asks to look at this station from afar.", "#asked-line")
    chinese.sees("Anna Weber 请求远程查看本测试站。", "#asked-line")
    chinese.sees("实时查看收光", f"#asked-{ANNA}")
    for step in ("Plug in", "Test", "Evidence", "Finish", "Before"):
        english.presses(step, "#steps")
        english.sees("First they want to: watch the light live · Work order WO-1", f"#asked-{ANNA}")
    looked_at(english, "asked")
    looked_at(chinese, "asked")
    english.presses("the customer, who is here", f"#asked-{ANNA}")
    english.presses("Allow 10 min", f"#asked-{ANNA}")
    for made, words in ((english, "Anna Weber may look at this station"), (chinese, "Anna Weber 可远程查看本站")):
        made.sees(words, "#support-line")
        made.browser.run("until(() => !document.querySelector('#asked-line'))")
    assert english.text("[data-counts=left]")[:2] in ("9:", "10")
    assert played.did == [("grant", ANNA, 10, "customer")]


def test_what_runs_is_shown_all_the_time_and_stopped_or_put_out_by_anybody_there(
    shown: tuple[Played, str], english: Phone, chinese: Phone
) -> None:
    played, _ = shown
    played.did.clear()
    played.runs("Anna Weber", "line.ping", target="192.0.2.1", count=5)
    english.sees("Now: ping over the line (target 192.0.2.1, count 5)", "#support-line")
    chinese.sees("正在：线路 ping 测试", "#support-line")
    looked_at(english, "running-remotely")
    english.presses("Stop this", "#support-line")
    chinese.sees("当前没有操作。", "#support-line")
    played.runs("Anna Weber", "ont.read")
    chinese.presses("撤销许可", "#support-line")
    english.browser.run("until(() => !document.querySelector('#support-line'))")
    english.presses("Remote support so far (2)", "#support-list")
    english.sees("Anna Weber: read the ONT", "#support-list")
    english.sees("the consent was withdrawn, 0 min ago", "#support-list")
    assert played.did == [("stop",), ("withdraw",)]


def test_who_is_not_wanted_is_told_no(shown: tuple[Played, str], english: Phone, chinese: Phone) -> None:
    played, _ = shown
    played.did.clear()
    played.asks(BO, "Bo Wang", "ont.read")
    chinese.presses("不允许", f"#asked-{BO}")
    english.browser.run("until(() => !document.querySelector('.asked'))")
    assert played.did == [("decline", BO)]


def test_what_an_engineer_wrote_stays_text(shown: tuple[Played, str], english: Phone, chinese: Phone) -> None:
    played, _ = shown
    name = f"Bo\u202e{HOSTILE}"
    played.asks(BO, name, HOSTILE, HOSTILE)
    played.runs(name, HOSTILE, **{HOSTILE: [{"a": HOSTILE}], "words": "x" * 5000})
    played.refuses(no_consent=3, **{HOSTILE: 1})
    english.sees(f"Bo{HOSTILE} asks to look", f"#asked-{BO}")
    english.sees(f"Now: {HOSTILE} ({HOSTILE} [", "#support-line")
    english.sees("…", "#support-line")
    english.presses("Remote support so far", "#support-list")
    english.sees("Refused: nobody had agreed", "#support-list")
    english.sees(f"Refused: {HOSTILE}", "#support-list")
    for made in (english, chinese):
        assert made.browser.run("document.querySelectorAll(':is(header, main) :is(img, script, b b)').length") == 0
    looked_at(english, "hostile", both=True)
    played.ends("fault")
    english.presses("No", f"#asked-{BO}")


def test_the_light_is_watched_with_its_trend_and_its_errors_on_every_screen_of_every_phone(
    shown: tuple[Played, str], english: Phone, chinese: Phone
) -> None:
    played, _ = shown
    played.runs("Anna Weber", "ont.watch")
    english.sees("Waiting for the first reading", "#watch")
    for second in range(1, 31):
        played.watch(
            second, ont_rx_power_dbm=-24.0 + min(second, 20) / 5, ont_tx_power_dbm=2.1, ont_bip_errors=second**2
        )
        shows = f"{-24.0 + min(second, 20) / 5:.2f} dBm".replace("-", "\u2212")
        english.sees(shows, "#watch .light-now")
        chinese.sees(shows, "#watch .light-now")
        if second == 20:
            english.sees("better: +1.60 dB over 8 s", "#watch .trend")
            chinese.sees("变好：8 秒内 +1.60 dB", "#watch .trend")
    english.sees("steady: 0.00 dB over 8 s", "#watch .trend")
    english.sees("Best \u221220.00, at the start \u221223.80 dBm", "#watch")
    english.sees("+899, now 59 a second", "#watch")
    english.sees("2.1 dBm", "#watch")
    assert english.browser.run("document.querySelectorAll('#watch polyline').length") == 2
    looked_at(english, "watch")
    looked_at(chinese, "watch")
    played.watch(31, "no_signal", ont_bip_errors=900)
    english.sees("no light", "#watch .light-now")
    chinese.sees("无光", "#watch .light-now")
    looked_at(chinese, "dark")
    english.reload()
    english.sees("no light", "#watch .light-now")
    for second in (32, 33, 34):
        played.watch(second, ont_rx_power_dbm=-26.0)
    english.sees("worse: \u22126.00 dB over 8 s", "#watch .trend")
    assert english.browser.run("document.querySelectorAll('#watch polyline').length") == 3, "nothing through the dark"
    played.ends("broken_off")
    english.sees("It has ended: the connection was lost", "#watch")
    chinese.sees("已结束：连接中断", "#watch")
    looked_at(english, "watched", both=True)
    english.presses("Close", "#watch")
    english.browser.run("until(() => !document.querySelector('#watch'))")
    assert chinese.text("#watch"), "what one phone closes another still sees"


HEARD = """
globalThis.heard = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { heard.push(this.frequency.value); start.apply(this, when); };
"""


def test_the_tone_follows_the_light_once_it_is_turned_on_and_that_is_remembered(
    shown: tuple[Played, str], english: Phone
) -> None:
    played, _ = shown
    english.browser.ask("Page.addScriptToEvaluateOnNewDocument", source=HEARD)
    english.reload()
    played.runs("Anna Weber", "ont.watch")
    seconds = iter(range(1, 100))

    def heard(words: str, *lights: float | None) -> list[float]:
        for dbm in lights:
            second = next(seconds)
            if dbm is None:
                played.watch(second, "timeout")
            else:
                played.watch(second, ont_rx_power_dbm=dbm)
            english.browser.run(f"until(() => document.querySelector('#watch')?.dataset.second === '{second}')")
        english.sees(words, "#watch .tone")
        return [round(hertz, 1) for hertz in english.browser.run("heard.splice(0)")]

    assert heard("Turn the tone on", -20.0, -19.0) == [], "silent until somebody asks for it"
    english.taps("#watch .tone")
    english.sees("Turn the tone off", "#watch .tone")
    assert heard("Turn the tone off", -32.0, -24.0, None, -16.0, -8.0, -3.0) == [220.0, 440.0, 880.0, 1760.0, 1760.0]
    english.reload()
    assert heard("Tap once to hear the tone", -20.0) == [], "no browser plays before the first tap"
    english.taps("#watch h2")
    english.sees("Turn the tone off", "#watch .tone")
    assert len(heard("Turn the tone off", -20.0)) == 1
    english.taps("#watch .tone")
    assert heard("Turn the tone on", -20.0) == []
    english.reload()
    english.taps("#watch h2")
    assert heard("Turn the tone on", -20.0) == [], "turned off, and that is remembered"
    played.ends()


def test_only_who_asks_now_is_let_in_and_for_half_an_hour_at_most(shown: tuple[Played, str]) -> None:
    played, url = shown
    client = Client(url).sign_in()
    played.did.clear()
    wanted = {"kid": ANNA, "minutes": 10, "by": "technician"}
    grant = "/api/support/grant"
    assert client.post(grant, wanted)[1]["refused"] == "not_now_nobody_asks", "nobody asks"
    played.asks(ANNA, "Anna Weber", "ont.read")
    for odd in ({"minutes": 31}, {"minutes": 0}, {"minutes": -5}, {"minutes": 10.5}, {"minutes": True}, {"by": "me"}):
        status, made, _ = client.post(grant, wanted | odd)
        assert (status, made["refused"]) == (400, "odd_request"), odd
    assert Client(url).post(grant, wanted)[0] == 401
    assert client.post(grant, wanted, X_Prooflight="another word")[0] == 403
    assert played.did == []
    assert client.post(grant, wanted)[:2] == (200, {"granted": 10})
    assert client.post(grant, wanted)[1]["refused"] == "not_now_nobody_asks", "sent again it opens nothing"
    assert client.post("/api/support/withdraw", {})[0] == 200
    assert client.post("/api/support/withdraw", {})[1]["refused"] == "not_now_nobody_let_in"
    assert client.post("/api/support/stop", {})[1]["refused"] == "not_now_nothing_remote"
    assert played.did == [("grant", ANNA, 10, "technician"), ("withdraw",)]


def test_pages_that_wait_leave_room_for_everybody_else(shown: tuple[Played, str]) -> None:
    played, url = shown
    client = Client(url).sign_in()
    with ThreadPoolExecutor(20) as threads:
        count = client.ask("GET", "/api/support")[1]["count"]
        waiting = [threads.submit(client.ask, "GET", f"/api/support?since={count}") for _ in range(20)]
        assert client.state()["station"] == "s1", "answered beside all who wait"
        played.refuses(replayed=1)
        assert [each.result()[0] for each in waiting] == [200] * 20


@pytest.mark.parametrize("odd", ["since=x", "watch=nan", "after=inf", "since=1e99", "after=" + "9" * 400])
def test_a_question_that_makes_no_sense_is_refused(odd: str, shown: tuple[Played, str]) -> None:
    status, made, _ = Client(shown[1]).sign_in().ask("GET", f"/api/support?{odd}")
    assert (status, made["refused"]) == (400, "odd_request")
