"""The command line of a virtual ONT over any stream: log-in, prompt, echo, answers, log-out.

It echoes a line when it reads it, as an ONT's own line editor does, and not when the line arrives.
"""

import threading
from typing import Protocol

from drivers.capture import Spoken
from drivers.virtual.ont import Piece, VirtualOnt

LINE_BYTES = 4096


class Gone(Exception):
    """The client left, or the server is being closed."""


class Stream(Protocol):
    """What a shell is spoken through."""

    def read(self) -> bytes:
        """Some bytes; empty where the client left."""

    def write(self, data: bytes) -> None:
        """Send all of it."""


class Shell:
    """One client's conversation with a virtual ONT."""

    def __init__(self, ont: VirtualOnt, stream: Stream, closing: threading.Event) -> None:
        assert ont.capture.spoken
        self._ont, self._stream, self._closing = ont, stream, closing
        self._spoken: Spoken = ont.capture.spoken
        self._prompt = self._spoken.prompt
        self._pending = b""
        self._after_return = False

    def run(self, *, admitted: bool) -> None:
        """Serve until the client logs out or leaves; `admitted`: the transport has checked the log-in itself."""
        self._ont.open_sessions += 1
        try:
            if 0 < self._ont.faults.sessions < self._ont.open_sessions:
                self._say("Too many users\n")
                return
            while self._ont.faults.floods:
                self._say("no prompt comes here\n" * 1000)
            self._say(self._ont.faults.greeting)
            if self._spoken.log_in_at and not admitted:
                self._say(self._spoken.banner)
                admitted = True
            if not self._ont.faults.hang_up and (admitted or self._log_in()):
                self._serve()
        except (Gone, OSError, EOFError):
            pass
        finally:
            self._ont.open_sessions -= 1

    def _log_in(self, *, banner: bool = True) -> bool:
        self._say(self._spoken.banner if banner else "")
        self._say(self._spoken.login)
        username = self._line(echo=True)
        self._say(self._spoken.password)
        password = self._line(echo=False)
        self._say("\n")
        if self._ont.admit(username, password):
            return True
        self._say(self._spoken.login)
        self._line(echo=True)
        return False

    def _serve(self) -> None:
        while True:
            self._say(self._prompt)
            question = self._line(echo=True)
            if question == self._spoken.log_out and self._spoken.levels.get(question, self._prompt) == self._prompt:
                self._ont.log_outs += 1
                if self._ont.faults.keeps_open:
                    self._line(echo=True)
                return
            if question == self._spoken.log_in_at and question and not self._log_in(banner=False):
                return
            if question:
                self._play(question)
                self._prompt = self._spoken.levels.get(question, self._prompt)

    def _play(self, question: str) -> None:
        for piece in self._ont.answer(question):
            if piece.after_s and self._closing.wait(piece.after_s):
                raise Gone
            self._say(piece.text)
            self._after(piece)

    def _after(self, piece: Piece) -> None:
        if piece.dies or self._closing.is_set():
            raise Gone
        if piece.wants_key:
            self._byte()
        if piece.wants_line:
            self._ont.typed.append(self._line(echo=False))

    def _say(self, text: str) -> None:
        if text:
            self._stream.write(text.replace("\n", "\r\n").encode("utf-8", errors="surrogateescape"))

    def _line(self, *, echo: bool) -> str:
        line = b""
        while (byte := self._byte()) not in (b"\r", b"\n"):
            line += byte
            if len(line) > LINE_BYTES:
                raise Gone
        text = line.decode("utf-8", errors="replace")
        if echo:
            self._say(text + "\n")
        return text

    def _byte(self) -> bytes:
        while True:
            if not self._pending:
                self._pending = self._stream.read()
                if not self._pending:
                    raise Gone
            byte, self._pending = self._pending[:1], self._pending[1:]
            if byte in (b"\n", b"\0") and self._after_return:
                self._after_return = False
                continue
            self._after_return = byte == b"\r"
            return byte
