"""Opens Telnet and SSH connections to an ONT's command line with netmiko, and leaves netmiko's waiting out.

netmiko brings the connections (its SSH set-up, its telnet client's socket); its sleeps, prompt searches and echo checks
are not used, for they cost 2.5 times the answers' own time and cut answers at prompt look-alikes. One log-in attempt.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from drivers.legacy_ssh import open_legacy
from drivers.logins import Login
from drivers.profile import Dialogue
from drivers.session import AuthRejected, Busy, DriverError, Refused, Timeout, Unparseable
from drivers.shell_session import COMMAND_S, Pipe, ShellSession, trouble
from drivers.telnet import TelnetFilter

_CHUNK = 65536
SHORTAGE = 4  # of resources: why an SSH server opens no channel, RFC 4254 5.1
_OLD_SSH = "its SSH is too old for modern clients: name its family, if that is one with `legacy = true`, or use telnet"
_Opener = Callable[[str, int, Login, float], Pipe]


def open_cli(
    address: str, port: int, transport: str, login: Login, dialogues: Sequence[Dialogue], *, deadline_at: float
) -> ShellSession:
    """Connect by telnet, ssh or legacy ssh, and log in. Raises DriverError; whatever was opened is closed then."""
    openers: dict[str, _Opener] = {"telnet": _open_telnet, "ssh": _open_ssh, "legacy ssh": open_legacy}
    try:
        pipe = openers[transport](address, port, login, max(0.1, min(COMMAND_S, deadline_at - time.monotonic())))
    except OSError as error:
        raise trouble("connect", error) from error
    session = ShellSession(pipe, transport.removeprefix("legacy "), dialogues, deadline_at=deadline_at)
    try:
        session.log_in(login)
    except BaseException:
        session.close()
        raise
    return session


def _quick(**options: Any) -> Any:
    """A netmiko connection that is only opened: no log-in dialogue, no prompt search, no waiting."""
    from netmiko.base_connection import BaseConnection

    class Quick(BaseConnection):  # type: ignore[misc] # netmiko is not typed for us
        def telnet_login(self, *_: Any, **__: Any) -> str:
            return ""

        def special_login_handler(self, *_: Any, **__: Any) -> None:
            pass

        def _try_session_preparation(self, *_: Any, **__: Any) -> None:
            pass

    return Quick(**options)


def _open_telnet(address: str, port: int, login: Login, timeout_s: float) -> "TelnetPipe":
    connection = _quick(device_type="generic_telnet", host=address, port=port, conn_timeout=timeout_s)
    return TelnetPipe(connection.remote_conn)


def _open_ssh(address: str, port: int, login: Login, timeout_s: float) -> "SshPipe":
    from netmiko.exceptions import NetmikoAuthenticationException
    from paramiko import SSHException

    began = time.monotonic()
    connected = socket.create_connection((address, port), timeout_s)
    try:
        return SshPipe(
            _quick(
                device_type="generic",
                host=address,
                port=port,
                username=login.username,
                password=login.password.reveal(),
                sock=connected,
                conn_timeout=timeout_s,
                auth_timeout=timeout_s,
                banner_timeout=timeout_s,
            )
        )
    except NetmikoAuthenticationException as error:
        connected.close()
        raise AuthRejected("log-in", str(error.__context__ or error)) from error
    except (SSHException, EOFError, ValueError) as error:
        connected.close()
        raise _ssh_trouble(error.__context__ or error, time.monotonic() - began >= timeout_s) from error


def _ssh_trouble(cause: BaseException, late: bool) -> DriverError:
    """What paramiko's words mean; for a silent peer and for a wrong banner they are the same, only the time differs."""
    if isinstance(cause, OSError):
        return trouble("connect", cause)
    words, code = str(cause), getattr(cause, "code", None)
    if code == SHORTAGE or "Channel closed" in words:  # logged in, and then no session is left
        return Busy("connect", words) if code == SHORTAGE else Refused("connect", words)
    if "no acceptable" in words and "compression" not in words:  # so paramiko says that none of the algorithms is safe
        return Unparseable("connect", f"{words}; {_OLD_SSH}")
    silent = late or any(hint in words.lower() for hint in ("timed out", "timeout", "no existing session"))
    return Timeout("connect", words) if silent else Unparseable("connect", words)


class TelnetPipe:
    """A telnet connection without its options."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._socket: socket.socket = connection.get_socket()
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._filter = TelnetFilter()

    def receive(self, timeout_s: float) -> bytes | None:
        """What came, without options; empty at the end, None when the time is over."""
        until = time.monotonic() + timeout_s
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                raw = self._socket.recv(_CHUNK)
            except TimeoutError:
                return None
            text, replies = self._filter.feed(raw)
            if replies:
                self._socket.sendall(replies)
            if text or not raw:
                return text
        return None

    def send(self, data: bytes) -> None:
        """Send text."""
        self._socket.sendall(data.replace(b"\xff", b"\xff\xff"))

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@contextlib.contextmanager
def _lost_as_connection_error() -> Iterator[None]:
    """Paramiko also sends while it receives (window adjustments), and says EOFError or SSHException of a dead peer."""
    from paramiko import SSHException

    try:
        yield
    except (EOFError, SSHException) as error:
        raise ConnectionResetError(f"the SSH connection broke off: {error}") from error


class SshPipe:
    """The shell channel of an SSH connection; `connection` is netmiko's."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._channel = connection.remote_conn

    def receive(self, timeout_s: float) -> bytes | None:
        """What came, empty at the end, None when the time is over."""
        self._channel.settimeout(timeout_s)
        try:
            with _lost_as_connection_error():
                return bytes(self._channel.recv(_CHUNK))
        except TimeoutError:
            return None

    def send(self, data: bytes) -> None:
        """Send text."""
        with _lost_as_connection_error():
            self._channel.sendall(data)

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError, EOFError):
            self._connection.paramiko_cleanup()
