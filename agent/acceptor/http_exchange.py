"""One HTTP exchange: a request out, an answer in, within one deadline; what goes wrong is data, not an exception.

TLS is always verified. No redirect is followed and no proxy of the environment is asked, so a credential goes only
where the configuration sends it.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from agent import tls as tls_to_servers
from agent.config_broker import TlsSettings
from diagnostics.errors import BadConfiguration
from diagnostics.measurement import sanitised

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a server; headers may hold credentials and stay out of every print."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why something was not done, in words; `final` where trying again cannot help; not again within `least_s`.

    `refused` where a living server said no, which is no sign that it is down; `status` is its HTTP status, if any.
    """

    words: str
    final: bool = False
    refused: bool = False
    status: int = 0
    least_s: float = 0.0


Exchange = Callable[[Request], Answer | Trouble]


def exchange_over(tls: TlsSettings | None, deadline_s: float) -> Exchange:
    """The exchange over real sockets; each one, with all of its answer, is over within `deadline_s`.

    Without settings servers are verified by the system's authorities.
    """
    return lambda request: _exchange(request, tls, deadline_s)


def _exchange(request: Request, tls: TlsSettings | None, deadline_s: float) -> Answer | Trouble:
    parts = urlsplit(request.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    end = time.monotonic() + deadline_s
    expired = threading.Event()
    try:
        context = tls_to_servers.context(tls) if secure else None  # made anew, for files are renewed
    except BadConfiguration as error:
        return Trouble(words=f"our own certificates cannot be used: {error}")
    try:
        plain = _connected(host, parts.port or (443 if secure else 80), end)
    except OSError as error:
        return Trouble(words=f"{host}: {_why(error, deadline_s)}")

    def cut() -> None:
        expired.set()
        try:
            plain.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is over already

    watch = threading.Timer(max(0.0, end - time.monotonic()), cut)
    watch.daemon = True
    watch.start()
    try:
        made = _converse(request, _Connection(host, parts.port, plain, context))
    except (http.client.HTTPException, OSError) as error:
        made = Trouble(words=f"{host}: {_why(error, deadline_s)}")
    finally:
        watch.cancel()
        plain.close()
    return Trouble(words=f"{host}: {_why(TimeoutError(), deadline_s)}") if expired.is_set() else made


class _Connection(http.client.HTTPConnection):
    """A connection over a socket that is connected already, so that its deadline reaches all of it."""

    def __init__(self, host: str, port: int | None, plain: socket.socket, tls: ssl.SSLContext | None):
        # The port stands in the Host header only where it is not the scheme's own.
        self.default_port = 443 if tls else 80
        super().__init__(host, port or self.default_port)
        self._plain = plain
        self._tls = tls

    def connect(self) -> None:
        self.sock = self._plain
        if self._tls is not None:
            # The shutdown at the deadline acts on the kernel's socket, which a duplicate shares.
            self.sock = self._tls.wrap_socket(self._plain.dup(), server_hostname=self.host)


def _converse(request: Request, connection: _Connection) -> Answer | Trouble:
    try:
        path = urlsplit(request.url)
        target = (path.path or "/") + (f"?{path.query}" if path.query else "")
        headers = {"User-Agent": "prooflight", "Connection": "close", **request.headers}
        body = request.body if request.body or request.method != "GET" else None
        connection.request(request.method, target, body, headers)
        response = connection.getresponse()
        answered = response.read(MOST_BYTES + 1)
        if len(answered) > MOST_BYTES:
            return Trouble(
                words=f"{connection.host}: the answer is longer than {MOST_BYTES} bytes", final=True, refused=True
            )
        if response.length:
            return Trouble(words=f"{connection.host}: the answer was cut off")
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=told, body=answered)
    finally:
        connection.close()


def _connected(host: str, port: int, end: float) -> socket.socket:
    """A socket connected to the first address that takes it before the end; OSError where none does."""
    last = OSError(f"port {port} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(max(0.001, end - time.monotonic()))
            made.connect(address)
            return made
        except OSError as error:
            made.close()
            last = error
    raise last


def _why(error: Exception, deadline_s: float) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {deadline_s:g} s"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not believed: {sanitised(error.verify_message, 100)}"
        case http.client.IncompleteRead() | http.client.RemoteDisconnected() | ConnectionError():
            refused = isinstance(error, ConnectionRefusedError)
            return "connection refused" if refused else "the connection was cut"
        case http.client.HTTPException():
            return "not an answer in HTTP"
    return sanitised(f"{error.strerror if isinstance(error, OSError) and error.strerror else error}", 120)
