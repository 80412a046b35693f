"""Holds a conversation with an ONT's command line over any two-way stream of bytes.

It reads as soon as there is something to read and sends the next question at the prompt; what is an answer is decided
afterwards (see `conversation`). It logs in once, never answers a password prompt after that, keeps every deadline in
total and not per read, and logs out whatever happened.
"""

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from drivers.conversation import ANSWER_BYTES, Cleaner, Conversation
from drivers.log_in import STAGE, Step, next_step, spoken_to
from drivers.logins import Login
from drivers.profile import Dialogue
from drivers.session import (
    Answer,
    AuthRejected,
    DriverError,
    LevelRefused,
    NotSupported,
    Refused,
    Timeout,
    UnknownFirmware,
    Unparseable,
    Unreachable,
)

COMMAND_S = 20.0
LOG_OUT_S = 5.0  # for the connection to be closed, where only that proves that the answers were in step
FAREWELL_S = 0.5
BROKEN_FAREWELL_S = 2.0  # for the log-out to arrive behind an answer that was given up; beyond the deadline, too
SETTLE_S = 2.5  # silence that tells a prompt that nobody knows from a slow one
PAGES = 200


class Pipe(Protocol):
    """Bytes in both directions; what a socket and an SSH channel have in common."""

    def receive(self, timeout_s: float) -> bytes | None:
        """What came, empty at the end of the stream, None when the time is over."""

    def send(self, data: bytes) -> None:
        """Send all of it."""

    def close(self) -> None:
        """End the connection."""


class ShellSession:
    """A conversation with the command line of an ONT; `dialogues` are those that it may turn out to speak."""

    def __init__(self, pipe: Pipe, name: str, dialogues: Sequence[Dialogue], *, deadline_at: float) -> None:
        self.name = name
        self.banner = ""
        self.spoken: tuple[Dialogue, ...] = ()
        self._pipe, self._dialogues, self._deadline_at = pipe, tuple(dialogues), deadline_at
        self._cleaner = Cleaner()
        self._talk: Conversation | None = None
        self._broken = self._ended = False
        self._said: set[str] = set()
        self._final: Mapping[str, Answer] | None = None
        self._login: Login | None = None
        self._rank = -1
        self._newline = self._dialogues[0].newline if len(self._dialogues) == 1 else "\r\n"

    def adopt(self, dialogue: Dialogue) -> None:
        """Take it from now on that the ONT speaks this dialogue."""
        assert self._talk
        self._talk.adopt(dialogue)

    def log_in(self, login: Login) -> None:
        """Give user name and password once and wait for the prompt. Raises DriverError."""
        given: Step = "password" if self.name == "ssh" else "wait"
        seen, heard, until = "", 0, self._until(COMMAND_S)
        while True:
            step = next_step(seen, self._dialogues, given)
            if step == "done":
                break
            if step != "wait":
                self._give(STAGE, login, step, self._newline)
                given, seen = step, ""
            plain = self._hear(STAGE, until, settle=given == "password" and bool(seen.strip()))
            if plain is None and self.banner.strip():
                raise UnknownFirmware(STAGE, f"a prompt that no profile knows: {(self.banner)[-200:]}")
            if plain is None:
                raise Timeout(STAGE, "the ONT says nothing")
            if self._ended:
                given_up = given == "password" and self.name == "telnet"
                raise (AuthRejected if given_up else Refused)(STAGE, self.banner)
            heard += len(plain)
            if heard > ANSWER_BYTES:
                raise Unparseable(STAGE, f"more than {ANSWER_BYTES} bytes and no prompt")
            seen, self.banner = (seen + plain)[-4096:], (self.banner + plain)[-4096:]
        self.spoken = spoken_to(self._dialogues, seen)
        self._login = login if given == "wait" else None  # to be asked for by a command of `first`, then
        self._talk = Conversation(self.spoken[0], seen)

    def ask(self, questions: Sequence[str]) -> Mapping[str, Answer]:
        """Ask each question at the prompt and wait for the next; the answers are provisional. Raises DriverError.

        What the dialogue wants to hear first is said before them, once.
        """
        assert self._talk
        made: dict[str, Answer] = {}
        before = [word for word in self._talk.dialogue.first if word not in (*self._said, *questions)]
        for question in (*before, *questions):
            self._said.add(question)
            try:
                self._question(self._talk, question)
            except DriverError:
                self._broken = True
                raise
            made[question] = self._talk.latest()
        return made

    def renew(self) -> None:
        """Forget what was asked and answered; what was said first holds on."""
        assert self._talk
        self._talk.renew()

    def _question(self, talk: Conversation, question: str) -> None:
        until, pages, given = self._until(COMMAND_S), 0, 0
        self._keep_order(talk, question)
        self._say(talk, question)
        while talk.prompted_at() is None:
            given = self._log_in_within(talk, question, given)
            again = self._password_again(talk)
            plain = self._hear(question, until, settle=again)
            if plain is None and again:
                spared = self._login is None and not given and talk.dialogue.first == (question,)
                kind = LevelRefused if spared else AuthRejected  # only of a single level is it clear how it is left out
                raise kind(question, f"asks for a password again: {talk.tail[-80:]}")
            if plain is None:
                raise Timeout(question, "not answered in time")
            if self._ended:
                raise Unparseable(question, "the ONT closed the connection in mid answer")
            talk.hear(plain)
            if talk.dialogue.more and talk.dialogue.more.search(talk.tail[-80:].rsplit("\n", 1)[-1]):
                pages += 1
                if pages > PAGES:
                    raise Unparseable(question, f"more than {PAGES} pages")
                self._send(question, " ")

    def _keep_order(self, talk: Conversation, question: str) -> None:
        rank = talk.dialogue.rank(question)
        if -1 < rank < self._rank:
            raise NotSupported(question, "must not be asked after what was asked before it")
        self._rank = max(self._rank, rank)

    def _give(self, stage: str, login: Login, step: Step, newline: str) -> None:
        word = login.username if step == "username" else login.password.reveal()
        self._send(stage, word + newline)

    def _log_in_within(self, talk: Conversation, question: str, given: int) -> int:
        """Where a command of `first` asks for user name and password, give each once; how many were given so far."""
        steps: tuple[Step, Step] = ("username", "password")
        if self._login is None or question not in talk.dialogue.first or given == len(steps):
            return given
        wanted = (talk.dialogue.login, talk.dialogue.password)[given]
        line = talk.tail.rsplit("\n", 1)[-1].rstrip()
        if not any(match.end() == len(line) for match in wanted.finditer(line)):
            return given
        self._give(question, self._login, steps[given], talk.dialogue.newline)
        if given + 1 == len(steps):
            self._login = None
        return given + 1

    @staticmethod
    def _password_again(talk: Conversation) -> bool:
        line = talk.tail.rsplit("\n", 1)[-1]
        return bool(talk.dialogue.password.search(line) or talk.dialogue.login.search(line))

    def close(self) -> Mapping[str, Answer]:
        """Log out, close, and return the answers that are certain now; never raises."""
        if self._final is None:
            with contextlib.suppress(DriverError):
                self._log_out()
            self._pipe.close()
            self._final = self._talk.answers(ended=self._ended and not self._broken) if self._talk else {}
        return self._final

    def _log_out(self) -> None:
        talk = self._talk
        if talk is None or self._ended or (self._broken and self._password_again(talk)):
            return  # a word that is said to a password prompt is one more log-in
        try:
            for word in talk.dialogue.last[:-1] if not self._broken else ():
                self._question(talk, word)
        except DriverError:
            self._broken = True  # then the last one alone must do
        self._say(talk, talk.dialogue.last[-1])
        if self._broken:
            self._drain(time.monotonic() + BROKEN_FAREWELL_S)
            return
        until, heard_out = self._until(COMMAND_S), False
        while not self._ended:
            if not heard_out and talk.echoed:
                heard_out, until = True, self._until(FAREWELL_S if talk.dialogue.terminator else LOG_OUT_S)
            plain = self._hear("log-out", until)
            if plain is None:
                return
            talk.hear(plain)

    def _drain(self, until: float) -> None:
        """Read and forget what still comes, since closing before that would take the log-out back with a reset."""
        with contextlib.suppress(OSError):
            while (left := until - time.monotonic()) > 0 and self._pipe.receive(left):
                pass

    def _until(self, budget_s: float) -> float:
        return min(time.monotonic() + budget_s, self._deadline_at)

    def _say(self, talk: Conversation, question: str) -> None:
        talk.say(question)
        self._send(question, question + talk.dialogue.newline)

    def _send(self, stage: str, text: str) -> None:
        try:
            self._pipe.send(text.encode())
        except OSError as error:
            raise trouble(stage, error) from error

    def _hear(self, stage: str, until: float, *, settle: bool = False) -> str | None:
        """The text that comes next, None where the time is over; with `settle` a short silence is enough for that."""
        left = until - time.monotonic()
        try:
            raw = self._pipe.receive(min(left, SETTLE_S) if settle else left) if left > 0 else None
        except ConnectionError:
            raw = b""
        except OSError as error:
            raise trouble(stage, error) from error
        if raw is None:
            return None
        self._ended = raw == b""
        return self._cleaner.feed(raw)


def trouble(stage: str, error: BaseException) -> DriverError:
    """The driver error that an operating system error stands for."""
    words = getattr(error, "strerror", None) or str(error)
    if isinstance(error, TimeoutError):
        return Timeout(stage, words)
    if isinstance(error, socket.gaierror):
        return Unreachable(stage, words)
    if isinstance(error, ConnectionError):
        return Refused(stage, words)
    return Unreachable(stage, words)
