"""No answer is ever cut at a prompt look-alike: it is whole, or it is no answer."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.measurement import Failure
from drivers.conversation import Cleaner, Conversation
from drivers.profile import Dialogue
from drivers.session import DriverError, Unparseable

PLAIN = Dialogue(
    login=re.compile("login:"), password=re.compile("Password:"), prompt=re.compile("(?:SU_)?WAP>"), last=("logout",)
)
MARKED = Dialogue(
    login=PLAIN.login,
    password=PLAIN.password,
    prompt=PLAIN.prompt,
    last=PLAIN.last,
    terminator=re.compile(r"(?m)^success!$"),
    error=(re.compile("(?m)^ERROR::.*$"),),
)
QUESTIONS = ("display optic", "display sn", "display version")
LOOK_ALIKE = st.sampled_from(["WAP>", "\nWAP>", "SU_WAP> ", "WAP>display sn\n", "success!\nWAP>", "\n"])
WORDS = st.text("ab W>:-1\n", max_size=30)
ANSWER = st.lists(st.one_of(WORDS, LOOK_ALIKE), max_size=6).map("".join)


class Device:
    """An ONT that says its answer in pieces, with a stall behind each, and reads what was sent in between.

    `kernel_echo`: the terminal echoes what arrives at once, as a shell behind a pseudo terminal does; else the ONT's
    line editor echoes a line when it reads it.
    """

    def __init__(self, answers: Sequence[str], *, kernel_echo: bool, stalls: Sequence[int]) -> None:
        self._answers = dict(zip(QUESTIONS, answers, strict=True))
        self._kernel_echo = kernel_echo
        self._stalls = list(stalls)
        self._queue: list[str] = []
        self._out: list[str] = ["WAP>"]
        self.closed = False

    def send(self, line: str) -> None:
        if self._kernel_echo:
            self._out.insert(0, f"{line}\n")
        self._queue.append(line)

    def hear(self) -> str:
        """The next piece; empty when it is silent for now."""
        if not self._out and self._queue:
            self._read(self._queue.pop(0))
        return self._out.pop(0) if self._out else ""

    def _read(self, line: str) -> None:
        echo = "" if self._kernel_echo else f"{line}\n"
        if line == "logout":
            self._out, self.closed = [echo] if echo else [], True
            return
        text = self._answers[line] + "success!\n"
        cuts = sorted(min(s, len(text)) for s in self._stalls)
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        self._out += [p for p in (echo, *pieces, "WAP>") if p]


def converse(dialogue: Dialogue, device: Device) -> dict[str, object]:
    """What a session does, against a device that never needs to be waited for."""
    heard = device.hear()
    talk = Conversation(dialogue, heard)
    cleaner = Cleaner()
    try:
        for question in (*QUESTIONS, "logout"):
            if talk.prompted_at() is None:
                break
            talk.say(question)
            device.send(question)
            while talk.prompted_at() is None or question == "logout":
                piece = device.hear()
                if not piece:
                    break
                talk.hear(cleaner.feed(piece.replace("\n", "\r\n").encode()))
    except DriverError:
        pass
    return dict(talk.answers(ended=device.closed))


@settings(max_examples=400, deadline=None)
@given(st.tuples(ANSWER, ANSWER, ANSWER), st.lists(st.integers(0, 60), max_size=5), st.booleans(), st.booleans())
def test_an_answer_is_whole_or_it_is_none(
    answers: tuple[str, str, str], stalls: list[int], kernel_echo: bool, marked: bool
) -> None:
    device = Device(answers, kernel_echo=kernel_echo, stalls=stalls)
    for question, got in converse(MARKED if marked else PLAIN, device).items():
        whole = dict(zip(QUESTIONS, answers, strict=True))[question] + "success!\n"
        assert isinstance(got, Failure) or got == whole


@settings(max_examples=200, deadline=None)
@given(st.tuples(WORDS, WORDS, WORDS), st.integers(0, 60))
def test_a_look_alike_with_a_stall_behind_costs_nothing_where_the_ont_echoes_itself(
    answers: tuple[str, str, str], at: int
) -> None:
    torn = tuple(a[:at].rstrip("\n") + "\nWAP>" + a[at:] for a in answers)
    stalls = [t.index("\nWAP>") + 5 for t in torn]
    got = converse(PLAIN, Device(torn, kernel_echo=False, stalls=stalls))
    assert got == {q: a + "success!\n" for q, a in zip(QUESTIONS, torn, strict=True)}


@pytest.mark.parametrize(
    ("stream", "ended", "outcome"),
    [
        ("display sn\nsn = 1\nsuccess!\nWAP>", True, "certain"),
        ("display sn\nsn = 1\nWAP>", True, "0 end marks"),
        ("display sn\nsn = 1\nsuccess!\nsn = 2\nsuccess!\nWAP>", True, "2 end marks"),
        ("display sn\nsn = 1\nsuccess!\nmore\nWAP>", True, "1 end marks"),
        ("display sn\nERROR::Command is not existed\nWAP>", True, "ERROR::Command is not existed"),
        ("display sn\nsn = 1\nsuccess!\nWAP>", False, "certain"),
    ],
)
def test_an_answer_must_carry_its_end_mark_once_at_its_end(stream: str, ended: bool, outcome: str) -> None:
    talk = Conversation(MARKED, "WAP>")
    talk.say("display sn")
    talk.hear(stream)
    talk.say("logout")
    talk.hear("logout\n")
    got = talk.answers(ended=ended)["display sn"]
    assert got == "sn = 1\nsuccess!\n" if outcome == "certain" else outcome in str(got)


@pytest.mark.parametrize(
    ("rest", "ended", "fine"),
    [("logout\n", True, True), ("logout\n", False, False), ("logout\nsn = 2\nWAP>", True, False), ("", True, False)],
)
def test_without_end_marks_only_a_clean_log_out_proves_the_answers(rest: str, ended: bool, fine: bool) -> None:
    talk = Conversation(PLAIN, "WAP>")
    talk.say("display sn")
    talk.hear("display sn\nsn = 1\nWAP>")
    talk.say("logout")
    talk.hear(rest)
    got = talk.answers(ended=ended)
    assert (got.get("display sn") == "sn = 1\n") is fine


def test_the_same_text_comes_out_however_the_bytes_are_cut() -> None:
    raw = "a\r\nb\n\rc\r\0d\x1b[1;31me\x1b[0m é\x00 f\r\r\ng\x1b]0;title\x07h".encode()
    whole = Cleaner().feed(raw)
    assert whole == "a\nb\nc\nde é f\ngh"
    one_by_one = Cleaner()
    assert "".join(one_by_one.feed(raw[n : n + 1]) for n in range(len(raw))).replace("\n\n", "\n") == whole


@pytest.mark.parametrize("raw", [b"x" * 5000, b"x\n" + b"y" * 4097, b"\xff" * 5000])
def test_a_line_longer_than_any_ont_writes_is_refused_at_once(raw: bytes) -> None:
    cleaner = Cleaner()
    with pytest.raises(Unparseable, match="a line of more than 4096"):
        for n in range(0, len(raw), 100):
            cleaner.feed(raw[n : n + 100])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_become_text_without_controls(pieces: list[bytes]) -> None:
    cleaner = Cleaner()
    text = "".join(cleaner.feed(piece) for piece in pieces)
    assert not {"\r", "\x00", "\x08"} & set(text)
