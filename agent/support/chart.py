"""A line over time in characters, for a terminal: round numbers at the left, gaps where nothing was told.

Pure. Each character is two dots wide and four high (Braille), so forty characters show eighty seconds.
"""

from collections.abc import Sequence

from agent.axis import scale

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # Unicode 2800: columns of a cell, from the top
_BLANK = 0x2800
_LABEL = 7


def chart(
    points: Sequence[tuple[float, float]], *, until_s: float, width: int, height: int, floor: float | None = None
) -> list[str]:
    """The points of the last seconds as `height` lines of `width` characters, with the floor as a dotted line.

    A dot stands for one second; a floor that lies far below all points is left out, so that these keep their shape.
    """
    across, up = max(2, 2 * (width - _LABEL)), 4 * height
    begin = max(0.0, until_s - across + 1)
    seen = [(at, value) for at, value in points if at >= begin]
    if not seen:
        return [" " * _LABEL] * height
    values = [value for _, value in seen]
    near = floor is not None and min(values) - floor <= max(4.0, 2 * (max(values) - min(values)))
    marks = scale(min([*values, *([floor] if near and floor is not None else [])]), max(values))
    low, top = marks[0], marks[-1]

    def row(value: float) -> int:
        return round((top - value) / (top - low) * (up - 1))

    cells = [[0] * (across // 2) for _ in range(height)]

    def dot(column: int, line: int) -> None:
        if 0 <= column < across // 2 * 2:
            cells[line // 4][column // 2] |= _DOTS[column % 2][line % 4]

    if near and floor is not None:
        for column in range(0, across, 3):
            dot(column, row(floor))
    before: tuple[float, int] | None = None
    for at, value in seen:
        column, line = int(at - begin), row(value)
        joined = before is not None and at - before[0] <= 2.0
        for place in _between(before[1] if before and joined else line, line):
            dot(column, place)
        before = (at, line)
    labels = {row(mark) // 4: f"{mark:g}" for mark in marks}
    return [
        f"{labels.get(place, ''):>{_LABEL - 2}} │" + "".join(chr(_BLANK + cell) for cell in line)
        for place, line in enumerate(cells)
    ]


def _between(first: int, last: int) -> range:
    """The rows of a stroke from one value to the next one, the former's own left out."""
    if first == last:
        return range(last, last + 1)
    return range(first + 1, last + 1) if first < last else range(last, first)
