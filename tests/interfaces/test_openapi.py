"""The OpenAPI documents are well-formed, and gate, metrics, look-up and webhook do what theirs say."""

import http.client
import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_spec_validator import validate

from agent.acceptor.exposition import exposition
from agent.acceptor.http_exchange import Answer
from agent.acceptor.ledger_database import LedgerError
from agent.acceptor.line_binding import Unanswered
from agent.acceptor.line_service import circuits_of, request_of
from agent.acceptor.metrics_server import serving
from agent.chain import Chain
from agent.config_tickets import Webhook
from agent.http_face import HttpFace
from tests.agent import samples
from tests.agent.acceptor.conftest import visit
from tests.agent.acceptor.telling import Bench, only, settings_for
from tests.agent.acceptor.test_status import QUIET
from tests.agent.acceptor.ticket_server import TicketServer
from tests.agent.conftest import Ring
from tests.agent.reflector.conftest import House
from tests.interfaces.openapi import NAMES, Document
from tests.interfaces.probing import probe

GATE, METRICS, LINES, WEBHOOK = (Document(name) for name in ("gate", "metrics", "lines", "webhook"))


@pytest.mark.parametrize("name", NAMES)
def test_every_document_has_the_form_of_openapi(name: str) -> None:
    validate(Document(name).made)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"status": 418}, "418 is not documented"),
        ({"method": "PUT"}, "in no document"),
        ({"path": "/v1/receipts/x"}, "in no document"),
        ({"headers": {"Content-Type": "text/html"}}, "'text/html' is none of"),
        ({"headers": {}}, "'' is none of"),
        ({"body": b'{"receipt": "a.b.c", "more": 1}'}, "Additional properties"),
        ({"body": b'{"receipt": "no token"}'}, "does not match"),
        ({"body": b"{}"}, "'receipt' is a required property"),
    ],
    ids=str,
)
def test_an_answer_that_a_document_does_not_know_is_seen(changes: dict[str, Any], words: str) -> None:
    sound = {"method": "GET", "path": "/v1/receipt/x", "status": 200, "headers": {"Content-Type": "application/json"}}
    found = GATE.faults(**sound | {"body": b'{"receipt": "a.b.c"}'} | changes)  # type: ignore[arg-type]
    assert bool(found) is bool(words)
    assert words in "".join(found)


class Careless(BaseHTTPRequestHandler):
    """A server that answers everything with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        return


def test_a_server_that_holds_to_nothing_is_seen(tmp_path: Path) -> None:
    with HttpFace("127.0.0.1", 0, Careless) as face:
        thread = threading.Thread(target=face.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        found = probe("metrics", f"http://127.0.0.1:{face.server_port}", tmp_path)
        face.shutdown()
    assert found.code == 1, found.said
    for fault in ("Missing Content-Type", "Unsupported method", "Server error"):
        assert fault in found.said, found.said


class Asking:
    """Questions to a server, each of whose answers is held against the document."""

    def __init__(self, document: Document, port: int) -> None:
        self._document, self._port = document, port

    def __call__(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        assert self._document.faults(method, path, answer.status, dict(answer.getheaders()), raw) == []
        return answer.status, json.loads(raw) if answer.getheader("Content-Type") == "application/json" else raw


def test_the_gate_holds_to_its_document_whatever_it_is_asked(house: House, tmp_path: Path) -> None:
    found = probe("gate", f"http://127.0.0.1:{house.reflector.gate}", tmp_path)
    assert (found.code, found.operations) == (0, len(GATE.made["paths"])), found.said
    assert found.cases > 20


def test_each_answer_to_a_station_is_as_the_gate_s_document_says(house: House) -> None:
    ask = Asking(GATE, house.reflector.gate)
    order = house.order()

    def admit(**changes: Any) -> tuple[int, Any]:
        proof = house.proof(order, nonce=ask("POST", "/v1/nonce")[1]["nonce"], **changes)
        body = {"order": order.token, "proof": proof}
        assert GATE.unlike({"$ref": "#/components/schemas/admission"}, body) == []
        return ask("POST", "/v1/admission", json.dumps(body).encode())

    status, admitted = admit()
    assert status == 200
    assert admit(direction="up")[0] == 200
    assert (admit()[0], admit(reflector="another")[0]) == (503, 403)
    house.gate.close()
    assert ask("GET", f"/v1/receipt/{admitted['session']}")[0] == 200
    assert ask("GET", "/v1/receipt/nobody")[0] == 404
    assert ask("POST", "/v1/admission", b"{}")[0] == 400
    assert ask("POST", "/v1/admission", b" " * 300_000)[0] == 413
    assert ask("POST", "/v1/nonce", None, **{"Transfer-Encoding": "chunked"})[0] == 411


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/nonce", 405, "POST"),
        ("HEAD", "/v1/admission", 405, "POST"),
        ("PUT", "/v1/receipt/x", 405, "GET, HEAD"),
        ("POST", "/v1/receipt/x", 405, "GET, HEAD"),
        ("BREW", "/v1/nonce", 405, "POST"),
        ("BREW", "/v1", 404, None),
        ("HEAD", "/v1/receipt/x", 404, None),
        ("POST", "/v1/nonce?now", 200, None),
    ],
)
def test_a_method_that_the_gate_does_not_take_is_told_which_it_takes(
    house: House, method: str, path: str, status: int, allow: str | None
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", house.reflector.gate, timeout=60)
    connection.request(method, path, b"x" * 100_000)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    assert (answer.status, answer.getheader("Allow")) == (status, allow)
    assert answer.getheader("Content-Type") == "application/json"
    assert raw == b"" if method == "HEAD" else json.loads(raw)


def test_what_is_no_http_is_refused_in_the_gate_s_own_form(house: House) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", house.reflector.gate, timeout=60)
    connection.putrequest("GET", "/v1/nonce")
    for number in range(200):
        connection.putheader(f"X-{number}", "x")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (431, "application/json")
    assert json.loads(answer.read())["reason"]
    connection.close()


def test_the_metrics_hold_to_their_document_whatever_they_are_asked(tmp_path: Path) -> None:
    with serving("127.0.0.1", 0, lambda: exposition(QUIET)) as port:
        found = probe("metrics", f"http://127.0.0.1:{port}", tmp_path)
        assert (found.code, found.operations) == (0, 2), found.said


def test_each_answer_to_a_scraper_is_as_the_metrics_document_says() -> None:
    told = [exposition(QUIET), exposition(QUIET), LedgerError("gone"), LedgerError("gone")]

    def read() -> str:
        made = told.pop(0)
        if isinstance(made, LedgerError):
            raise made
        return made

    with serving("127.0.0.1", 0, read) as port:
        ask = Asking(METRICS, port)
        assert [ask(method, "/metrics")[0] for method in ("GET", "HEAD", "HEAD", "GET")] == [200, 200, 503, 503]


WHEN = datetime(2026, 11, 22, 17, 29, tzinfo=UTC)


@pytest.mark.parametrize("network", ["198.51.100.0/24", "2001:db8:7::/48"])
def test_the_look_up_is_asked_as_its_document_says(network: str) -> None:
    asked = request_of("https://inventory.example/lines", "token", network, WHEN)
    operation = LINES.made["paths"]["/"]["get"]
    given = dict(parse_qsl(urlsplit(asked.url).query))
    assert given.keys() == {each["name"] for each in operation["parameters"] if each["required"]}
    for each in operation["parameters"]:
        assert LINES.unlike(each["schema"], given[each["name"]]) == []
        assert LINES.unlike(each["schema"], f" {given[each['name']]}")
    assert (asked.method, asked.headers["Authorization"]) == ("GET", "Bearer token")


CIRCUIT: Mapping[str, Any] = {"olt": "OLT-1", "pon_port": "0/2/5", "onu_id": 17}
LOOKED_UP: list[tuple[Any, bool]] = [
    ({"circuits": []}, True),
    ({"circuits": [CIRCUIT, {**CIRCUIT, "onu_id": None}]}, True),
    ({"circuits": [CIRCUIT] * 256}, True),
    ({"circuits": [CIRCUIT] * 257}, False),
    ({"circuits": [{**CIRCUIT, "onu_id": 1024}]}, False),
    ({"circuits": [{**CIRCUIT, "onu_id": True}]}, False),
    ({"circuits": [{**CIRCUIT, "olt": ""}]}, False),
    ({"circuits": [{**CIRCUIT, "olt": "x" * 201}]}, False),
    ({"circuits": [{**CIRCUIT, "slot": 1}]}, False),
    ({"circuits": [{"olt": "OLT-1"}]}, False),
    ({"circuits": None}, False),
    ({"circuits": [], "more": 1}, False),
    ([], False),
]


@pytest.mark.parametrize(("made", "understood"), LOOKED_UP)
def test_the_look_up_s_answers_are_understood_where_its_document_allows_them_and_nowhere_else(
    made: Any, understood: bool
) -> None:
    raw = json.dumps(made).encode()
    found = circuits_of(Answer(status=200, headers={}, body=raw))
    assert isinstance(found, Unanswered) is not understood
    faults = LINES.faults("GET", "/", 200, {"Content-Type": "application/json"}, raw)
    assert (faults == []) is understood


@pytest.mark.parametrize("secret", ["", "a shared secret"])
def test_what_the_webhook_posts_is_as_its_document_says(
    secret: str, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    file = tmp_path / "hook.secret"
    file.write_text(secret)
    file.chmod(0o600)
    settings = settings_for(server, tmp_path)
    events = tuple(WEBHOOK.made["components"]["schemas"]["event"]["properties"]["data"]["properties"]["event"]["enum"])
    hook = Webhook(url=f"{server.peer.url}/hook", events=events, secret_file=file if secret else None)
    settings.systems["webhook"] = hook  # type: ignore[index]
    bench = Bench(tmp_path / "ledger", ring, only(settings, "webhook"))
    for number, values in enumerate((samples.GOOD, samples.DARK, samples.UNPROVEN), 1):
        for token in visit(station, number, **values):
            bench.desk.take(token)
    bench.work_off()
    operation = WEBHOOK.made["webhooks"]["acceptance"]["post"]
    assert {json.loads(asked.body)["data"]["event"] for asked in server.hooked} == {
        "opened",
        "closed",
        "rejected",
        "review",
    }
    for asked in server.hooked:
        assert WEBHOOK.unlike({"$ref": "#/components/schemas/event"}, json.loads(asked.body)) == []
        for each in operation["parameters"]:
            text = asked.headers.get(each["name"].lower())
            assert text is not None or not each["required"]
            assert text is None or WEBHOOK.unlike(each["schema"], text) == []
        assert ("webhook-signature" in asked.headers) is bool(secret)
        assert ("prooflight-signature" in asked.headers) is not bool(secret)
