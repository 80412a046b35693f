"""Who sees what: every address for every role, the way in and out, and files of tables that are the tables."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent.acceptor.board.layout import PLACES, POLICY
from agent.acceptor.board.once import Once
from agent.acceptor.board.people import ROLES, person
from agent.acceptor.board.rooms import least_of
from agent.acceptor.board.tables import LEAST, by_state
from agent.acceptor.fleet_forms import headings, to_json
from agent.acceptor.fleet_table import Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_database import Connection, Rows
from agent.acceptor.ledger_engines import connect
from agent.chain import Chain
from agent.config_ledger import PostgresSettings
from agent.sessions import FREE, IDLE_S
from diagnostics.secret import Secret
from tests.agent.acceptor.board.conftest import SmallFleet
from tests.agent.acceptor.board.house import PASSWORD, Browser, House, house, small_fleet
from tests.agent.acceptor.conftest import NOW
from tests.agent.conftest import Ring

NOBODY, VIEWER, SUPPORT, REVIEWER, ADMIN = "", *ROLES
FOR_VIEWERS = ("orders", "reasons", "causes", "rates", "rate_histogram", "drift", "drift_lines")
PAGES = ("orders", "reasons", "causes", "rates", "drift")
# The least role for each address; None: nothing is there, for nobody.
ADDRESSES: dict[str, str | None] = {
    **{f"/{name}": VIEWER for name in PAGES},
    **{f"/tables/{name}.{form}": VIEWER for name in FOR_VIEWERS for form in ("csv", "json")},
    **dict.fromkeys(("/stations", "/tables/stations.csv", "/tables/stations.json"), SUPPORT),
    **dict.fromkeys(("/review", "/tables/review.csv", "/tables/review.json", "/review/WAITS"), REVIEWER),
    "/people": ADMIN,
    **dict.fromkeys(
        (
            *(
                "/tables/people.csv",
                "/tables/orders.xml",
                "/tables/orders.csv/",
                "/tables/../orders",
                "/people/",
                "/orders/",
            ),
            *(
                "/review/",
                "/review/xyz",
                "/review/..%2fpeople",
                "/sign-in/",
                "/api/state",
                "/users",
                "/board.py",
                "/texts.toml",
            ),
            *(
                "/../board-users.json",
                "/..%2f..%2fboard-users.json",
                "//etc/passwd",
                "/%2e%2e/audit",
                "/orders%00",
                "/ORDERS",
            ),
            *(
                "/board.css/../texts.toml",
                "/tables/orders.csv%0d%0aX:%201",
                "/review/%F0%9F%92%A3",
                "/tables/rates.json.csv",
            ),
        )
    ),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, fleet: SmallFleet) -> Iterator[tuple[House, dict[str, Browser]]]:
    """A page with somebody of each role signed in, for questions that change nothing."""
    with house(tmp_path_factory.mktemp("page"), ledger=fleet.ledger) as made:
        yield made, {role: made.browser(role) for role in ("", *ROLES)}


def may(role: str, least: str) -> bool:
    return bool(role) and ROLES.index(role) >= ROLES.index(least)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ADDRESSES)
def test_each_role_sees_its_addresses_and_no_other(
    path: str, page: tuple[House, dict[str, Browser]], fleet: SmallFleet
) -> None:
    least, browsers = ADDRESSES[path], page[1]
    asked = path.replace("WAITS", fleet.waits)
    for role, browser in browsers.items():
        wanted = 401 if not role else 404 if least is None else 200 if may(role, least) else 403
        status, headers, _ = browser.ask("GET", asked)
        assert status == wanted, (role, path)
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Content-Security-Policy"] == POLICY
    assert browsers["admin"].ask("HEAD", asked)[::2] == (404 if least is None else 200, "")
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert browsers["admin"].ask(method, asked)[0] == 405, (method, path)


def test_every_table_and_every_tab_has_its_role_in_this_list() -> None:
    assert set(LEAST) == set(TABLES)
    for name, least in LEAST.items():
        assert ADDRESSES[f"/tables/{name}.csv"] == ADDRESSES[f"/tables/{name}.json"] == least
    for path, least in PLACES:
        assert ADDRESSES[path] == least == least_of(path)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_offers_what_the_role_may_see_and_nothing_else(
    role: str, page: tuple[House, dict[str, Browser]]
) -> None:
    text = page[1][role].shown("/orders")
    assert [path for path, _ in PLACES if f'href="{path}"' in text] == [
        path for path, least in PLACES if may(role, least)
    ]


def test_a_name_that_is_wrong_and_a_password_that_is_wrong_are_told_alike(served: House) -> None:
    told = []
    for name in ("admin", "mallory"):
        browser = Browser(served.host)
        status, headers, text = browser.posts("/sign-in", name=name, password="no such words here")
        assert (status, browser.cookie, headers["Set-Cookie"]) == (401, "", None)
        told.append(text)
    assert told[0] == told[1] and "Name or password is wrong." in told[0]


def test_a_name_that_is_tried_too_often_waits_and_others_do_not(served: House) -> None:
    browser = Browser(served.host)
    for _ in range(FREE):
        assert browser.enters("admin", Secret("no such words here")) == 401
    status, headers, text = browser.posts("/sign-in", name="admin", password=PASSWORD.reveal())
    assert (status, headers["Retry-After"]) == (429, "30") and "Try again in 30 s" in text
    assert browser.enters("viewer") == 303
    served.now += 30
    assert Browser(served.host).enters("admin") == 303


def test_the_cookie_is_for_this_page_alone_and_the_session_ends(served: House) -> None:
    browser = served.browser("viewer")
    _, headers, _ = browser.posts("/sign-in", name="viewer", password=PASSWORD.reveal())
    name, *attributes = [part.strip() for part in headers["Set-Cookie"].split(";")]
    assert name.startswith("prooflight-board=") and len(name) > 50
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Strict"}
    assert browser.ask("GET", "/sign-in")[0] == 303, "who is in need not sign in"
    served.now += IDLE_S + 1
    assert browser.ask("GET", "/orders")[0] == 401


def test_behind_tls_the_cookie_never_leaves_without(tmp_path: Path, fleet: SmallFleet) -> None:
    with house(tmp_path, ledger=fleet.ledger, url="https://fleet.example") as made:
        browser = Browser(made.host, headers={"Host": "fleet.example", "Origin": "https://fleet.example"})
        _, headers, _ = browser.posts("/sign-in", name="viewer", password=PASSWORD.reveal())
        assert headers["Set-Cookie"].startswith("__Host-prooflight-board=")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(headers["Set-Cookie"].split("; "))
        assert browser.ask("GET", "/orders")[0] == 200
        browser.cookie = browser.cookie.removeprefix("__Host-")
        assert browser.ask("GET", "/orders")[0] == 401, "another site of the host cannot set it"


def test_signing_out_needs_the_pages_own_word_and_ends_the_session(served: House) -> None:
    browser, other = served.browser("viewer"), served.browser("viewer")
    kept = browser.cookie
    assert browser.posts("/sign-out", word="")[0] == 403
    assert browser.posts("/sign-out", word=other.word())[0] == 403
    assert browser.posts("/sign-out")[0] == 400
    assert browser.posts("/sign-out", word=browser.word(), more={"Origin": "http://evil.example"})[0] == 403
    assert browser.shown("/orders"), "nothing of that signed anybody out"
    assert browser.posts("/sign-out", word=browser.word())[0] == 303
    browser.cookie = kept
    assert browser.ask("GET", "/orders")[0] == 401 and other.shown("/orders")


def test_who_is_taken_out_is_out_and_another_role_holds_at_once(served: House) -> None:
    browser = served.browser("admin")
    assert browser.shown("/people")
    served.people["admin"] = replace(served.people["admin"], role="viewer")
    assert browser.ask("GET", "/people")[0] == 403 and browser.shown("/orders")
    served.people["admin"] = person("admin", "admin", PASSWORD, NOW)
    assert browser.ask("GET", "/orders")[0] == 401, "the password was set anew"
    assert browser.enters("admin", Secret("no such words here")) == 401 and browser.enters("admin") == 303


@pytest.mark.parametrize("name", TABLES)
def test_a_file_of_a_table_is_the_table(name: str, page: tuple[House, dict[str, Browser]], fleet: SmallFleet) -> None:
    connection = connect(fleet.ledger, read_only=True)
    rooms = page[0].site.rooms
    wanted = TABLES[name](connection, Filters(at=rooms.now(), limit=10_000))
    connection.close()
    status, headers, text = page[1]["admin"].ask("GET", f"/tables/{name}.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(text) == json.loads(json.dumps(to_json(wanted))) and wanted.rows
    status, headers, text = page[1]["admin"].ask("GET", f"/tables/{name}.csv")
    assert headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    names, *rows = csv.reader(io.StringIO(text))
    assert names == headings(wanted.columns) and len(rows) == len(wanted.rows)
    assert len({len(row) for row in rows}) == 1


def test_work_orders_are_summed_up_as_the_table_counts_them(fleet: SmallFleet) -> None:
    with closing(connect(fleet.ledger, read_only=True)) as connection:
        for asked in ({}, {"area": "OLT-EAST-1"}, {"since": NOW.date()}, {"area": "nowhere"}):
            days = TABLES["orders"](connection, Filters(at=NOW, by="day", limit=1000, **asked))
            assert by_state(days) == TABLES["orders"](connection, Filters(at=NOW, **asked))


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.asked: list[str] = []

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        self.asked.append(sql)
        return self.connection.execute(sql, parameters)


def test_tables_of_one_page_are_read_once_and_are_the_same_tables(fleet: SmallFleet) -> None:
    with closing(connect(fleet.ledger, read_only=True)) as connection:
        counting = Counting(connection)
        once = Once(counting)
        for _ in range(2):
            for name, table in TABLES.items():
                assert table(once, Filters(at=NOW)) == table(connection, Filters(at=NOW)), name
        assert len(counting.asked) == len(set(counting.asked)), "a question was asked twice"


def test_sign_ins_and_files_are_in_the_audit_and_on_the_page_of_those_who_see_to_it(served: House) -> None:
    browser = served.browser("admin")
    browser.enters("admin", Secret("my password by mistake"))
    browser.enters("my password by mistake", Secret("seven words"))
    browser.ask("GET", "/tables/orders.csv?area=OLT-1&lang=zh")
    browser.posts("/sign-out", word=browser.word())
    lines = [json.loads(line) for line in served.audit.read_text().splitlines()]
    assert [(line["what"], line["name"]) for line in lines] == [
        ("entered", "admin"),
        ("wrong", "admin"),
        ("wrong", ""),
        ("exported", "admin"),
        ("left", "admin"),
    ]
    assert (lines[3]["table"], lines[3]["asked"]) == ("orders.csv", "area=OLT-1")
    assert all(line["peer"] == "127.0.0.1" for line in lines)
    assert "by mistake" not in served.audit.read_text(), "a password in the wrong field is not written down"
    text = served.browser("admin").shown("/people")
    assert "took a table along" in text and "table=orders.csv" in text


def test_what_cannot_be_written_into_the_audit_does_not_happen(served: House) -> None:
    browser = served.browser("viewer")
    served.audit.unlink()
    served.audit.mkdir()
    status, _, text = browser.ask("GET", "/tables/orders.csv")
    assert status == 503 and json.loads(text)["refused"] == "not_now" and "OLT" not in text
    stranger = Browser(served.host)
    assert (stranger.enters("viewer"), stranger.cookie) == (503, "")
    served.people["viewer"] = replace(served.people["viewer"], role="admin")
    assert browser.ask("GET", "/people")[0] == 503
    assert browser.shown("/orders")


def test_a_ledger_that_is_away_is_said_without_a_path(tmp_path: Path) -> None:
    with house(tmp_path) as made:
        browser = made.browser("admin")
        for path in ("/orders", "/tables/orders.json", "/review/0123456789"):
            status, _, text = browser.ask("GET", path)
            assert status == 503 and str(tmp_path) not in text and "Traceback" not in text


def test_rows_are_turned_over_and_never_more_than_a_page_holds(page: tuple[House, dict[str, Browser]]) -> None:
    browser = page[1]["reviewer"]
    whole = json.loads(browser.ask("GET", "/tables/review.json")[2])["rows"]
    seen: list[str] = []
    text = browser.shown("/review?limit=2&offset=4")
    assert f"5 to 6 of {len(whole)}" in text
    assert all(f'href="/review?limit=2&amp;offset={offset}"' in text for offset in (2, 6))
    for offset in range(0, len(whole), 7):
        seen += re.findall(r'href="/review/([0-9a-f]{64})"', browser.shown(f"/review?limit=7&offset={offset}"))
    assert seen == [row[0] for row in whole]
    for path, rows in (("/rates", "1 to 96 of 96"), ("/orders", "1 to 5 of 5")):
        assert rows in browser.shown(f"{path}?offset=3&limit=2"), "what is drawn is shown whole"
    assert len(re.findall("<tr>", browser.shown("/review?limit=100000"))) <= 1001


def test_the_language_is_the_browsers_unless_one_was_chosen(page: tuple[House, dict[str, Browser]]) -> None:
    browser = page[1]["viewer"]
    for accepted, path, language in (
        ("zh-CN,zh;q=0.9", "/orders", "zh"),
        ("de, fr;q=0.8", "/orders", "en"),
        ("fr;q=0.9, zh-TW", "/orders", "zh"),
        ("zh-CN", "/orders?lang=en", "en"),
        ("en", "/orders?lang=zh&area=OLT-1", "zh"),
    ):
        status, _, text = browser.ask("GET", path, Accept_Language=accepted)
        assert status == 200 and f'<html lang="{language}">' in text
    assert 'href="/rates?lang=zh"' in text and 'href="/orders?lang=en&amp;area=OLT-1"' in text
    assert browser.ask("GET", "/orders?lang=xx")[0] == 400


def test_on_postgres_a_user_who_may_only_read_is_enough(
    tmp_path: Path, ring: Ring, station: Chain, request: pytest.FixtureRequest
) -> None:
    cluster = request.getfixturevalue("shared_cluster")
    dsn = cluster.database()
    waits = small_fleet(PostgresSettings(dsn=dsn), ring, station, count=60)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE onlooker LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO onlooker")
    with house(tmp_path, ledger=PostgresSettings(dsn=f"{dsn} user=onlooker")) as made:
        browser = made.browser("admin")
        for path in (*(path for path, _ in PLACES), f"/review/{waits}", "/tables/stations.csv"):
            browser.shown(path)
