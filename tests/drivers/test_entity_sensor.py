"""A sensor is a number with a unit only where type, scale, precision and value all say so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.entity_sensor import ENTRY, sensor_lines


def table(*cells: str) -> str:
    """The walk of one sensor in row 7: type, scale, precision, value, status; an empty text is a missing cell."""
    return "\n".join(f"{ENTRY}.{n}.7 = {cell}" for n, cell in enumerate(cells, 1) if cell)


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (("8", "9", "1", "432", "1"), "7 = 43.200000000 C"),
        (("8", "9", "1", "-432", "1"), "7 = -43.200000000 C"),
        (("4", "8", "0", "3291", "1"), "7 = 3.291000000 V"),
        (("5", "7", "0", "12500", "1"), "7 = 0.012500000 A"),
        (("6", "8", "4", "100", "1"), "7 = 0.000010000 W -20.00 dBm"),
        (("6", "8", "4", "0", "1"), "7 = 0.000000000 W -inf dBm"),
        (("14", "9", "2", "-1820", "1"), "7 = -18.200000000 dBm"),
        (("8", "9", "1", "432", "2"), ""),
        (("8", "9", "1", "432", "3"), ""),
        (("12", "9", "0", "1", "1"), ""),
        (("8", "99", "0", "1", "1"), ""),
        (("8", "9", "30", "1", "1"), ""),
        (("8", "", "0", "1", "1"), ""),
        (("8", "9", "0", "", "1"), ""),
        (("8", "9", "0", "warm", "1"), ""),
    ],
)
def test_a_sensor_is_scaled_as_it_says_or_left_out(cells: tuple[str, ...], text: str) -> None:
    assert sensor_lines(table(*cells)) == text


@settings(max_examples=200, deadline=None)
@given(st.text() | st.lists(st.from_regex(rf"{ENTRY}\.[1-5]\.7 = -?\d{{0,30}}", fullmatch=True)).map("\n".join))
def test_whatever_a_walk_brings_is_lines(answer: str) -> None:
    assert all(" = " in line for line in sensor_lines(answer).split("\n") if line)
