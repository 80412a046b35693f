"""A line over time in characters, for a terminal: round numbers at the left, gaps where nothing was told.

Pure. Each character is two dots wide and four high (Braille), so forty characters show eighty seconds.
"""

from collections.abc import Sequence

from agent.axis import scale

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # Unicode 2800: columns of a cell, from the top
_BLANK = 0x2800
_LABEL = 7
_JOINED_S = 2.0  # two points that are further apart have a gap between them


def chart(
    points: Sequence[tuple[float, float]], *, until_s: float, width: int, height: int, floor: float | None = None
) -> list[str]:
    """The points of the last seconds as `height` lines of `width` characters, with the floor as a dotted line.

    A dot stands for one second; a floor that lies far below all points is left out, so that these keep their shape.
    """
    across = max(1, width - _LABEL)
    begin = max(0.0, until_s - 2 * across + 1)
    seen = [(at - begin, value) for at, value in points if at >= begin]
    if not seen:
        return [" " * _LABEL] * height
    low, top = min(value for _, value in seen), max(value for _, value in seen)
    near = floor is not None and low - floor <= max(4.0, 2 * (top - low))
    drawn = _Canvas(across, height, scale(min(low, floor) if near and floor is not None else low, top))
    if near and floor is not None:
        for column in range(0, 2 * across, 3):
            drawn.dot(column, drawn.row(floor))
    drawn.trace(seen)
    return drawn.lines()


class _Canvas:
    """Cells of dots between the first and the last of some round numbers."""

    def __init__(self, width: int, height: int, marks: Sequence[float]) -> None:
        self._marks = marks
        self._cells = [[0] * width for _ in range(height)]

    def row(self, value: float) -> int:
        """The row of dots of a value, from the top."""
        share = (self._marks[-1] - value) / (self._marks[-1] - self._marks[0])
        return round(min(1.0, max(0.0, share)) * (4 * len(self._cells) - 1))

    def dot(self, column: int, row: int) -> None:
        """One dot; beside the canvas there is none."""
        if 0 <= column < 2 * len(self._cells[0]):
            self._cells[row // 4][column // 2] |= _DOTS[column % 2][row % 4]

    def trace(self, points: Sequence[tuple[float, float]]) -> None:
        """One stroke through all points, broken where seconds are missing."""
        before: tuple[float, int] | None = None
        for at, value in points:
            row = self.row(value)
            joined = before is not None and at - before[0] <= _JOINED_S
            for place in _between(before[1] if before and joined else row, row):
                self.dot(int(at), place)
            before = (at, row)

    def lines(self) -> list[str]:
        """The canvas as text, with the round numbers at their rows."""
        labels = {self.row(mark) // 4: f"{mark:g}" for mark in self._marks}
        return [
            f"{labels.get(place, ''):>{_LABEL - 2}} │" + "".join(chr(_BLANK + cell) for cell in line)
            for place, line in enumerate(self._cells)
        ]


def _between(first: int, last: int) -> range:
    """The rows of a stroke from one value to the next one, the former's own left out."""
    if first == last:
        return range(last, last + 1)
    return range(first + 1, last + 1) if first < last else range(last, first)
