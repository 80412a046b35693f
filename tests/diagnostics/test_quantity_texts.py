"""Every quantity, state and reason has its words in both languages, and no word stands there for nothing."""

import pytest

from diagnostics.measurement import FAILURE_KINDS
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity_texts import failure_words, number_words, texts, title_of, value_words

STATES = {(quantity.name, state) for quantity in QUANTITIES.values() for state in quantity.states}
AS_THEY_ARE = {"gpon", "epon", "xgspon", "xgpon"}


def test_every_quantity_has_a_chinese_title_of_its_own() -> None:
    titles = texts()["titles_zh"]
    assert set(titles) == set(QUANTITIES)
    assert len(set(titles.values())) == len(titles)


def test_every_state_has_chinese_words_but_those_of_standards() -> None:
    bare = {state for _, state in STATES if not state.startswith("O")} - AS_THEY_ARE
    named = {name for name in texts()["states_zh"] if "." not in name}
    own = {tuple(name.split(".")) for name in texts()["states_zh"] if "." in name}
    assert named == bare
    assert own <= STATES


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_has_words(language: str) -> None:
    assert set(texts()[f"failures_{language}"]) == set(FAILURE_KINDS)


@pytest.mark.parametrize(
    ("quantity", "value", "english", "chinese"),
    [
        ("ont_rx_power_dbm", -18.2, "-18.2 dBm", "-18.2 dBm"),
        ("ont_identity", "same", "same", "同一光猫"),
        ("device_barcode_as_read", "same", "same", "一致"),
        ("pppoe_state", "no_offer", "no offer", "无应答"),
        ("ont_onu_state", "O5", "O5", "O5"),
        ("reach_loss_ratio", 0.0125, "1.25 %", "1.25 %"),
        ("throughput_down_mbps", 498.123, "498.123 Mbit/s", "498.123 Mbit/s"),
        ("arrival_offset_s", -300, "-5 min", "-5 min"),
        ("appointment_window_s", 7200, "2 h", "2 h"),
        ("ont_uptime_s", 93784, "26 h 3 min", "26 h 3 min"),
        ("nobody_in_wait_s", 431, "7 min 11 s", "7 min 11 s"),
        ("booking_delay_s", 59, "59 s", "59 s"),
        ("dhcp_message", "no_leases left", "no_leases left", "no_leases left"),
    ],
)
def test_a_value_is_told_in_words(quantity: str, value: float | str, english: str, chinese: str) -> None:
    assert value_words(quantity, value, "en") == english
    assert value_words(quantity, value, "zh") == chinese


def test_a_quantity_is_called_by_its_meaning_in_english() -> None:
    assert title_of("ont_rx_power_dbm", "en") == "Optical power that the ONT receives"
    assert title_of("ont_rx_power_dbm", "zh") == "光猫接收光功率"
    assert failure_words("no_signal", "zh") == "无光"
    assert number_words("latency_idle_p50_ms", 4) == "4 ms"
