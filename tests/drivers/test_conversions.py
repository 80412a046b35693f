"""Raw forms of ONTs become canonical ones, or nothing."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.conversions import CONVERSIONS, ascii_bytes, mac, omci_level, own_unit, signed_256th, tenth_microwatts


@pytest.mark.parametrize(
    ("convert", "raw", "text"),
    [
        (mac, "34:6A:C2:CA:49:25", "34:6a:c2:ca:49:25"),
        (mac, "aa.bb.12.34.56.78", "aa:bb:12:34:56:78"),
        (mac, "805e-0c5c-4277", "80:5e:0c:5c:42:77"),
        (mac, "8C97EA6C17AC", "8c:97:ea:6c:17:ac"),
        (mac, "8C97EA6C17A", None),
        (mac, "HWTC12345678", None),
        (ascii_bytes, "48 57 54 43", "HWTC"),
        (ascii_bytes, "48575443", "HWTC"),
        (ascii_bytes, "0x48 0x57 0x54 0x43", "HWTC"),
        (ascii_bytes, "00000000", ""),
        (ascii_bytes, "48 57 54", "HWT"),
        (ascii_bytes, "ff 57 54 43", None),
        (ascii_bytes, "07 57 54 43", None),
        (ascii_bytes, "HWTC", None),
        (tenth_microwatts, "56", "-22.5181"),
        (tenth_microwatts, "10000", "0.0000"),
        (tenth_microwatts, "0", "-inf"),
        (tenth_microwatts, "65536", None),
        (tenth_microwatts, "-1", None),
        (signed_256th, "11264", "44.000000"),
        (signed_256th, "64256", "-5.000000"),
        (signed_256th, "-1280", "-5.000000"),
        (signed_256th, "70000", None),
        (omci_level, "0xd663", "-21.306"),
        (omci_level, "0x04cb", "2.454"),
        (omci_level, "0xe195", "-15.574"),
        (omci_level, "d663", None),
    ],
)
def test_each_raw_form_has_one_meaning(convert: Callable[[str], str | None], raw: str, text: str | None) -> None:
    assert convert(raw) == text


@pytest.mark.parametrize(
    ("raw", "unit", "number", "named"),
    [
        ("-17.57dBm", "dBm", -17.57, True),
        ("-17.57", "dBm", -17.57, False),
        ("17.01uW", "dBm", -17.693, True),
        ("1.80 mW", "dBm", 2.553, True),
        ("6.56 dbm", "dBm", 6.56, True),
        ("319K", "°C", 45.85, True),
        ("42.359375 C", "°C", 42.359, True),
        ("27.84 .C", "°C", 27.84, True),
        ("3206.79mV", "V", 3.207, True),
        ("3216 (mV)", "V", 3.216, True),
        ("3229000uV", "V", 3.229, True),
        ("12400 uA", "mA", 12.4, True),
        ("2.5G", "Mbit/s", 2500, True),
        ("1000M", "Mbit/s", 1000, True),
        ("0uW", "dBm", None, False),
        ("12 W", "dBm", None, False),
        ("n.a.", "dBm", None, False),
        ("3 mV", "mA", None, False),
    ],
)
def test_a_unit_in_the_text_wins(raw: str, unit: str, number: float | None, named: bool) -> None:
    found = own_unit(raw, unit)
    assert found == (None if number is None else (pytest.approx(number, abs=0.001), named))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(CONVERSIONS)), st.text(max_size=40))
def test_any_text_is_converted_or_not(name: str, raw: str) -> None:
    assert isinstance(CONVERSIONS[name](raw), str | None)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=30) | st.from_regex(r"-?\d{1,4}\.\d ?[a-zA-Z]{0,3}"),
    st.sampled_from(["dBm", "V", "mA", "°C", "s", ""]),
)
def test_any_text_has_a_number_of_the_unit_or_none(raw: str, unit: str) -> None:
    found = own_unit(raw, unit)
    assert found is None or isinstance(found[0], float)
