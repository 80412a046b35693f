"""The virtual ONT: answers like a captured device, and misbehaves on demand. It knows no socket and no clock.

What it says is the capture's, byte for byte, with the line ends of a terminal; what it does wrong is in `Faults`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from diagnostics.secret import Secret
from drivers.capture import Capture
from drivers.logins import Login

USERNAME, WORD = "root", "virtual-ont"


def virtual_login() -> Login:
    """The log-in of every virtual ONT: shell user and password, v2c community, and v3 keys, all made up."""
    return Login(username=USERNAME, password=Secret(WORD))


def virtual_community() -> Login:
    """The SNMP v2c community of every virtual ONT."""
    return Login(community=Secret(WORD))


def virtual_old_community() -> Login:
    """The same community, asked in version 1."""
    return Login(community=Secret(WORD), snmp_version="1")


def virtual_user() -> Login:
    """The SNMP v3 user of every virtual ONT."""
    return Login(
        username=USERNAME,
        authentication="sha256",
        authentication_key=Secret(f"{WORD}-authentication"),
        privacy="aes",
        privacy_key=Secret(f"{WORD}-privacy"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What the ONT does wrong; questions name the answer that it happens in. Times in seconds.

    `sessions`: how many it has at most; `refuses`: the "channel" or the "shell" behind an SSH log-in; `spoils`: what is
    wrong with each SNMP reply (see `snmp_faults`); `dies_after` so many SNMP requests.
    """

    think_s: float = 0.0
    silent: bool = False
    hang_up: bool = False
    greeting: str = ""
    garbage: bool = False
    endless: str = ""
    one_long_line: str = ""
    look_alike: str = ""
    stall_s: float = 0.08
    asks_password_in: str = ""
    dies_in: str = ""
    pages_in: str = ""
    option_flood: int = 0
    keeps_open: bool = False
    resets: bool = False
    floods: bool = False
    unfinished_option: bool = False
    drips_in: str = ""
    drip_s: float = 0.3
    stalls_in: str = ""
    sessions: int = 0
    refuses: str = ""
    walks_back: bool = False
    spoils: str = ""
    dies_after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes to send, after a silence."""

    text: str
    after_s: float = 0.0
    dies: bool = False
    wants_key: bool = False
    wants_line: bool = False


@dataclass(slots=True, kw_only=True)
class VirtualOnt:
    """A device in one captured state; what was tried, asked and typed, and whether the client `left`, can be told.

    `live` makes the captured text of a question or an OID the text of now (`drivers.virtual.live`).
    """

    capture: Capture
    login: Login = field(default_factory=virtual_login)
    faults: Faults = field(default_factory=Faults)
    live: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    log_ins: list[bool] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    log_outs: int = 0
    datagrams: int = 0
    open_sessions: int = 0
    typed: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def admit(self, username: str, password: str) -> bool:
        """Whether this log-in is right; every attempt is noted."""
        right = (username, password) == (self.login.username, self.login.password.reveal())
        self.log_ins.append(right)
        return right

    def answer(self, question: str) -> Iterator[Piece]:
        """What the device says to a command, up to and without its next prompt."""
        assert self.capture.spoken
        self.asked.append(question)
        spoken = self.capture.spoken
        silent = question in (*spoken.levels, *spoken.needs, spoken.log_in_at)
        text = self.capture.answers.get(question, "" if silent else spoken.unknown)
        if not silent and any(word not in self.asked for word in spoken.needs):
            text = ""
        if question in self.live:
            text = self.live[question](text)
        yield Piece(text="", after_s=self.faults.think_s)
        yield from self._pieces(question, text)

    def _pieces(self, question: str, text: str) -> Iterator[Piece]:
        assert self.capture.spoken
        faults, prompt = self.faults, self.capture.spoken.prompt
        half = text.find("\n", len(text) // 3) + 1
        if question == faults.look_alike:
            yield Piece(text=text[:half] + prompt)
            yield Piece(text="\n" + text[half:], after_s=faults.stall_s)
        elif question == faults.asks_password_in:
            yield Piece(text=text[:half] + self.capture.spoken.password, wants_line=True)
            yield Piece(text="", after_s=3600)
        elif question == faults.drips_in:
            yield from (Piece(text=letter, after_s=faults.drip_s) for letter in text)
        elif question == faults.stalls_in:
            yield Piece(text=text[:half])
            yield Piece(text=text[half:], after_s=faults.stall_s)
        elif question == faults.dies_in:
            yield Piece(text=text[:half], dies=True)
        elif question == faults.pages_in:
            while True:
                yield Piece(text=f"{text[:half]}--More--", wants_key=True)
        elif question == faults.endless:
            while True:
                yield Piece(text=text * 50)
        elif question == faults.one_long_line:
            while True:
                yield Piece(text="x" * 4000)
        else:
            yield Piece(text=text)
