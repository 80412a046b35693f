"""The page's routes, and who may use them: the right host, a session, and the page's own word on everything that acts.

Whatever goes wrong in a route is answered in plain words and hurts nothing else; a traceback never reaches a browser.
"""

import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.config_page import PageSettings
from agent.daemon import Daemon
from agent.http_guard import refuse_foreign, refuse_host, replied
from agent.http_message import COOKIE, Answer, Refused, Request, field, only, told
from agent.jobs import NotNow
from agent.order_book import OrderRefused
from agent.sessions import Locked, Session, is_hers
from agent.web import assets, deeds, support_deeds
from agent.web.codes import CodesUnread
from agent.web.report_view import report
from agent.web.sign_in import SignIn
from agent.web.state_view import StateView
from agent.web.support_view import SupportView
from diagnostics.errors import BadConfiguration, BadInput, ProoflightError
from diagnostics.secret import Secret

_PERMISSIONS = "camera=(self), geolocation=(), microphone=()"
Deed = Callable[[Daemon, Request], Answer]
_DEEDS: dict[str, Deed] = {
    "/api/start": deeds.start,
    "/api/stop": deeds.stop,
    "/api/order": deeds.take_order,
    "/api/order-code": deeds.read_order_code,
    "/api/note": deeds.note,
    "/api/photograph": deeds.photograph,
    "/api/escalate": deeds.escalate,
    "/api/close": deeds.close,
    "/api/support/grant": support_deeds.grant,
    "/api/support/decline": support_deeds.decline,
    "/api/support/withdraw": support_deeds.withdraw,
    "/api/support/stop": support_deeds.stop,
}
_SHOWN = ("/api/state", "/api/support", "/report")
_SIGNING = ("/api/sign-in", "/api/sign-out")


@dataclass(frozen=True, slots=True)
class Site:
    """The page of one station, as a WSGI application."""

    daemon: Daemon
    settings: PageSettings
    sign_in: SignIn
    view: StateView
    support: SupportView

    def __call__(self, environ: Mapping[str, Any], begin: Callable[..., Any]) -> list[bytes]:
        """Answer one request."""
        try:
            answer = self.answer(Request.of(environ))
        except Refused as error:
            answer = _refusal(error)
        return replied(environ, begin, answer, policy=assets.POLICY, permissions=_PERMISSIONS)

    def answer(self, request: Request) -> Answer:
        """What one request gets, whatever it is."""
        try:
            return self._routed(request)
        except Refused as error:
            return _refusal(error)
        except Locked as error:
            wait_s = str(math.ceil(error.wait_s))
            return _told(429, "locked", wait_s, ("Retry-After", wait_s))
        except (NotNow, OrderRefused) as error:
            return _told(409, f"not_now_{error.kind}", str(error))
        except CodesUnread as error:
            return _told(422, str(error))
        except BadInput as error:
            return _told(422, "not_taken", str(error))
        except BadConfiguration as error:
            return _told(503, "not_set_up", str(error))
        except ProoflightError as error:
            return _told(503, "not_saved", str(error))
        except Exception:
            logging.getLogger("prooflight.web").exception("a fault of this software at %s", request.path)
            return _told(500, "fault")

    def _routed(self, request: Request) -> Answer:
        refuse_host(request.headers.get("host", ""), self.settings.names)
        methods = _methods(request.path)
        if not methods:
            raise Refused(404, "no_such_page")
        if request.method not in methods:
            raise Refused(405, "odd_request", "", ("Allow", ", ".join(methods)))
        if request.method != "POST":
            return self._shown(request)
        refuse_foreign(request)
        if request.path == "/api/sign-in":
            return self._signed_in(request)
        session = self._session(request)
        if not is_hers(session, request.headers.get("x-prooflight", "")):
            raise Refused(403, "foreign")
        if request.path == "/api/sign-out":
            self.sign_in.sessions.leave(session.token)
            return told({}, _cookie("", 0))
        return _DEEDS[request.path](self.daemon, request)

    def _shown(self, request: Request) -> Answer:
        if (asset := assets.asset(request.path)) is not None:
            return asset
        session = self._session(request)
        if request.path == "/api/support":
            made = self.support.state(request)
            self._session(request)  # who signed out while we waited sees nothing any more
            return told(made)
        if request.path == "/report":
            return report(self.daemon, request)
        state = self.view.state(request.query.get("since", ""), request.query.get("order", ""))
        return Answer(status=204) if state is None else told(state | {"word": session.csrf})

    def _signed_in(self, request: Request) -> Answer:
        made = request.json()
        only(made, ("pin",))
        try:
            session = self.sign_in.enter(Secret(field(made, "pin", str, longest=64)))
        except BadConfiguration as error:
            raise Refused(503, "no_pin") from error  # who is not signed in learns no path of this machine
        if session is None:
            raise Refused(401, "wrong_pin")
        return told({"word": session.csrf}, _cookie(session.token, None))

    def _session(self, request: Request) -> Session:
        found = self.sign_in.sessions.find(request.cookie)
        if found is None:
            raise Refused(401, "signed_out")
        return found


def _cookie(token: str, age_s: int | None) -> tuple[str, str]:
    ends = "" if age_s is None else f"; Max-Age={age_s}"
    return ("Set-Cookie", f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{ends}")


def _methods(path: str) -> tuple[str, ...]:
    """The methods that a path takes; none where nothing is there."""
    if path in _SHOWN or assets.asset(path) is not None:
        return ("GET", "HEAD")
    return ("POST",) if path in _DEEDS or path in _SIGNING else ()


def _refusal(error: Refused) -> Answer:
    return _told(error.status, error.code, error.detail, *error.headers)


def _told(status: int, code: str, detail: str = "", *headers: tuple[str, str]) -> Answer:
    body = json.dumps({"refused": code, "detail": detail}).encode()
    return Answer(status=status, body=body, headers=headers)
