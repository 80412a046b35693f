"""By how much a counter grew between two readings: 32-bit wraps unfolded, a restart told apart; pure.

First contact is no increase, and a counter that ran backwards without being able to wrap was reset.
"""

from diagnostics.measurement import Failure, Measurement

STAGE = "counter"
NARROW_MARK = "(Counter32)"  # behind the raw form of a value that wraps at 2^32
_NARROW = 1 << 32


def increase(before: Measurement, after: Measurement) -> int | Failure:
    """What the counter counted in between; a fall is a wrap where that makes it less than 2^31."""
    for reading in (before, after):
        if reading.failure is not None:
            return reading.failure
    if (before.quantity, before.index) != (after.quantity, after.index):
        raise ValueError(f"{before.name} and {after.name} are two counters")
    first, last = before.number, after.number
    if first is None or last is None:
        raise ValueError(f"{before.name} is not a number")
    if last >= first:
        return int(last - first)
    narrow = before.raw.endswith(NARROW_MARK) and after.raw.endswith(NARROW_MARK)
    unfolded = int(last + _NARROW - first)
    if narrow and 0 <= unfolded < _NARROW // 2:
        return unfolded
    words = f"{before.name} fell from {first:.0f} to {last:.0f}: restarted"
    return Failure(kind="disturbed", stage=STAGE, detail=words)


def increase_near(before: Measurement, after: Measurement, expected: int) -> int | Failure:
    """Like `increase`, but a 32-bit counter may have wrapped often: as often as comes nearest to what is expected."""
    grown = increase(before, after)
    first, last = before.number, after.number
    narrow = before.raw.endswith(NARROW_MARK) and after.raw.endswith(NARROW_MARK)
    if not narrow or first is None or last is None:
        return grown
    within = int(last - first) % _NARROW
    return within + _NARROW * max(0, round((expected - within) / _NARROW))
