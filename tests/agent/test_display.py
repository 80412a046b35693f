"""What people see: a table on a terminal, plain lines elsewhere, no colour where NO_COLOR stands, nothing hostile."""

import io

import pytest

from agent.baseline import changes
from agent.display import Display, figures, language_of
from diagnostics.causes import name_causes
from diagnostics.criteria import load
from diagnostics.verdict import judge
from tests.diagnostics.fakes import ORDERED, failed, measured
from tests.diagnostics.test_verdict import GOOD

LIMITS = load("cn_telecom_ftth").for_line(ORDERED)
RATES = (
    measured("throughput_down_contract_ratio", 0.9372),
    measured("throughput_down_kbyte_s_per_mbit", 117.15),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, *changed: object) -> str:
    measurements = [*GOOD, *RATES]
    verdict = judge(measurements, LIMITS)
    Display(stream).show(verdict, name_causes(verdict, measurements), measurements)
    return stream.getvalue()


def test_a_terminal_gets_a_coloured_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    told = shown(Terminal())
    assert "\x1b[1;32mPASS" in told and "demanded" in told


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    told = shown(Terminal())
    assert "PASS" in told and "\x1b[1;32m" not in told and "\x1b[3" not in told


def test_a_file_gets_plain_lines() -> None:
    told = shown(io.StringIO())
    assert "\x1b" not in told
    assert "verdict: ACCEPTED" in told and told.count("\n") > len(LIMITS)


def test_the_rate_is_told_in_all_three_units() -> None:
    assert figures([*GOOD, *RATES]) == [
        "download: 937.2 Mbit/s of TCP payload = 93.7% of the order = 117.2 kB/s per Mbit/s (kB = 1000 B)"
    ]


def test_the_layer_and_the_confidence_are_told_with_the_rate() -> None:
    more = (measured("throughput_down_layer", "ip"), measured("throughput_down_confidence", "medium"))
    (line,) = figures([*GOOD, *RATES, *more])
    assert line.startswith("download: 937.2 Mbit/s of IP packets = ") and line.endswith(", confidence medium")


def test_what_load_makes_of_the_round_trip_is_told_where_it_is_known() -> None:
    idle, down = measured("latency_idle_p50_ms", 1.26), measured("latency_down_loaded_p50_ms", 18.04)
    assert figures([idle, down]) == ["round trip: 1.3 ms without load, 18.0 ms under download (medians)"]
    assert figures([idle]) == figures([down]) == figures([failed("latency_idle_p50_ms", "timeout"), down]) == []


def test_causes_come_with_evidence_and_action() -> None:
    measurements = [failed("ont_rx_power_dbm", "no_signal"), *GOOD[1:]]
    verdict = judge(measurements, LIMITS)
    stream = io.StringIO()
    Display(stream).show(verdict, name_causes(verdict, measurements), measurements)
    told = stream.getvalue()
    assert told.index("cause 1: No light") < told.index("because") < told.index("do next:")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_what_a_peer_says_cannot_format_the_screen(stream: io.StringIO) -> None:
    measurements = [measured("ont_pon_serial", "[bold red]\x1b[2J]HWTC"), *GOOD[:1], *GOOD[2:]]
    verdict = judge(measurements, LIMITS)
    Display(stream).show(verdict, name_causes(verdict, measurements), measurements)
    assert "\x1b[2J" not in stream.getvalue()
    assert "[bold red]" in stream.getvalue()


def test_causes_are_told_in_chinese_where_the_environment_asks_for_it() -> None:
    measurements = [failed("ont_rx_power_dbm", "no_signal"), *GOOD[1:]]
    verdict = judge(measurements, LIMITS)
    stream = io.StringIO()
    Display(stream, "zh").show(verdict, name_causes(verdict, measurements), measurements)
    assert "原因 1: 光猫收不到光 [dark_fibre]" in stream.getvalue()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_what_changed_since_the_baseline_is_told_first() -> None:
    now = [measured("ont_rx_power_dbm", -25.5), *GOOD[1:]]
    verdict = judge(now, LIMITS)
    stream = io.StringIO()
    Display(stream).show(verdict, (), now, changes([measured("ont_rx_power_dbm", -18.2)], now))
    assert stream.getvalue().startswith("changed: Optical power that the ONT receives was -18.2 dBm and is -25.5 dBm")
