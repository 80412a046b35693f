"""A counter that wrapped grew, a counter that restarted tells nothing, and nothing is counted twice."""

from datetime import UTC, datetime

import pytest

from diagnostics.counters import increase
from diagnostics.measurement import Failure, Measurement


def counter(value: int | None, raw: str = "", index: str = "lan1") -> Measurement:
    """A reading of one counter."""
    failure = Failure(kind="timeout", stage="snmp") if value is None else None
    when = datetime(2026, 11, 22, tzinfo=UTC)
    return Measurement(
        quantity="ont_lan_rx_bytes", index=index, value=value, failure=failure, taken_at=when, source="snmp", raw=raw
    )


@pytest.mark.parametrize(
    ("before", "after", "raw", "grew"),
    [
        (10, 10, "", 0),
        (10, 25, "", 15),
        (4294967290, 10, "x (Counter32)", 16),
        (4294967295, 0, "x (Counter32)", 1),
        (4294967290, 10, "", "disturbed"),
        (5000, 10, "x (Counter32)", "disturbed"),
        (1 << 40, 10, "x (Counter32)", "disturbed"),
        (None, 10, "", "timeout"),
        (10, None, "", "timeout"),
    ],
)
def test_a_fall_is_a_wrap_or_a_restart(before: int | None, after: int | None, raw: str, grew: int | str) -> None:
    made = increase(counter(before, raw), counter(after, raw))
    assert (made.kind if isinstance(made, Failure) else made) == grew


def test_two_counters_are_not_compared() -> None:
    with pytest.raises(ValueError, match="two counters"):
        increase(counter(1), counter(2, index="lan2"))
