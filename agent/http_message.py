"""A request and an answer as our own routes see them, made from WSGI's environment; nothing of the network else.

Whatever a header or a body holds is kept as it came; each route reads it strictly.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from diagnostics import strict_json
from diagnostics.errors import ProoflightError

JSON_BYTES = 64 << 10
FORM_BYTES = 4 << 10
BODY_BYTES = 17 << 20  # the largest photograph, and some
COOKIE = "prooflight"
_MOST_FIELDS = 16  # of a query; no page knows more


class Refused(ProoflightError):
    """A request that gets no more than a status, a code that the page has words for, and perhaps a detail."""

    def __init__(self, status: int, code: str, detail: str = "", *headers: tuple[str, str]) -> None:
        super().__init__(detail or code)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `headers` have lower-case names, `peer` is the address that it came from."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    length: int
    read: Callable[[int], bytes]
    peer: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> "Request":
        """The request that a WSGI server hands over. Raises Refused where its query is absurd."""
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", ""), max_num_fields=_MOST_FIELDS))
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError as error:
            raise Refused(400, "odd_request") from error
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", ""),
            query=query,
            headers=headers,
            length=length,
            read=environ["wsgi.input"].read,
            peer=environ.get("REMOTE_ADDR", ""),
        )

    @property
    def cookie(self) -> str:
        """The token of the station's session, as the browser sends it back; empty where it sends none."""
        return self.cookie_named(COOKIE)

    def cookie_named(self, wanted: str) -> str:
        """What the browser sends back of one cookie; empty where it sends none."""
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return next((value for name, _, value in pairs if name == wanted), "")

    def raw(self, most: int) -> bytes:
        """The body. Raises Refused where it is longer."""
        if self.length > most:
            raise Refused(413, "too_large")
        return self.read(self.length)

    def json(self) -> dict[str, Any]:
        """The body as one JSON object, read strictly. Raises Refused."""
        if self.headers["content-type"].partition(";")[0].strip() != "application/json":
            raise Refused(415, "odd_request")
        try:
            return strict_json.parse_object(self.raw(JSON_BYTES), size=JSON_BYTES, depth=4)
        except strict_json.JsonError as error:
            raise Refused(400, "odd_request") from error

    def form(self, *names: str) -> dict[str, str]:
        """The body as a browser's form with exactly these fields. Raises Refused."""
        if self.headers["content-type"].partition(";")[0].strip() != "application/x-www-form-urlencoded":
            raise Refused(415, "odd_request")
        try:
            raw = self.raw(FORM_BYTES).decode("ascii")
            pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=8)
        except ValueError as error:
            raise Refused(400, "odd_request") from error
        if sorted(name for name, _ in pairs) != sorted(names):
            raise Refused(400, "odd_request")
        return dict(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """The status with its usual words."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


def told(made: Mapping[str, Any] | list[Any], *headers: tuple[str, str], status: int = 200) -> Answer:
    """An answer that states this as JSON."""
    return Answer(status=status, body=strict_json.write(made), headers=headers)


def field(made: Mapping[str, Any], name: str, kind: type, *, longest: int = 4096) -> Any:
    """One field of a request, of one type. Raises Refused."""
    value = made.get(name)
    if type(value) is not kind or (isinstance(value, str) and len(value) > longest):
        raise Refused(400, "odd_request", name)
    return value


def only(made: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse a request with fields that nobody knows."""
    if strange := sorted(set(made) - set(names)):
        raise Refused(400, "odd_request", strange[0][:40])
