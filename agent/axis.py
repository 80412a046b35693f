"""The round numbers of an axis around the values that are drawn on it; pure."""

import math
from itertools import pairwise

NARROWEST = 4.0  # what an axis of negative values shows at least


def scale(low: float, top: float) -> list[float]:
    """Round numbers around the values: from zero on where none is negative."""
    if low >= 0 or not math.isfinite(low):
        return ticks(top)
    step = ticks(max(top - low, NARROWEST))[1]
    first, last = math.floor(low / step), math.ceil(top / step)
    while (last - first) * step < NARROWEST:
        first, last = first - 1, last + 1
    return [round(count * step, 10) for count in range(first, last + 1)]


def ticks(top: float, wanted: int = 4) -> list[float]:
    """Round numbers from zero to the first that is not below `top`."""
    if not math.isfinite(top) or top < 1e-9:
        top = 1.0
    power = 10.0 ** math.floor(math.log10(top / wanted))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10, 20) if power * factor * wanted >= top)
    made = [0.0]
    while made[-1] < top:
        made.append(round(len(made) * step, 10))
    assert all(low < high for low, high in pairwise(made))
    return made
