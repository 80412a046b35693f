"""A web API as the ticket systems speak it: JSON out and in, our token with it, and what an answer's status means.

What may pass by itself is tried again; what the server will refuse for ever is final, and left to a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agent.acceptor.bearer import Bearer
from agent.acceptor.http_exchange import Answer, Exchange, Request, Trouble
from agent.acceptor.patience import retry_after_s
from diagnostics import strict_json
from diagnostics.measurement import sanitised

JSON = "application/json"
_DEPTH = 16
_MAY_PASS = (401, 403, 408, 412, 425, 429)
_WORDS = {
    401: "it does not take our token; see [tickets.oauth2]",
    403: "our token is not allowed to do this",
    404: "it does not know this",
    412: "it was changed there meanwhile",
    429: "it asks us to wait",
    503: "it is not available now",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApi:
    """One server with our token for it, if it wants one."""

    exchange: Exchange
    bearer: Bearer | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def ask(
        self, method: str, url: str, body: Any = None, *, kind: str = JSON, headers: Mapping[str, str] | None = None
    ) -> Answer | Trouble:
        """The answer of success; Trouble for any other."""
        raw = b"" if body is None else body if isinstance(body, bytes) else strict_json.write(body)
        sent = {"Accept": JSON} | ({"Content-Type": kind} if raw else {}) | dict(headers or {})
        request = Request(method=method, url=url, headers=sent, body=raw)
        answer = self._asked(request)
        if isinstance(answer, Answer) and answer.status == 401 and self.bearer:
            self.bearer.forget()  # it may have ended before its time
            if method != "POST":  # which is looked for before it goes out again
                answer = self._asked(request)
        if isinstance(answer, Trouble) or 200 <= answer.status < 300:
            return answer
        return self._meaning(method, answer)

    def _asked(self, request: Request) -> Answer | Trouble:
        if self.bearer is None:
            return self.exchange(request)
        token = self.bearer.token()
        if isinstance(token, Trouble):
            return token
        headers = {**request.headers, "Authorization": f"Bearer {token.reveal()}"}
        return self.exchange(Request(method=request.method, url=request.url, headers=headers, body=request.body))

    def _meaning(self, method: str, answer: Answer) -> Trouble:
        status = answer.status
        moved = "; it has moved: name its new address" if 300 <= status < 400 else ""
        told = f"{method} was answered {status}: {_WORDS.get(status, '')}".removesuffix(": ") + moved + _reason(answer)
        refused = 400 <= status < 500 and status not in _MAY_PASS
        return Trouble(
            words=told,
            final=refused or status == 501,
            refused=refused or status == 412,
            status=status,
            least_s=retry_after_s(answer.headers.get("retry-after", ""), self.now()) if status in (429, 503) else 0.0,
        )


def read_object(answer: Answer) -> dict[str, Any] | None:
    """The JSON object that an answer holds; None where it holds none."""
    found = read_json(answer)
    return found if isinstance(found, dict) else None


def read_json(answer: Answer) -> Any:
    """The JSON that an answer holds; None where it holds none."""
    try:
        return strict_json.parse(answer.body, size=len(answer.body), depth=_DEPTH)
    except strict_json.JsonError:
        return None


def _reason(answer: Answer) -> str:
    """The server's own words, as TM Forum's Error has them (code, reason, message)."""
    made = read_object(answer) or {}
    said = [str(made[name]) for name in ("code", "reason", "message") if isinstance(made.get(name), str | int)]
    return f" ({sanitised(', '.join(said), 200)})" if said else ""
