"""What should not reach the fleet's page: refused in plain words, or shown as the text that it is."""

import http.client
import socket
from contextlib import ExitStack, closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acceptor.board.layout import POLICY
from agent.acceptor.fleet_facts import Fact, OrderStep, day_of, milliseconds
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_fleet import Fleet
from tests.agent.acceptor.board.conftest import SmallFleet
from tests.agent.acceptor.board.house import HOSTILE, PASSWORD, Browser, House, house
from tests.agent.acceptor.conftest import NOW

_SLOW = 20


class Markup(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def harmless(self) -> bool:
        """Whether there is nothing that runs, and no address but the page's own."""
        for tag, attributes in self.elements:
            addresses = [attributes.get(name) or "" for name in ("href", "src", "action")]
            if tag in ("script", "style", "iframe", "object", "embed", "base", "img") or "style" in attributes:
                return False
            if any(name.startswith("on") for name in attributes) or any(a[:2] == "//" or ":" in a for a in addresses):
                return False
        return True


@pytest.fixture(scope="module")
def hostile_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in which everything that somebody else names is markup, and a formula."""
    path = tmp_path_factory.mktemp("hostile") / "ledger"
    database = connect(path)
    names = dict.fromkeys(("order_id", "area", "family", "firmware", "station"), HOSTILE)
    facts = Fact(
        **{"digest": "ab" * 32, "attempt": "ab" * 32, "at": milliseconds(NOW), "kind": "install", "decision": "review"},
        **{"kinds": HOSTILE, "cause": HOSTILE, "down_kbps": 1000, "down_permille": 900, "rx": -2000},
        **names,
    )
    step = OrderStep(order_id=HOSTILE, state="review", attempt="ab" * 32, day=day_of(NOW), area=HOSTILE)

    def write() -> None:
        Fleet(database).write([facts])
        Fleet(database).write([replace(facts, digest="cd" * 32, decision="rejected")])
        Fleet(database).put(step)
        database.execute("INSERT INTO stations VALUES (?, ?, ?)", ("kid-1", HOSTILE, NOW.isoformat()))

    database.transact(write)
    database.close()
    return path


@pytest.mark.parametrize(
    "path", ["/orders", "/reasons", "/causes", "/causes?by=station", "/rates", "/stations", "/review"]
)
def test_names_that_are_markup_are_shown_as_text(path: str, hostile_ledger: Path, tmp_path: Path) -> None:
    with house(tmp_path, ledger=hostile_ledger) as made:
        browser = made.browser("admin")
        asked = f"{path}{'&' if '?' in path else '?'}station={quote(HOSTILE)}"
        text = browser.shown(asked)
        assert Markup(text).harmless() and "&lt;img src=x" in text
        name = path[1:].partition("?")[0]
        _, headers, file = browser.ask("GET", f"/tables/{name}.csv")
        assert headers["X-Content-Type-Options"] == "nosniff" and ("attachment" in headers["Content-Disposition"])
        assert '"=cmd' not in file and "\n=cmd" not in file


def test_no_page_may_run_anything(served: House, fleet: SmallFleet) -> None:
    assert "script-src" not in POLICY and "default-src 'none'" in POLICY and "unsafe" not in POLICY
    browser = served.browser("admin")
    for path in ("/orders", "/rates", "/people", f"/review/{fleet.waits}", "/sign-in", "/nowhere"):
        _, headers, text = browser.ask("GET", path)
        assert headers["Content-Security-Policy"] == POLICY and Markup(text).harmless(), path
        assert headers["X-Frame-Options"] == "DENY" and headers["Cache-Control"] == "no-store"


SQL = (
    "' OR 1=1 --",
    "'; DROP TABLE records; --",
    "%",
    "_",
    "OLT\x00",
    "x' UNION SELECT token FROM records --",
    "?",
    "\udcff",
)


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_filter_is_a_name_that_nobody_has(text: str, served: House, fleet: SmallFleet) -> None:
    browser = served.browser("admin")
    before = counted(fleet.ledger)
    for name in ("area", "family", "firmware", "station"):
        query = urlencode({name: text.encode(errors="surrogateescape")})
        status, _, file = browser.ask("GET", f"/tables/reasons.csv?{query}")
        assert status == 200 and file.count("\r\n") == 1, file
    for query in (
        f"by={quote(text, errors='replace')}",
        f"since={quote(text, errors='replace')}",
        "limit=1;2",
        "offset=-1",
    ):
        assert browser.ask("GET", f"/tables/causes.csv?{query}")[0] == 400
    assert counted(fleet.ledger) == before and before["records"] > 0


def counted(ledger: Path) -> dict[str, int]:
    """The ledger's tables with how many rows each has."""
    with closing(connect(ledger, read_only=True)) as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("area=a&area=b", 200),
        ("strange=1", 400),
        ("limit=0", 400),
        ("limit=999999999999999999", 400),
        ("limit=1e3", 400),
        ("limit=%D9%A3", 400),
        ("offset=99999999", 200),
        ("since=2026-13-01", 400),
        ("since=2026-11-23&until=2026-11-01", 400),
        ("area=" + "x" * 65, 400),
        ("&".join(f"a{n}=1" for n in range(20)), 400),
        ("lang=zh&since=&until=&area=", 200),
    ],
)
def test_an_odd_question_is_refused_in_plain_words(query: str, status: int, served: House) -> None:
    browser = served.browser("viewer")
    for path in ("/orders", "/tables/orders.json"):
        got, _, text = browser.ask("GET", f"{path}?{query}")
        assert got == status and "Traceback" not in text, (path, text)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "fleet.example.evil.example"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json"}, 415),
    ],
)
def test_a_sign_in_from_elsewhere_is_refused(headers: dict[str, str], status: int, served: House) -> None:
    browser = Browser(served.host)
    assert browser.posts("/sign-in", name="viewer", password=PASSWORD.reveal(), more=headers)[0] == status
    assert browser.cookie == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"name=viewer",
        b"name=viewer&name=admin&password=x",
        b"name=viewer&password=x&more=1",
        b"name=%ff&password=x",
        b"name=viewer&password",
        b"\xff\xfe",
        b"&" * 100,
    ],
)
def test_a_form_that_is_not_the_pages_own_signs_nobody_in(body: bytes, served: House) -> None:
    browser = Browser(served.host)
    assert browser.ask("POST", "/sign-in", body, Content_Type="application/x-www-form-urlencoded")[0] == 400
    assert browser.ask("POST", "/sign-in", b"{}", Content_Type="application/x-www-form-urlencoded")[0] == 400


@settings(max_examples=60)
@given(st.text(max_size=40), st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60))
def test_whatever_is_in_path_and_cookie_nobody_is_let_in(path: str, cookie: str) -> None:
    from agent.acceptor.board.rooms import least_of
    from agent.http_message import Request

    made = Request(method="GET", path=path, query={}, headers={"cookie": cookie}, length=0, read=lambda _: b"")
    assert made.cookie_named("prooflight-board") in cookie
    assert least_of(f"/{path}") in (None, "viewer", "support", "reviewer", "admin")


def test_floods_and_slow_clients_are_turned_away_and_the_page_answers_beside_them(served: House) -> None:
    browser = served.browser("viewer")
    name, port = served.host.split(":")
    with ExitStack() as slow:
        for _ in range(_SLOW):
            held = slow.enter_context(socket.create_connection((name, int(port)), timeout=120))
            held.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\nname=")
        flood = {f"X-{number}": "x" * 200 for number in range(90)}
        assert browser.ask("GET", "/orders", **flood)[0] == 431
        assert Browser(served.host).ask("GET", "/" + "x" * 20_000)[0] in (414, 431)
        connection = http.client.HTTPConnection(served.host, timeout=120)
        connection.request("POST", "/sign-in", headers={"Content-Length": "104857600"})
        assert connection.getresponse().status == 413
        connection.close()
        assert browser.shown("/orders") and browser.shown("/rates")
        assert Browser(served.host).ask("GET", "/sign-in")[0] == 200
