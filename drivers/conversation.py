"""Tells the answers of a command-line conversation apart; pure, and fails closed.

A prompt proves nothing: it may stand inside an answer. What proves that an answer is over is the echo of the next
question directly behind a prompt; so answers are cut only afterwards, from the whole conversation, and a conversation
that is out of step yields no answer at all.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.measurement import Failure
from drivers.profile import Dialogue
from drivers.session import Answer, Unparseable

ANSWER_BYTES = 1 << 20
LINE_CHARACTERS = 4096
_TAIL = 700
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]{0,40}[ -/]?[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78cDEHM])")
_ESC = "\x1b"
_UNFINISHED = re.compile(r"(?:\r|\x1b(?:\][^\x07\x1b]{0,200}|[^\x07\]a-zA-Z][^\x07a-zA-Z]{0,40})?)\Z")
_LINE_END = re.compile(r"\r\x00|\r*\n\r*|\r")
_ERASED = re.compile(r"[^\n\x08]\x08 \x08")


class Cleaner:
    """Bytes of a terminal to plain text, piece by piece: line ends unified, escapes and NULs dropped, UTF-8 mended."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._column = 0

    def feed(self, raw: bytes) -> str:
        """The text that these bytes add. Raises Unparseable for a line that is longer than any ONT writes."""
        text = self._held + self._decoder.decode(raw)
        unfinished = _UNFINISHED.search(text, max(0, len(text) - _TAIL)) if text[-1:] == "\r" or _ESC in text else None
        cut = unfinished.start() if unfinished else len(text)
        text, self._held = text[:cut], text[cut:]
        plain = _LINE_END.sub("\n", _ESCAPE.sub("", text) if _ESC in text else text).replace("\x00", "")
        if "\x08" in plain:
            plain = _ERASED.sub("", plain).replace("\x08", "")
        self._measure(plain)
        return plain

    def _measure(self, plain: str) -> None:
        first, *others = plain.split("\n")
        longest = max(self._column + len(first), *map(len, others), 0)
        self._column = len(others[-1]) if others else self._column + len(first)
        if longest > LINE_CHARACTERS:
            raise Unparseable("answer", f"a line of more than {LINE_CHARACTERS} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, where the prompt that it was given to begins, and how much had been heard when it was sent."""

    question: str
    prompt_at: int
    heard: int


class Conversation:
    """What was heard after log-in, what was asked, and what of it is certain."""

    def __init__(self, dialogue: Dialogue, heard: str) -> None:
        self._text = heard
        self._asked: list[Asked] = []
        self._echo_end: int | None = 0
        self.adopt(dialogue)

    def adopt(self, dialogue: Dialogue) -> None:
        """Take it that this dialogue is spoken, from the beginning on."""
        self.dialogue = dialogue
        self._prompt = re.compile(rf"(?:{dialogue.prompt.pattern})[ \t]*")
        self._any_prompt = re.compile(rf"(?m)^(?:{dialogue.prompt.pattern})[ \t]*$")

    def renew(self) -> None:
        """Begin anew at the prompt that stands at the end, so that a long conversation stays small."""
        prompt_at = self.prompted_at()
        if prompt_at is not None:
            self._text, self._asked, self._echo_end = self._text[prompt_at:], [], 0

    @property
    def tail(self) -> str:
        """What was heard since the last question, its last part only."""
        start = self._asked[-1].heard if self._asked else 0
        return self._text[max(start, len(self._text) - _TAIL) :]

    @property
    def echoed(self) -> bool:
        """Whether the last question's echo has come."""
        return self._echo_end is not None

    def hear(self, plain: str) -> None:
        """Add text. Raises Unparseable where one answer grows beyond its bound."""
        self._text += plain
        if self._asked and len(self._text) - self._asked[-1].heard > ANSWER_BYTES:
            raise Unparseable(self._asked[-1].question, f"an answer of more than {ANSWER_BYTES} bytes")
        if self._asked and self._echo_end is None:
            self._seek_echo(len(plain))

    def prompted_at(self) -> int | None:
        """Where the prompt begins that stands at the end, behind the last question's echo; it proves nothing yet."""
        if self._echo_end is None:
            return None
        line = self._text.rfind("\n") + 1
        is_prompt = line >= self._echo_end and self._prompt.fullmatch(self._text, line)
        return line if is_prompt else None

    def latest(self) -> str:
        """The last answer as it looks now; good for choosing what to ask next, nothing else."""
        end = self.prompted_at()
        return "" if end is None else self._text[self._echo_end : end]

    def say(self, question: str) -> None:
        """Note that a question is sent now, to the prompt that stands at the end."""
        prompt_at = self.prompted_at()
        self._asked.append(
            Asked(
                question=question, prompt_at=len(self._text) if prompt_at is None else prompt_at, heard=len(self._text)
            )
        )
        self._echo_end = None

    def _seek_echo(self, added: int) -> None:
        last = self._asked[-1]
        start = max(last.prompt_at, len(self._text) - added - _TAIL)
        start = self._text.rfind("\n", last.prompt_at, start) + 1 or last.prompt_at
        found = next(self._echoes(last.question, start, len(self._text)), None)
        self._echo_end = found[1] if found else None

    def _echoes(self, question: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where the question stands alone behind a prompt: from the prompt's begin to the end of the line."""
        at = self._text.find(question, start, end)
        while at >= 0:
            line = self._text.rfind("\n", start, at) + 1 or start
            stop = self._text.find("\n", at, end)
            rest = self._text[at + len(question) : end if stop < 0 else stop]
            if self._prompt.fullmatch(self._text, line, at) and not rest.strip(" \t"):
                yield line, end if stop < 0 else stop + 1
            at = self._text.find(question, at + 1, end)

    def answers(self, *, ended: bool) -> dict[str, Answer]:
        """The answers that are certain, once the log-out was said; `ended`: the ONT then closed the connection.

        An answer is certain when the next question's echo stands behind it, and when the conversation was in step: it
        ended without another prompt, or every answer carries its own end mark.
        """
        cuts = self._cuts()
        spans = zip(self._asked, cuts, cuts[1:], strict=False)
        made = {asked.question: self._text[left[1] : right[0]] for asked, left, right in spans}
        out_of_step = ""
        if len(cuts) == len(self._asked) and cuts:
            out_of_step = "a prompt behind the log-out" if self._any_prompt.search(self._text, cuts[-1][1]) else ""
        if self.dialogue.terminator is None and not (ended and len(cuts) == len(self._asked)):
            out_of_step = "the log-out was not carried out"
        if out_of_step:
            failure = Failure(kind="unparseable", stage="log-out", detail=f"answers out of step: {out_of_step}")
            return dict.fromkeys(made, failure)
        return {question: finished(self.dialogue, question, text) for question, text in made.items()}

    def _cuts(self) -> list[tuple[int, int]]:
        """Where each echo stands, up to the first that is missing or could be another one."""
        cuts: list[tuple[int, int]] = []
        limits = [*(asked.heard for asked in self._asked[1:]), len(self._text)]
        for asked, limit in zip(self._asked, limits, strict=True):
            found = next(self._echoes(asked.question, asked.prompt_at, limit), None)
            if found is None:
                break
            cuts.append(found)
        ends = [*(start for start, _ in cuts[1:]), len(self._text)]
        for n, (asked, (start, _), end) in enumerate(zip(self._asked, cuts, ends, strict=False)):
            if len(list(self._echoes(asked.question, start, end))) != 1:
                return cuts[:n]
        return cuts


def finished(dialogue: Dialogue, question: str, text: str) -> Answer:
    """An answer that is certain, or why it is none: an error message, an end mark that is missing or comes twice."""
    if dialogue.more:
        text = dialogue.more.sub("", text)
    for pattern in dialogue.error:
        if match := pattern.search(text):
            line = text[match.start() :].splitlines()[0]
            return Failure(kind="no_such_object", stage=question, detail=line)
    marks = list(dialogue.terminator.finditer(text)) if dialogue.terminator else []
    if dialogue.terminator and (len(marks) != 1 or text[marks[0].end() :].strip()):
        return Failure(kind="unparseable", stage=question, detail=f"{len(marks)} end marks, one expected at the end")
    return text
