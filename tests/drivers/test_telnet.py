"""Telnet options are agreed to, refused or cut off, and never reach the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.session import Unparseable
from drivers.telnet import DO, DONT, ECHO, IAC, NAWS, OPTIONS, SB, SE, SGA, WILL, WINDOW, WONT, TelnetFilter


@pytest.mark.parametrize(
    ("sent", "text", "reply"),
    [
        (bytes((IAC, WILL, ECHO)), b"", bytes((IAC, DO, ECHO))),
        (bytes((IAC, WILL, SGA)), b"", bytes((IAC, DO, SGA))),
        (bytes((IAC, DO, NAWS)), b"", bytes((IAC, WILL, NAWS)) + WINDOW),
        (bytes((IAC, DO, ECHO)), b"", bytes((IAC, WONT, ECHO))),
        (bytes((IAC, DO, 24)), b"", bytes((IAC, WONT, 24))),
        (bytes((IAC, WILL, 38)), b"", bytes((IAC, DONT, 38))),
        (bytes((IAC, WILL, ECHO)) * 9, b"", bytes((IAC, DO, ECHO))),
        (bytes((IAC, WONT, ECHO)), b"", b""),
        (bytes((IAC, IAC)), b"\xff", b""),
        (b"a" + bytes((IAC, SB, 24, 1, IAC, SE)) + b"b", b"ab", b""),
        (bytes((IAC, SB, 24, 1)) + b"never ended", b"", b""),
        (bytes((IAC, 241)) + b"x", b"x", b""),
        (b"plain", b"plain", b""),
    ],
)
def test_each_option_is_answered_once(sent: bytes, text: bytes, reply: bytes) -> None:
    assert TelnetFilter().feed(sent) == (text, reply)


def test_a_peer_that_negotiates_without_end_is_cut_off() -> None:
    made = TelnetFilter()
    with pytest.raises(Unparseable, match=f"more than {OPTIONS}"):
        for number in range(OPTIONS + 1):
            made.feed(bytes((IAC, DO, number % 256)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.lists(st.sampled_from([IAC, WILL, SB, SE, ECHO, 65])).map(bytes), st.data())
def test_bytes_mean_the_same_however_they_are_cut(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw)))
    whole, cut = TelnetFilter(), TelnetFilter()
    first, second = cut.feed(raw[:at]), cut.feed(raw[at:])
    assert (first[0] + second[0], first[1] + second[1]) == whole.feed(raw)
