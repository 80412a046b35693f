"""A capture that is wrong is refused in one line; what was read otherwise than it says is told, line by line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.errors import BadInput
from diagnostics.quantities import ONT_QUANTITIES
from drivers.capture import CaptureError, differences, load_capture
from tests.diagnostics.fakes import failed, measured

GOOD = """
origin = "constructed"
source = "ours"
device = "a box"
records = "agent.snmprec"
[values]
ont_model = "X"
ont_rx_power_dbm = -18.2
"ont_lan_link[lan1]" = "up"
[failures]
ont_tx_power_dbm = "no_signal"
"""
RECORDS = "1.3.6.1.2.1.1.1.0|4|X\n1.3.6.1.2.1.1.3.0|67|12\n"


def complaint(folder: Path, text: str, records: str = RECORDS) -> str:
    """Why this capture is refused, empty where it is not."""
    home = folder / "family" / "captures" / "lit"
    home.mkdir(parents=True, exist_ok=True)
    (home / "capture.toml").write_text(text)
    (home / "agent.snmprec").write_text(records)
    try:
        load_capture("family", "lit", folder)
    except CaptureError as error:
        assert isinstance(error, BadInput)
        return str(error)
    return ""


def test_a_good_capture_is_loaded(tmp_path: Path) -> None:
    assert complaint(tmp_path, GOOD) == ""
    capture = load_capture("family", "lit", tmp_path)
    assert capture.records["1.3.6.1.2.1.1.3.0"] == ("67", "12")
    assert capture.values["ont_lan_link[lan1]"] == "up"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"constructed"', '"invented"', "origin must be one of recorded, published, constructed"),
        ('source = "ours"', "", "source is missing"),
        ('"agent.snmprec"', '"../secret"', "must be a file beside capture.toml"),
        ('"agent.snmprec"', '"none.txt"', "cannot be read"),
        ("ont_model", "ont_modle", "did you mean ont_model?"),
        ('"no_signal"', '"no_light"', "no_light is not a failure kind"),
        ("device", "devise", "device is missing"),
        ("[failures]", "[answers]\nversion = 'agent.snmprec'\n[failures]", "need a [dialogue]"),
    ],
)
def test_a_wrong_capture_is_refused_in_one_line(old: str, new: str, words: str, tmp_path: Path) -> None:
    said = complaint(tmp_path, GOOD.replace(old, new, 1))
    assert words in said
    assert "\n" not in said


@pytest.mark.parametrize("records", ["1.3.6|4", "x|4|y", "1.3.6|99|y", RECORDS + RECORDS, "1.3.6.1|4|a\n\n"])
def test_a_record_must_be_an_oid_a_tag_and_a_value(records: str, tmp_path: Path) -> None:
    assert "must be OID|tag|value" in complaint(tmp_path, GOOD, records)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.text(max_size=8))
def test_a_damaged_capture_is_loaded_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, at: int, noise: str
) -> None:
    assert "\n" not in complaint(tmp_path_factory.getbasetemp() / "captures", GOOD[:at] + noise + GOOD[at + 3 :])


def test_every_difference_is_told(tmp_path: Path) -> None:
    complaint(tmp_path, GOOD)
    capture = load_capture("family", "lit", tmp_path)
    told = {"ont_model", "ont_rx_power_dbm", "ont_lan_link", "ont_tx_power_dbm"}
    rest = [failed(name, "not_supported") for name in ONT_QUANTITIES if name not in told]
    right = [
        measured("ont_model", "X"),
        measured("ont_rx_power_dbm", -18.2),
        measured("ont_lan_link", "up", "lan1"),
        failed("ont_tx_power_dbm", "no_signal"),
    ]
    assert differences(capture, [*right, *rest]) == []
    assert differences(capture, [*right[1:], *rest]) == ["ont_model: expected X, got nothing"]
    assert differences(capture, [*right, right[0], *rest]) == ["ont_model: read X twice"]
    wrong = [measured("ont_rx_power_dbm", -9.0), *(m for m in right if m.quantity != "ont_rx_power_dbm"), *rest]
    assert differences(capture, wrong) == ["ont_rx_power_dbm: expected -18.2, got -9.0"]
    assert differences(capture, [*right, *rest[1:], measured("ont_vendor", "Y")]) == [
        "ont_vendor: expected failure not_supported, got Y"
    ]
