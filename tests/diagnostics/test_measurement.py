"""A measurement is a value or a failure, in the dictionary's words; anything else is no measurement."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.measurement import FAILURE_KINDS, Failure, Measurement, from_json, sanitised, to_json
from diagnostics.quantities import QUANTITIES
from diagnostics.serials import canonical_serial
from diagnostics.wire.echo import answered
from tests.diagnostics.fakes import NOW, failed, measured


def test_numbers_are_rounded_to_their_resolution() -> None:
    assert measured("ont_rx_power_dbm", -27.212461).value == -27.21
    assert measured("station_mtu_bytes", 1500.4).value == 1500


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("ont_rx_power_dbm", math.nan),
        ("ont_rx_power_dbm", math.inf),
        ("ont_rx_power_dbm", "-18"),
        ("ont_rx_power_dbm", True),
        ("ont_onu_state", "O10"),
        ("ont_model", 5),
        ("ont_rx_powr_dbm", 1.0),
    ],
)
def test_what_does_not_fit_the_dictionary_is_refused(quantity: str, value: Any) -> None:
    with pytest.raises(ValueError, match="is not a"):
        measured(quantity, value)


def test_exactly_one_of_value_and_failure() -> None:
    failure = Failure(kind="timeout", stage="x")
    for value, trouble in ((None, None), (1.0, failure)):
        with pytest.raises(ValueError, match="exactly one"):
            Measurement(quantity="ont_bias_ma", value=value, failure=trouble, taken_at=NOW, source="x")


@pytest.mark.parametrize(
    ("words", "clean"),
    [
        ("a\x1b[31mb", "a [31mb"),
        ("left\u202eright\u200b", "leftright"),
        ("line\r\nbreak\u2028x", "line break x"),
        ("x" * 400, "x" * 299 + "…"),
        ("光功率", "光功率"),
    ],
)
def test_a_peers_words_are_made_harmless(words: str, clean: str) -> None:
    assert sanitised(words) == clean


@given(st.text())
def test_no_control_character_survives(words: str) -> None:
    assert sanitised(words).isprintable() or sanitised(words) == ""


@given(st.sampled_from(sorted(QUANTITIES)), st.sampled_from(FAILURE_KINDS), st.text(max_size=30))
def test_json_and_back_is_the_same(quantity: str, kind: str, index: str) -> None:
    made = failed(quantity, kind, index)
    assert from_json(json.loads(json.dumps(to_json(made)))) == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(key=st.sampled_from(sorted(to_json(measured("ont_bias_ma", 1)))), value=JSON | st.just(10**400))
def test_garbage_in_a_field_is_a_value_error_or_a_measurement(key: str, value: Any) -> None:
    try:
        made = from_json(to_json(measured("ont_bias_ma", 1)) | {key: value})
    except ValueError:
        return
    assert isinstance(made, Measurement)


@given(st.binary(max_size=60), st.booleans())
def test_a_broken_packet_is_passed_over(raw: bytes, six: bool) -> None:
    number = answered(raw, six, 0x1234)
    assert number is None or 0 <= number < 65536


@pytest.mark.parametrize(
    "text",
    ["HWTC4D2A9C17", "hwtc4d2a9c17", "485754434D2A9C17", "48 57 54 43 4d 2a 9c 17", "HWTC-4D2A-9C17", "HWTC:4d2a9c17"],
)
def test_every_spelling_of_a_pon_serial_is_one_serial(text: str) -> None:
    assert canonical_serial(text) == "HWTC4D2A9C17"


@pytest.mark.parametrize("text", ["305848092", "C4A1", "ZTEG", "4857"])
def test_other_serials_stay_as_they_are(text: str) -> None:
    assert canonical_serial(f" {text} ") == text


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_name_of_a_number_carries_its_unit_or_counts(name: str) -> None:
    quantity = QUANTITIES[name]
    assert quantity.kind != "number" or quantity.resolution > 0
    assert quantity.kind != "state" or quantity.states
    counted = (
        "_packets",
        "_errors",
        "_retransmits",
        "_ratio",
        "_codewords",
        "_ports",
        "_tconts",
        "_vlans",
        "_groups",
        "_rise",
    )
    counted += (
        "_concentrators",
        "_servers",
        "_routers",
        "_answers",
        "_frames",
        "_hops",
        "_codepoints",
        "_code",
        "_changes",
        "photographs",
        "customer_rating",  # 1 to 5
    )
    assert quantity.kind != "number" or quantity.unit or name.endswith(counted)
