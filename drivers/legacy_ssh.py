"""Reaches devices that speak only the SSH of 2005, through OpenSSH's own client, which still can where paramiko cannot.

The old algorithms are added for this one connection, to a family that says `legacy`; nobody else is reached so.
The password is typed once, at the client's own prompt on a terminal that nobody else sees; never in words or files.
"""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import struct
import subprocess
import termios
import time

from drivers.logins import Login
from drivers.session import AuthRejected, Busy, DriverError, NotSupported, Refused, Timeout, Unparseable, Unreachable

_CHUNK = 65536
_ROWS_COLUMNS = (1000, 512)
_OLD = {
    "KexAlgorithms": ("kex", ("diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1")),
    "Ciphers": ("cipher", ("aes128-cbc", "3des-cbc")),
    "MACs": ("mac", ("hmac-sha1", "hmac-md5")),
    "HostKeyAlgorithms": ("HostKeyAlgorithms", ("ssh-rsa", "ssh-dss")),
}
_OPTIONS = (
    "PreferredAuthentications=password",
    "NumberOfPasswordPrompts=1",
    "PubkeyAuthentication=no",
    "StrictHostKeyChecking=no",  # these devices make a new host key at every reset, and nobody knows it beforehand
    "UserKnownHostsFile=/dev/null",
    "GlobalKnownHostsFile=/dev/null",
    "ForwardAgent=no",
    "PermitLocalCommand=no",
    "EscapeChar=none",
    "LogLevel=ERROR",
)
_LAST_WORDS_S = 10.0  # a client whose terminal has ended is on its way out; a busy machine lets it wait
_WORDS: tuple[tuple[str, type[DriverError]], ...] = (
    ("permission denied", AuthRejected),
    ("too many authentication failures", AuthRejected),
    ("connection refused", Refused),
    ("no route to host", Unreachable),
    ("network is unreachable", Unreachable),
    ("could not resolve", Unreachable),
    ("timed out", Timeout),
    ("too many", Busy),
    ("request failed", Refused),
    ("connection closed", Refused),
    ("closed by remote host", Refused),
    ("connection reset", Refused),
    ("broken pipe", Refused),
)


def open_legacy(address: str, port: int, login: Login, timeout_s: float) -> "LegacyPipe":
    """Connect and log in. Raises DriverError; the client is ended then."""
    client = shutil.which("ssh")
    if client is None:
        raise NotSupported("connect", "this device needs OpenSSH's client; install openssh-client")
    options = [*_OPTIONS, f"ConnectTimeout={max(1, int(timeout_s))}", *_old_algorithms(client)]
    words = [client, "-F", "none", "-tt", "-p", str(port), "-l", login.username]
    pipe = LegacyPipe([*words, *(word for option in options for word in ("-o", option)), "--", address])
    try:
        _log_in(pipe, f"{login.username}@{address}'s password: ".encode(), login, time.monotonic() + timeout_s)
    except BaseException:
        pipe.close()
        raise
    return pipe


def _old_algorithms(client: str) -> list[str]:
    """What of the old this client still knows; an unknown name would make it refuse to start."""
    made = []
    for option, (query, names) in _OLD.items():
        known = subprocess.run([client, "-Q", query], capture_output=True, text=True, check=False).stdout.split()
        wanted = [name for name in names if name in known]
        made += [f"{option}=+{','.join(wanted)}"] if wanted else []
    return made


def _log_in(pipe: "LegacyPipe", asked: bytes, login: Login, until: float) -> None:
    """Type the password at the client's prompt, once; anything else that is heard first means that none is wanted."""
    heard = b""
    while heard != asked:
        piece = pipe.receive(until - time.monotonic())
        if piece is None:
            raise Timeout("connect", "the SSH server does not ask for a log-in")
        if not piece:
            raise pipe.trouble()
        heard = (heard + piece).lstrip(b"\r\n")
        if not asked.startswith(heard):
            pipe.unread(heard)
            return
    pipe.send(login.password.reveal().encode() + b"\n")
    pipe.await_word(until)


class LegacyPipe:
    """OpenSSH's client on a pseudo terminal of its own."""

    def __init__(self, command: list[str]) -> None:
        self._terminal, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", *_ROWS_COLUMNS, 0, 0))
        environment = {"PATH": os.environ.get("PATH", ""), "TERM": "dumb", "LC_ALL": "C"}
        self._client = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=far,
            stdout=far,
            stderr=subprocess.PIPE,
            env=environment,
        )
        os.close(far)
        self._unread = b""

    def receive(self, timeout_s: float) -> bytes | None:
        """What came, empty at the end, None when the time is over."""
        if self._unread:
            raw, self._unread = self._unread, b""
            return raw
        if not select.select([self._terminal], [], [], max(0.0, timeout_s))[0]:
            return None
        try:
            return os.read(self._terminal, _CHUNK)
        except OSError:  # Linux says EIO once the client has gone
            return b""

    def unread(self, raw: bytes) -> None:
        """Give bytes back, to be received again."""
        self._unread = raw + self._unread

    def await_word(self, until: float) -> None:
        """Wait until the device says something. Raises DriverError where the client ends instead."""
        heard = b""
        while not heard.strip():
            piece = self.receive(until - time.monotonic())
            if piece is None:
                raise Timeout("log-in", "the ONT says nothing")
            if not piece:
                raise self.trouble()
            heard += piece
        self.unread(heard)

    def send(self, data: bytes) -> None:
        """Send text."""
        while data:
            data = data[os.write(self._terminal, data) :]

    def trouble(self) -> DriverError:
        """Why the client ended, in its own words."""
        assert self._client.stderr
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._client.wait(_LAST_WORDS_S)
        self._end()
        said = self._client.stderr.read(4096).decode(errors="replace").strip().splitlines()
        lines = [line for line in said if not line.startswith("Killed by signal")]  # that was us, in `_end`
        words = lines[-1] if lines else "the connection was closed without a word"
        kind = next((kind for hint, kind in _WORDS if hint in words.lower()), Unparseable if lines else Refused)
        return kind("log-in" if kind is AuthRejected else "connect", words)

    def close(self) -> None:
        """End the client."""
        with contextlib.suppress(OSError):
            os.close(self._terminal)
        self._end()
        if self._client.stderr:
            self._client.stderr.close()

    def _end(self) -> None:
        self._client.terminate()
        try:
            self._client.wait(2)
        except subprocess.TimeoutExpired:
            self._client.kill()
            self._client.wait()
