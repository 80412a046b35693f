"""The fleet's page holds to its OpenAPI document: whatever an admin asks of it, and what each role is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.acceptor.board.people import ROLES
from agent.acceptor.board.rooms import least_of
from agent.acceptor.board.tables import LEAST, SHEETS
from agent.acceptor.fleet_tables import TABLES
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from tests.agent.acceptor.board.house import Browser, House, house, small_fleet
from tests.agent.conftest import Ring
from tests.interfaces.openapi import Document
from tests.interfaces.probing import probe

FLEET = Document("fleet")
# One of each kind: the others are read by the same lines. /sign-out would end the session.
PROBED = ("/", "/sign-in", "/people", "/review/{record}", "/tables/causes.json")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> Iterator[tuple[House, str]]:
    """A page over a small fleet, and the digest of the record in it that waits."""
    folder = tmp_path_factory.mktemp("fleet")
    with Journal(folder / "journal") as journal:
        station = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        waits = small_fleet(folder / "ledger", ring, station, 60)
    with house(folder, ledger=folder / "ledger") as made:
        yield made, waits


def held(browser: Browser, path: str, method: str = "GET") -> int:
    """The status of an answer that is as the document says."""
    status, headers, text = browser.ask(method, path)
    assert FLEET.faults(method, path, status, dict(headers), text.encode()) == []
    return status


def test_the_document_knows_every_page_and_every_table() -> None:
    files = {f"/tables/{name}.{form}" for name in TABLES for form in ("json", "csv")}
    assert FLEET.made["paths"].keys() >= files | {f"/{name}" for name in SHEETS}
    assert LEAST.keys() == TABLES.keys()
    for path in files:
        told = FLEET.made["paths"][path.replace(".csv", ".json")]["get"]["summary"]
        assert f"for role {least_of(path)} and above" in told


def test_the_fleet_s_page_holds_to_its_document_whatever_it_is_asked(served: tuple[House, str], tmp_path: Path) -> None:
    made, _ = served
    secret = made.browser("admin").cookie.partition("=")[2]
    without = [path for path in FLEET.made["paths"] if path not in PROBED]
    found = probe("fleet", f"http://{made.host}", tmp_path, secrets={"session": secret}, without=without, refused=400)
    assert (found.code, found.operations) == (0, 1 + len(PROBED)), found.said  # signing in is two
    assert found.cases > 60


@pytest.mark.parametrize("role", ["", *ROLES])
def test_each_role_is_answered_as_the_document_says(role: str, served: tuple[House, str]) -> None:
    made, waits = served
    browser = made.browser(role)
    for path in FLEET.made["paths"]:
        if path == "/sign-out":
            continue
        asked = path.replace("{record}", waits)
        least = least_of(asked)
        if path in ("/", "/sign-in"):
            wanted = 303 if role else 200
        elif least is None:
            wanted = 200
        else:
            wanted = 401 if not role else 200 if ROLES.index(role) >= ROLES.index(least) else 403  # type: ignore[arg-type]
        assert held(browser, asked) == wanted, path


def test_everything_that_can_be_asked_of_a_table_can_be_asked_at_once(served: tuple[House, str]) -> None:
    made, _ = served
    browser = made.browser("admin")
    examples = {"since": "0001-01-01", "until": "9999-12-31", "limit": "7", "offset": "0", "lang": "zh"}
    for path, item in FLEET.made["paths"].items():
        if path.startswith("/tables/"):
            names = [FLEET.resolved(each) for each in item["get"]["parameters"]]
            told = {
                each["name"]: examples.get(each["name"]) or each["schema"].get("enum", ["station-1"])[0]
                for each in names
            }
            query = "&".join(f"{name}={text}" for name, text in told.items())
            assert held(browser, f"{path}?{query}") == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("PUT", "/orders", "GET, HEAD"), ("POST", "/tables/orders.json", "GET, HEAD"), ("GET", "/sign-out", "POST")],
)
def test_a_method_that_a_place_does_not_take_is_told_which_it_takes(
    served: tuple[House, str], method: str, path: str, allow: str
) -> None:
    status, headers, _ = served[0].browser("viewer").ask(method, path)
    assert (status, headers["Allow"]) == (405, allow)
