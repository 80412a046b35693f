"""The sums of a campaign: how often the first cause was right, for single faults, pairs and clean lines; pure.

A line that could not be tested counts as wrong, and one on a busy machine as it came out; both are counted beside.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drivers.virtual.scored import NOT_TESTED, Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many lines of one kind: all, those whose first cause is right, those with all that is due among three."""

    lines: int
    first: int
    among_three: int

    @property
    def first_ratio(self) -> float | None:
        """The share of lines whose first cause is right; None of no line."""
        return round(self.first / self.lines, 4) if self.lines else None


def _tally(lines: Sequence[Scored]) -> Tally:
    right = sum(line.first for line in lines)
    return Tally(lines=len(lines), first=right, among_three=sum(line.among_three for line in lines))


def summary(scored: Sequence[Scored]) -> dict[str, Any]:
    """All sums of a campaign as a JSON object."""
    kinds = {"clean": 0, "single": 1, "pairs": 2}
    lines = {name: [line for line in scored if len(line.expected) == count] for name, count in kinds.items()}
    tallies = {name: _tally(of_kind) for name, of_kind in lines.items()}
    made: dict[str, Any] = {
        name: {**asdict(tally), "first_ratio": tally.first_ratio} for name, tally in tallies.items()
    }
    clean = made.pop("clean")
    return {
        **made,
        "clean": {"lines": clean["lines"], "false_causes": _counted(line.named[:1] for line in lines["clean"])},
        "causes": causes(lines["single"]),
        "busy": sum(bool(line.busy) for line in scored),
        "not_tested": sum(line.outcome == NOT_TESTED for line in scored),
    }


def causes(singles: Iterable[Scored]) -> dict[str, dict[str, Any]]:
    """For each cause that was put on a line alone: how often, how often it was named first, and what was instead."""
    table: dict[str, list[Scored]] = {}
    for line in singles:
        table.setdefault(line.expected[0], []).append(line)
    return {
        cause: {
            "lines": len(lines),
            "first": sum(line.first for line in lines),
            "among_three": sum(line.among_three for line in lines),
            "instead": _counted(line.named[:1] or ("no cause",) for line in lines if not line.first),
        }
        for cause, lines in table.items()
    }


def _counted(named: Iterable[tuple[str, ...]]) -> dict[str, int]:
    return dict(Counter(name for names in named for name in names).most_common())


def words(told: dict[str, Any]) -> list[str]:
    """The sums as lines for people: wrong causes first, then the totals."""
    lines = [
        f"{cause}: first on {row['first']} of {row['lines']}, instead {_list(row['instead'])}"
        for cause, row in told["causes"].items()
        if row["first"] < row["lines"]
    ]
    single, pairs, clean = told["single"], told["pairs"], told["clean"]
    if single["lines"]:
        lines.append(f"single faults: first cause right on {_share(single)}, among the first three on {_three(single)}")
    if pairs["lines"]:
        lines.append(
            f"pairs: first cause one of both on {_share(pairs)}, both among the first three on {_three(pairs)}"
        )
    if clean["lines"]:
        false = f"a cause named on {sum(clean['false_causes'].values())} of {clean['lines']}"
        lines.append(f"clean lines: {false}{': ' if clean['false_causes'] else ''}{_list(clean['false_causes'])}")
    for key, meaning in (
        ("busy", "tested while this machine was busy"),
        ("not_tested", "not tested, counted as wrong"),
    ):
        if told[key]:
            lines.append(f"{told[key]} lines {meaning}")
    return lines


def _share(row: dict[str, Any]) -> str:
    return f"{row['first']} of {row['lines']} ({row['first_ratio']:.1%})"


def _three(row: dict[str, Any]) -> str:
    return f"{row['among_three']} of {row['lines']}"


def _list(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items())
