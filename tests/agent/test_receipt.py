"""A receipt has one form, reads back as it was written, and gives a figure only for a window that was seen."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import receipt
from agent.receipt import ReceiptError
from diagnostics import strict_json
from tests.agent import receipts

SOUND = strict_json.parse_object(receipt.write(receipts.made()))


def test_a_receipt_reads_back_as_it_was_written() -> None:
    assert receipt.from_json(SOUND) == receipts.made()
    idle = receipts.made(
        state="busy", series=(), bytes=0, first_byte_at=None, last_byte_at=None, min_rtt_us=None, reason="full"
    )
    assert receipt.from_json(strict_json.parse_object(receipt.write(idle))) == idle


Spoil = Callable[[dict[str, Any]], dict[str, Any]]
WRONG: dict[str, tuple[str, Spoil]] = {
    "v": ("must be 1", lambda r: r | {"v": 2}),
    "note": ("is not a field", lambda r: r | {"note": ""}),
    "bytes": ("is missing", lambda r: {k: v for k, v in r.items() if k != "bytes"}),
    "state": ("must be one of", lambda r: r | {"state": "fine"}),
    "direction": ("must be one of", lambda r: r | {"direction": "both"}),
    "ok": ("not of its form", lambda r: r | {"ok": 1}),
    "run": ("must be a whole number", lambda r: r | {"run": 0}),
    "source": ("must be a network", lambda r: r | {"source": "198.18.0.2/32"}),
    "order": ("must be a SHA-256", lambda r: r | {"order": "A" * 64}),
    "admitted_at": ("not of its form", lambda r: r | {"admitted_at": None}),
    "series[1]": ("later and not less", lambda r: r | {"series": [[0, 5], [1, 4]]}),
    "series[0]": ("microseconds, bytes", lambda r: r | {"series": [[0, True]]}),
    "series": ("at most", lambda r: r | {"series": [[n, n] for n in range(500)]}),
    "health.capacity": ("is missing", lambda r: r | {"health": {}}),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_named(field: str) -> None:
    words, spoil = WRONG[field]
    with pytest.raises(ReceiptError) as caught:
        receipt.from_json(spoil(SOUND))
    assert str(caught.value).startswith(f"{field}:"), caught.value
    assert words in str(caught.value)


def steady(*at_ms: int) -> tuple[tuple[int, int], ...]:
    """Samples of a run of 1 MB a millisecond, and a tail that was noticed late."""
    return (*((ms * 1000, ms * 1_000_000) for ms in at_ms), (at_ms[-1] * 1000 + 400_000, at_ms[-1] * 1_000_000 + 1))


_WINDOWS = (
    "whole",
    "a little late",
    "after the end",
    "late samples",
    "half",
    "less than half",
    "late begin",
    "too late a begin",
    "first",
    "none",
)


@pytest.mark.parametrize(
    ("series", "counted"),
    [
        (steady(0, 1000, 2000, 3000), (2_000_000_000, 2_000_000)),
        (steady(0, 1000, 2000, 3000, 3100), (2_100_000_000, 2_100_000)),
        (steady(0, 1000, 2000, 3000, 3400), (2_000_000_000, 2_000_000)),
        (steady(0, 1040, 2010, 3090), (2_050_000_000, 2_050_000)),
        (steady(0, 1000, 2000), (1_000_000_000, 1_000_000)),
        (steady(0, 1000, 1500), None),
        (steady(0, 2000, 3000), (1_000_000_000, 1_000_000)),
        (steady(0, 2100, 3000), None),
        (steady(0), None),
        ((), None),
    ],
    ids=[
        "whole",
        "a little late",
        "a tail",
        "late samples",
        "half",
        "less than half",
        "late begin",
        "too late a begin",
        "first",
        "none",
    ],
)
def test_a_window_is_counted_between_the_samples_at_its_ends(
    series: tuple[tuple[int, int], ...], counted: tuple[int, int] | None
) -> None:
    assert receipts.made(series=series).counted(1, 2) == counted
    assert receipts.made(series=series, state="aborted").counted(1, 2) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.18.7.99", "198.18.7.0/24"), ("2001:db8:1:2::9", "2001:db8:1::/48")],
)
def test_only_the_network_of_a_source_is_told(address: str, network: str) -> None:
    assert receipt.network_of(address) == network


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(sorted(SOUND)), value=JSON)
def test_garbage_in_any_field_is_an_error_or_a_receipt(name: str, value: Any) -> None:
    try:
        read = receipt.from_json(SOUND | {name: value})
    except ReceiptError as error:
        assert "\n" not in str(error)
    else:
        receipt.write(read)
