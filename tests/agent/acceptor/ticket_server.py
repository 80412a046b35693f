"""A ticket system of ours on loopback: TMF653, TMF621, TMF697, OAuth2 and a webhook; strict, with faults on order.

It enforces by itself what the official schemas demand of what we send, and the state words, so that a wrong body is
refused also where the schemas are not at hand.
"""

import base64
import contextlib
import itertools
import queue
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from diagnostics import strict_json
from tests.agent.acceptor.web_peer import Asked, Reply, WebPeer, reply, serving

TEST_STATES = {"acknowledged", "rejected", "pending", "inProgress", "cancelled", "completed", "failed"}
WORK_STATES = TEST_STATES | {"held", "partial", "assessingCancellation", "pendingCancellation"}
TROUBLE_STATES = {"acknowledged", "rejected", "pending", "held", "inProgress", "cancelled", "resolved"}
SECRET = "s3cr:et%"
BASIC = "Basic " + base64.b64encode(b"desk:s3cr%3Aet%25").decode()
DROPPED = b""  # an answer that never comes: the connection is cut


class TicketServer:
    """What the server holds; `faults` are answers that it gives instead of its own, the next request first."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {"serviceTest": {}, "workOrder": {}, "troubleTicket": {}}
        self.hooked: list[Asked] = []
        self.news: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self.asked: list[Asked] = []
        self.came: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self.faults: list[Reply | None] = []  # None: its own answer
        self.late_faults: list[Reply] = []  # given in place of the answer after the thing was done
        self.filters = True
        self.patch_kinds = {"application/merge-patch+json", "application/json"}
        self.tokens = 0
        self.peer: WebPeer
        self._numbers = itertools.count(1)

    @property
    def tests(self) -> list[dict[str, Any]]:
        """The service tests that were made."""
        return list(self.things["serviceTest"].values())

    def url(self, kind: str) -> str:
        return f"{self.peer.url}/api/v4/{kind}"

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self.came.put(asked)
        path = urlsplit(asked.path).path
        if path == "/token":
            return self._token(asked)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        if path == "/hook":
            self.hooked.append(asked)
            self.news.put(asked)
            return reply(204)
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return reply(401, {"code": "40", "reason": "Invalid credentials"})
        made = self._served(asked, path)
        return self.late_faults.pop(0) if self.late_faults and asked.method != "GET" else made

    def expire_token(self) -> None:
        self.tokens += 1

    def _token(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != BASIC or b"grant_type=client_credentials" not in asked.body:
            return reply(401, {"error": "invalid_client"})
        self.tokens += 1
        return reply(200, {"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 3600})

    def _served(self, asked: Asked, path: str) -> Reply:
        kind, _, name = path.removeprefix("/api/v4/").partition("/")
        things, name = self.things.get(kind), unquote(name)
        if things is None or (name and name not in things):
            return reply(404, {"code": "60", "reason": "Resource not found"})
        if asked.method == "GET":
            return self._read(asked, things, name)
        body = strict_json.parse_object(asked.body, depth=16)
        if asked.method == "POST" and not name:
            wrong = CREATED[kind](body)
            return reply(400, {"code": "27", "reason": wrong}) if wrong else self._create(things, body)
        if asked.method == "PATCH" and name:
            return self._patch(asked, kind, things, name, body)
        return reply(405)

    def _read(self, asked: Asked, things: dict[str, dict[str, Any]], name: str) -> Reply:
        if name:
            return reply(200, things[name], ETag=f'"{len(asked.path)}-{hash(str(things[name]))}"')
        wanted = parse_qs(urlsplit(asked.path).query).get("name")
        found = [each for each in things.values() if not self.filters or not wanted or each["name"] in wanted]
        return reply(200, found)

    def _create(self, things: dict[str, dict[str, Any]], body: dict[str, Any]) -> Reply:
        name = f"{next(self._numbers)}"
        things[name] = {"id": name, "status": "acknowledged", **body}
        return reply(201, things[name])

    def _patch(
        self, asked: Asked, kind: str, things: dict[str, dict[str, Any]], name: str, body: dict[str, Any]
    ) -> Reply:
        if asked.headers.get("content-type") not in self.patch_kinds:
            return reply(415)
        if "if-match" in asked.headers and asked.headers["if-match"] != (
            f'"{len(asked.path)}-{hash(str(things[name]))}"'
        ):
            return reply(412)
        wrong = CHANGED[kind](body)
        if wrong:
            return reply(400, {"code": "27", "reason": wrong})
        things[name] |= body
        return reply(200, things[name])


def _new_test(body: dict[str, Any]) -> str:
    measures = body.get("testMeasure", [])
    texts = (body.get("name"), body.get("relatedService", {}).get("id"), body.get("testSpecification", {}).get("id"))
    pairs = [*body.get("characteristic", []), *(each["value"] for each in measures if "value" in each)]
    if not all(isinstance(text, str) and text for text in texts):
        return "name, relatedService.id and testSpecification.id are required"
    if not all(isinstance(pair.get("name"), str) and "value" in pair for pair in pairs):
        return "a characteristic needs name and value"
    if not all(isinstance(each.get("ruleViolation", []), list) for each in measures):
        return "ruleViolation is a list"
    return "" if body.get("state") in TEST_STATES else f"state {body.get('state')}"


def _new_ticket(body: dict[str, Any]) -> str:
    inner = [*body.get("externalIdentifier", []), *body.get("troubleTicketCharacteristic", [])]
    if not all(isinstance(body.get(name), str) for name in ("@type", "description", "severity", "ticketType")):
        return "@type, description, severity and ticketType are required"
    return "" if all("@type" in each for each in inner) else "@type is required inside as well"


def _changed_ticket(body: dict[str, Any]) -> str:
    right = body.get("@type") == "TroubleTicket" and body.get("status") in TROUBLE_STATES
    return "" if right else f"@type, or status {body.get('status')}"


def _changed_work(body: dict[str, Any]) -> str:
    return "" if set(body) == {"state"} and body["state"] in WORK_STATES else f"state {body.get('state')}"


def _not_here(body: dict[str, Any]) -> str:
    return "is not made or changed so"


Judge = Callable[[dict[str, Any]], str]
CREATED: dict[str, Judge] = {"serviceTest": _new_test, "troubleTicket": _new_ticket, "workOrder": _not_here}
CHANGED: dict[str, Judge] = {"serviceTest": _not_here, "troubleTicket": _changed_ticket, "workOrder": _changed_work}


@contextlib.contextmanager
def ticket_server() -> Iterator[TicketServer]:
    server = TicketServer()
    with serving(server.answer) as server.peer:
        yield server
