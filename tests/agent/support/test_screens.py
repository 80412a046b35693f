"""What the engineer sees: tables, a moving picture on a terminal, lines elsewhere, a document a line for programs."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.support.answers import answer_lines, answer_table
from agent.support.screens import JsonLines, PlainLines, Terminal
from agent.support.told import Told

RX = {
    "quantity": "ont_rx_power_dbm",
    "index": "",
    "value": -18.2,
    "failure": None,
    "taken_at": "2026-11-23T09:30:00+00:00",
    "source": "telnet: display optic",
}
DARK = RX | {"value": None, "failure": {"kind": "no_signal", "stage": "ont", "detail": "--"}}
RECORDS = [{"seq": 1, "tx": "B", "order": "WO-1", "waiting": False}, {"seq": 2, "tx": "E", "outcome": "accepted"}]


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def event(**about: Any) -> Told:
    return Told(kind="event", about=about)


def second(passed_s: float, dbm: float) -> Told:
    return event(event="watch", passed_s=passed_s, values={"ont_rx_power_dbm": dbm}, failures={})


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, Tty]:
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}.items():
        monkeypatch.setenv(name, value)
    stream = Tty()
    return Terminal("en", -27.0, stream), stream


def test_a_watch_on_a_terminal_is_a_picture_that_is_drawn_anew_each_second(terminal: tuple[Terminal, Tty]) -> None:
    shown, stream = terminal
    for place in range(12):
        shown.show(second(float(place), -20.0 if place < 6 else -18.0))
    shown.show(Told(kind="note", code="broker_lost", about={"why": "it is \x1b[31mred"}))
    shown.show(second(12.0, -18.0))
    shown.close()
    told = stream.getvalue()
    assert "RX light received: -18.00 dBm   ▲ better" in told and "floor -27.00 dBm (9.0 dB above)" in told
    assert "\x1b[1A" in told, "it is drawn over the one before"
    assert "the connection was lost (it is [31mred)" in told
    assert any("\u2800" < cell <= "\u28ff" for cell in told)


def test_measurements_and_rows_on_a_terminal_come_with_units_and_words(terminal: tuple[Terminal, Tty]) -> None:
    shown, stream = terminal
    shown.show(event(event="measurement", **RX))
    shown.show(event(event="measurement", **DARK))
    shown.show(event(event="records", records=RECORDS))
    told = stream.getvalue()
    assert "Optical power that the ONT receives" in told and "-18.2 dBm" in told
    assert "no light" in told and "outcome" in told and "accepted" in told


def test_elsewhere_each_second_is_one_line_and_notes_go_aside() -> None:
    out, notes = io.StringIO(), io.StringIO()
    shown = PlainLines(out, notes, "en")
    shown.show(Told(kind="note", code="taken"))
    for place in range(3):
        shown.show(second(float(place), -18.0))
    shown.show(event(event="echo", number=1, ms=None))
    assert out.getvalue().splitlines() == [
        "   0.0 s  RX -18.00 dBm",
        "   1.0 s  RX -18.00 dBm",
        "   2.0 s  RX -18.00 dBm",
        "1: - ms",
    ]
    assert notes.getvalue() == "the station has taken it\n"


def test_what_an_ont_never_tells_is_said_once() -> None:
    out = io.StringIO()
    shown = PlainLines(out, out, "en")
    never = {"ont_hec_errors": {"kind": "not_supported"}}
    for place in range(2):
        values = {"ont_rx_power_dbm": -18.0}
        shown.show(event(event="watch", passed_s=float(place), values=values, failures=never if place == 0 else {}))
    assert out.getvalue().splitlines() == [
        "not told by this device: hec_errors",
        "   0.0 s  RX -18.00 dBm",
        "   1.0 s  RX -18.00 dBm",
    ]


def test_programs_get_each_thing_as_one_line_of_ascii() -> None:
    out = io.StringIO()
    JsonLines(out).show(event(event="log", words="\u202e\x1b[2J"))
    (line,) = out.getvalue().splitlines()
    assert line.isascii() and "\x1b" not in line and json.loads(line)["words"] == "\u202e\x1b[2J"


def test_what_looks_like_a_watch_or_a_measurement_and_is_none_is_shown_as_rows() -> None:
    out = io.StringIO()
    shown = PlainLines(out, out, "en")
    shown.show(event(event="watch", passed_s="soon"))
    shown.show(event(event="measurement", **{**RX, "quantity": "ont_moon_phase"}))
    assert "passed_s: soon" in out.getvalue() and "quantity ont_moon_phase" in out.getvalue()


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        ({"event": "log", "at": "09:30", "words": "serving"}, ["09:30  serving"]),
        ({"event": "step", "check": "dns", "state": "done"}, ["dns: done"]),
        ({"event": "step", "check": "dns"}, ["check: dns"]),
        (
            {"event": "progress", "passed_s": 3.0, "direction": "down", "second": 2, "of_s": 10, "mbps": 93.1},
            ["down 2/10 s: 93.1 Mbit/s"],
        ),
        ({"event": "hop", "hop": 1, "end": "expired", "address": None}, ["hop: hop 1, end expired, address -"]),
        (
            {"event": "status", "status": {"station": "s1", "broker": {"connected": True}}},
            ["station: s1", "broker.connected: yes"],
        ),
        ({"event": "status", "status": {"a": {"b": [{"who": "lin", "ago_s": 1}]}}}, ["a.b: who lin, ago_s 1"]),
        ({"event": "untold", "quantities": ["ont_mac"]}, ["not told by this device: ont_mac"]),
        ({"event": "untold", "quantities": []}, []),
        ({"event": "records", "records": RECORDS[:1]}, ["seq=1  tx=B  order=WO-1  waiting=no"]),
    ],
)
def test_what_verbs_tell_is_short(made: dict[str, Any], lines: list[str]) -> None:
    assert answer_lines(made, "en") == lines


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(["event", "measurements", "quantity", "records", "x\x1b[2J"]), _JSON))
def test_whatever_an_answer_is_it_is_shown_plainly(made: dict[str, Any]) -> None:
    from rich.console import Console

    assert all(line.isprintable() for line in answer_lines(made, "zh"))
    stream = io.StringIO()
    Console(file=stream, width=80).print(answer_table(made, "en"))
    assert "\x1b" not in stream.getvalue()
