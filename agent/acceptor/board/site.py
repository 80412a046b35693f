"""The fleet's page as a WSGI application: the door, who is in, and an answer to whatever is asked.

Nothing is shown before somebody is signed in; nothing that goes wrong shows a traceback or a path of this machine.
"""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from agent.acceptor.board.asking import Asking, words_for
from agent.acceptor.board.door import Door
from agent.acceptor.board.entrance import entrance
from agent.acceptor.board.layout import POLICY, notice, page
from agent.acceptor.board.rooms import Rooms
from agent.config_board import BoardSettings
from agent.http_guard import refuse_foreign, refuse_host, replied
from agent.http_message import Answer, Refused, Request, told
from agent.sessions import Locked, is_hers
from diagnostics.errors import ProoflightError
from diagnostics.secret import Secret

FORM_BYTES = 4 << 10
_LONGEST_NAME = 64
_PERMISSIONS = "camera=(), geolocation=(), microphone=()"
_ASSETS = MappingProxyType({"/board.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The page of one fleet."""

    settings: BoardSettings
    door: Door
    rooms: Rooms

    def __call__(self, environ: Mapping[str, Any], begin: Callable[..., Any]) -> list[bytes]:
        """Answer one request."""
        try:
            answer = self.answer(Request.of(environ))
        except Refused as error:
            answer = _plainly(error)
        except ProoflightError as error:
            _log().warning("%s", error)
            answer = _plainly(Refused(503, "not_now"))
        return replied(environ, begin, answer, policy=POLICY, permissions=_PERMISSIONS, referrer="same-origin")

    def answer(self, request: Request) -> Answer:
        """What one request gets, whatever it is. Raises Refused where there are not even words for it."""
        refuse_host(request.headers.get("host", ""), self.settings.names)
        asking = self._asking(request)
        try:
            return self._routed(asking)
        except Refused as error:
            return _refusal(asking, error)
        except ProoflightError as error:
            _log().warning("%s", error)
            return _refusal(asking, Refused(503, "not_now"))
        except Exception:
            _log().exception("a fault of this software at %r", request.path)
            return _refusal(asking, Refused(500, "fault"))

    def _asking(self, request: Request) -> Asking:
        found = self.door.find(request.cookie_named(self._cookie_name))
        session, person = found or (None, None)
        return Asking(request=request, words=words_for(request), person=person, session=session)

    def _routed(self, asking: Asking) -> Answer:
        request = asking.request
        methods = _methods(request.path)
        if request.method not in methods:
            raise Refused(405, "odd_request", "", ("Allow", ", ".join(methods)))
        if request.method == "POST":
            refuse_foreign(request)
            return self._done(asking)
        if request.path in _ASSETS:
            return Answer(body=_asset(request.path[1:]), kind=_ASSETS[request.path])
        if asking.person is None:
            if request.path.startswith("/tables/"):
                raise Refused(401, "signed_out")
            return entrance(asking, status=200 if request.path in ("/", "/sign-in") else 401)
        if request.path == "/sign-in":
            return _elsewhere(asking)
        return self.rooms.show(asking)

    def _done(self, asking: Asking) -> Answer:
        request = asking.request
        if request.path == "/sign-in":
            return self._enter(asking)
        if asking.session is None or asking.person is None:
            return _elsewhere(asking)
        if not is_hers(asking.session, request.form("word")["word"]):
            raise Refused(403, "foreign")
        self.door.sessions.leave(asking.session.token)
        self.rooms.trail.note("left", asking.person.name, request.peer)
        return _elsewhere(asking, self._cookie("", "; Max-Age=0"))

    def _enter(self, asking: Asking) -> Answer:
        request, words = asking.request, asking.words
        form = request.form("name", "password")
        known = form["name"] if form["name"] in self.rooms.people() else ""
        try:
            entered = self.door.enter(form["name"][:_LONGEST_NAME], Secret(form["password"]))
        except Locked as error:
            wait_s = math.ceil(error.wait_s)
            return entrance(asking, status=429, told=words("locked", wait_s), wait_s=wait_s)
        if entered is None:
            self.rooms.trail.note("wrong", known, request.peer)
            return entrance(asking, status=401, told=words("wrong"))
        session, person = entered
        try:
            self.rooms.trail.note("entered", person.name, request.peer, role=person.role)
        except ProoflightError:
            self.door.sessions.leave(session.token)
            raise
        return _elsewhere(asking, self._cookie(session.token))

    @property
    def _cookie_name(self) -> str:
        return f"{'__Host-' if self.settings.secure else ''}prooflight-board"

    def _cookie(self, token: str, ends: str = "") -> tuple[str, str]:
        secure = "; Secure" if self.settings.secure else ""
        return ("Set-Cookie", f"{self._cookie_name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ends}")


def _methods(path: str) -> tuple[str, ...]:
    """The methods that a path takes; what is not there is a 404 only for who is signed in."""
    return {"/sign-in": ("GET", "HEAD", "POST"), "/sign-out": ("POST",)}.get(path, ("GET", "HEAD"))


def _elsewhere(asking: Asking, *headers: tuple[str, str]) -> Answer:
    return Answer(status=303, kind="text/plain", headers=(("Location", asking.link("/")), *headers))


def _refusal(asking: Asking, error: Refused) -> Answer:
    if asking.request.path.startswith("/tables/"):
        return _plainly(error)
    words = asking.words
    said = words(error.code) + (f" ({error.detail})" if error.detail else "")
    return page(asking, words("refused"), notice("bad", said), status=error.status, headers=error.headers)


def _plainly(error: Refused) -> Answer:
    return told({"refused": error.code, "detail": error.detail}, *error.headers, status=error.status)


def _log() -> logging.Logger:
    return logging.getLogger("prooflight.board")


@cache
def _asset(name: str) -> bytes:
    return (resources.files("agent.acceptor.board") / name).read_bytes()
