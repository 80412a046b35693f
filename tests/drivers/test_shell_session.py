"""What a session sends and when, against a scripted stream of bytes."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.secret import Secret
from drivers.logins import Login
from drivers.profile import Dialogue
from drivers.session import DriverError, Timeout, Unparseable
from drivers.shell_session import PAGES, ShellSession

DIALOGUE = Dialogue(
    login=re.compile("login:"),
    password=re.compile("Password:"),
    prompt=re.compile("# "),
    more=re.compile("--More--"),
    first=("enable",),
    last=("end", "exit"),
    newline="\r",
)
GREETING = (b"login:", b"root\r\nPassword:", b"\r\n# ")
LOGIN = Login(username="root", password=Secret("hunter2"))


class Script:
    """Says its pieces, then is silent, or ends where the last piece is empty; notes what is sent."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(pieces)
        self.sent: list[bytes] = []
        self.closed = False

    def receive(self, timeout_s: float) -> bytes | None:
        return self._pieces.pop(0) if self._pieces else None

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True


def session(script: Script, dialogue: Dialogue = DIALOGUE) -> ShellSession:
    """A session over this script, logged in."""
    made = ShellSession(script, "telnet", [dialogue], deadline_at=float("inf"))
    made.log_in(LOGIN)
    return made


def test_first_and_last_commands_frame_the_questions() -> None:
    talk = (b"enable\r\n# ", b"show\r\nvalue\r\n# ", b"end\r\n# ", b"exit\r\n", b"")
    script = Script((*GREETING, *talk))
    made = session(script)
    assert made.ask(["show"])["show"] == "value\n"
    assert made.close()["show"] == "value\n"
    assert script.sent == [b"root\r", b"hunter2\r", b"enable\r", b"show\r", b"end\r", b"exit\r"]
    assert script.closed


def test_a_pager_is_turned_and_leaves_no_trace() -> None:
    dialogue = replace(DIALOGUE, first=(), last=("exit",))
    talk = (b"show\r\none\r\n--More--", b"\x08 \x08\r\ntwo\r\n# ", b"exit\r\n", b"")
    script = Script((*GREETING, *talk))
    made = session(script, dialogue)
    made.ask(["show"])
    assert str(made.close()["show"]).split() == ["one", "two"]
    assert script.sent[3] == b" "


def test_pages_without_end_are_given_up() -> None:
    dialogue = replace(DIALOGUE, first=(), last=("exit",))
    script = Script((*GREETING, b"show\r\n", *[b"line\r\n--More--\r"] * (PAGES + 5)))
    made = session(script, dialogue)
    with pytest.raises(Unparseable, match=f"more than {PAGES} pages"):
        made.ask(["show"])
    assert made.close() == {}
    assert script.sent.count(b" ") == PAGES


def test_a_password_prompt_after_the_log_in_is_never_answered() -> None:
    dialogue = replace(DIALOGUE, first=(), last=("exit",))
    script = Script((*GREETING, b"show\r\nPassword:"))
    made = session(script, dialogue)
    with pytest.raises(Exception, match="asks for a password again"):
        made.ask(["show"])
    made.close()
    assert script.sent.count(b"hunter2\r") == 1


def test_the_log_out_is_sent_also_after_a_failure_and_only_once() -> None:
    dialogue = replace(DIALOGUE, first=(), last=("exit",))
    script = Script((*GREETING, b"show\r\nhalf an ans"))
    made = session(script, dialogue)
    with pytest.raises(Timeout):
        made.ask(["show", "never asked"])
    assert made.close() == made.close() == {}
    assert script.sent[-1] == b"exit\r"
    assert script.sent.count(b"exit\r") == 1
    assert script.closed


TALK = st.sampled_from(
    [*GREETING, b"enable\r\n# ", b"show\r\n# ", b"exit\r\n", b"--More--", b"\xff\xfa", b"\x1b]", b""]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TALK | st.binary(max_size=20), max_size=25))
def test_whatever_bytes_come_the_session_ends_in_answers_or_in_a_driver_error(pieces: list[bytes]) -> None:
    script = Script(pieces)
    made = ShellSession(script, "telnet", [DIALOGUE], deadline_at=float("inf"))
    try:
        made.log_in(LOGIN)
        made.ask(["show"])
    except DriverError as error:
        assert error.failure.kind == error.kind
    made.close()
    assert script.closed
    assert script.sent.count(b"hunter2\r") <= 1
