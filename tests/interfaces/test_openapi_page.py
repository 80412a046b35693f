"""The station's page holds to its OpenAPI document: whatever it is asked, and on the way through a whole visit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.web import routes
from tests.interfaces.openapi import Document
from tests.interfaces.probing import probe
from tests.web.labels import code, photograph
from tests.web.played import Played, page_in
from tests.web.served import ORDER, PIN, Client, serve, station_in

PAGE = Document("page")
SIGNING = ("/api/sign-in", "/api/sign-out")


class Visitor(Client):
    """A browser each of whose answers is held against the document."""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any], str]:
        """Ask, and hold the answer against the document."""
        status, made, text = super().ask(method, path, body, **headers)
        assert PAGE.faults(method, path, status, self.told, text.encode()) == []
        self.seen.add((method, path.partition("?")[0], status))
        return status, made, text

    @property
    def seen(self) -> set[tuple[str, str, int]]:
        """What was answered so far, by operation and status."""
        return SEEN


SEEN: set[tuple[str, str, int]] = set()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(station_in(tmp_path_factory.mktemp("station"))) as (_, made):
        yield made


def test_the_document_knows_every_place_of_the_page_and_its_method() -> None:
    assert {*routes._DEEDS, *routes._SHOWN, *SIGNING} <= PAGE.made["paths"].keys()
    for path, item in PAGE.made["paths"].items():
        assert {method.upper() for method in item} == {*routes._methods(path)} - {"HEAD"}


def test_the_page_holds_to_its_document_whatever_it_is_asked(url: str, tmp_path: Path) -> None:
    client = Client(url).sign_in()
    secrets = {"session": client.cookie.partition("=")[2], "word": client.word}
    without = ("/api/sign-out", "/api/support")  # the one ends the session, the other waits for news
    found = probe("page", url, tmp_path, secrets=secrets, without=without)
    assert (found.code, found.operations) == (0, len(PAGE.made["paths"]) - len(without)), found.said
    assert found.cases > 100


def test_every_step_of_a_visit_is_answered_as_the_document_says(tmp_path: Path) -> None:
    with serve(station_in(tmp_path)) as (_, url):
        assert Visitor(url).ask("GET", "/api/state")[0] == 401
        client = Visitor(url).sign_in()
        for path in ("/", "/page.css", "/page.js", "/icon.svg"):
            assert client.ask("GET", path)[0] == 200
        key = taken_in(client)
        jobs_run(client, key)
        facts_are_noted(client, key)
        the_visit_ends(client, key)
        support_is_answered(client)
        assert client.post("/api/sign-out", {})[0] == 200
        assert client.post("/api/close", {"key": key})[0] == 401
        wrong_pins_lock(Visitor(url))
    answered = {(method, path) for method, path, status in SEEN if status == 200}
    assert (
        answered >= {(method.upper(), path) for path, item in PAGE.made["paths"].items() for method in item} - UNREACHED
    )


# What only an engineer far away makes possible (below), and what a line would have to be there for.
UNREACHED = {("POST", f"/api/support/{deed}") for deed in ("grant", "decline", "withdraw", "stop")} | {
    ("POST", "/api/stop")
}


def taken_in(client: Visitor) -> str:
    """An order comes in; the key by which the state names it."""
    assert client.ask("POST", "/api/order", b"{}")[0] == 422
    assert client.ask("POST", "/api/order", json.dumps(ORDER).encode())[0] == 200
    while not (listed := client.state()["orders"]):
        pass
    key = str(listed[0]["key"])
    version = client.state(key)["version"]
    assert client.ask("GET", f"/api/state?order={key}&since={version}")[0] == 204
    picture = photograph(code(f"prooflight:order:WO-1:{order_digest()[:16]}", "QRCode"))
    assert client.ask("POST", "/api/order-code", picture)[0] == 200
    assert client.ask("POST", "/api/order-code", photograph())[0] == 422
    return key


def order_digest() -> str:
    from agent.work_order import WorkOrder

    return WorkOrder.parse(json.dumps(ORDER).encode()).digest


def jobs_run(client: Visitor, key: str) -> None:
    """A look, a watch, a test, and a check again, each seen to its end."""
    assert client.post("/api/stop", {"key": key})[0] == 409
    assert client.post("/api/start", {"key": "gone", "kind": "test"})[0] == 409
    for kind in ("look", "watch", "test", "again"):
        status, _, text = client.post("/api/start", {"key": key, "kind": kind})
        assert status == 200, text
        while client.state(key)["job"]["running"]:
            pass
    assert client.state(key)["order"]["last"]["result"]["outcome"] == "inconclusive"


def facts_are_noted(client: Visitor, key: str) -> None:
    """Facts, a photograph, a call for help."""
    assert client.post("/api/note", {"key": key, "kind": "arrived", "content": {}})[0] == 200
    assert client.post("/api/note", {"key": key, "kind": "barcode", "content": {"text": "HWTC4D2A9C17"}})[0] == 200
    assert client.post("/api/note", {"key": key, "kind": "danced", "content": {}})[0] == 422
    without_file = {"of": "device", "sha256": "0f" * 32, "format": "jpeg", "bytes": 7}
    assert client.post("/api/note", {"key": key, "kind": "photograph", "content": without_file})[0] == 422
    query = f"key={key}&of=device&purpose=barcode"
    picture = photograph(code("SN:HWTC4D2A9C17", "Code128"))
    assert client.ask("POST", f"/api/photograph?{query}", picture)[0] == 200
    assert client.ask("POST", f"/api/photograph?{query}", b"GIF89a")[0] == 422
    assert client.post("/api/escalate", {"key": key, "to": "support", "reason": "no light"})[0] == 200
    assert client.post("/api/note", {"key": key, "kind": "resumed", "content": {}})[0] == 200


def the_visit_ends(client: Visitor, key: str) -> None:
    """The visit is closed, and its report read."""
    assert client.post("/api/close", {"key": key})[0] == 200
    assert client.state(key)["order"]["visit"]["closed"]
    assert client.ask("GET", f"/report?order={key}")[0] == 200
    assert client.ask("GET", f"/report?order={key}&lang=zh&digest")[0] == 200
    assert client.ask("GET", f"/report?order={key}&lang=fr")[0] == 400


def support_is_answered(client: Visitor) -> None:
    """Nobody asks for anything, and that is told."""
    assert client.ask("GET", "/api/support")[0] == 200
    assert client.post("/api/support/withdraw", {})[0] == 409
    assert client.post("/api/support/grant", {"kid": "nobody", "minutes": 5, "by": "customer"})[0] == 409
    assert client.post("/api/support/decline", {"kid": "nobody"})[0] == 409
    assert client.post("/api/support/stop", {})[0] == 409


def wrong_pins_lock(stranger: Visitor) -> None:
    """Wrong PINs are told so, and then that nobody is let in for a while."""
    answers = [stranger.post("/api/sign-in", {"pin": "000000"})[0] for _ in range(5)]
    assert answers == [401, 401, 401, 401, 429]
    assert stranger.post("/api/sign-in", {"pin": PIN})[0] == 429


def test_remote_support_is_answered_as_the_document_says(tmp_path: Path) -> None:
    with page_in(tmp_path) as (daemon, url):
        daemon.support = played = Played(daemon)
        client = Visitor(url).sign_in()
        played.asks("anna", "Anna Weber", "ont.watch", "WO-1")
        assert client.ask("GET", "/api/support")[1]["support"]["asked"]
        assert client.post("/api/support/grant", {"kid": "anna", "minutes": 5, "by": "customer"})[0] == 200
        played.runs("Anna Weber", "ont.watch", seconds=60)
        played.watch(1.0, ont_rx_power_dbm=-18.2, ont_optical_link="up")
        played.watch(2.0, failed="timeout")
        found = client.ask("GET", "/api/support?since=-1&watch=1&after=1")[1]
        assert found["support"]["running"] and found["watch"]["series"] == {"ont_rx_power_dbm": [[2.0, None]]}
        assert client.post("/api/support/stop", {})[0] == 200
        played.asks("bo", "Bo Wang", "ont.read")
        assert client.post("/api/support/decline", {"kid": "bo"})[0] == 200
        assert client.post("/api/support/withdraw", {})[0] == 200
        played.refuses(no_consent=3)
        assert client.ask("GET", "/api/support")[1]["support"]["recent"]
        assert client.ask("GET", "/api/support?since=yesterday")[0] == 400
    assert {("POST", path, 200) for path in PAGE.made["paths"] if path.startswith("/api/support/")} <= SEEN


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/", "GET, HEAD"),
        ("PUT", "/api/state", "GET, HEAD"),
        ("GET", "/api/start", "POST"),
        ("TRACE", "/api/sign-in", "POST"),
    ],
)
def test_a_method_that_a_place_does_not_take_is_told_which_it_takes(
    url: str, method: str, path: str, allow: str
) -> None:
    client = Client(url)
    assert client.ask(method, path)[0] == 405
    assert client.told["Allow"] == allow
