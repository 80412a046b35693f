"""Runs as people see them: a line of blocks a run on a terminal, one SVG of all of them in a file.

It says which levels belong to a run; how a run is drawn, `agent.plot` knows. Nothing is drawn that was not measured.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import plot
from agent.plot import Panel, rates_mbps, sparkline, svg
from diagnostics.errors import BadInput, NotAvailable
from diagnostics.filling import Filling
from diagnostics.limits import Limit, floor_mbps
from diagnostics.measurement import Measurement
from diagnostics.trial import Trial

WORDS = plot.WORDS | {"down": "download", "up": "upload", "both": "both ways", "again": "{} {}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One run with its title and the levels in Mbit/s to hold it against; None where there is none."""

    title: str
    trial: Trial
    floor_mbps: float | None = None
    ceiling_mbps: float | None = None
    expected_mbps: float | None = None


def of_acceptance(
    trials: Sequence[Trial],
    measurements: Sequence[Measurement],
    limits: Sequence[Limit],
    words: Mapping[str, str] = WORDS,
) -> tuple[Drawing, ...]:
    """The runs of an acceptance, each with its floor and its ceiling; `words` as in `WORDS`."""
    numbers = {m.name: m.number for m in measurements}
    drawings: list[Drawing] = []
    for trial in trials:
        word = words[trial.direction]
        before = sum(drawing.trial.direction == trial.direction for drawing in drawings)
        drawings.append(
            Drawing(
                title=words["again"].format(word, before + 1) if before else word,
                trial=trial,
                floor_mbps=floor_mbps(limits, f"throughput_{trial.direction}_mbps") or None,
                ceiling_mbps=numbers.get(f"throughput_{trial.direction}_ceiling_mbps"),
            )
        )
    return tuple(drawings)


def of_diagnosis(fillings: Sequence[Filling]) -> tuple[Drawing, ...]:
    """The runs of a diagnosis, each with the rate that was to be expected."""
    return tuple(
        Drawing(title=filling.title, trial=filling.trial, expected_mbps=filling.expected_mbps) for filling in fillings
    )


def lines(drawings: Sequence[Drawing]) -> list[str]:
    """A line a run: title, its seconds as blocks, and between which rates its counted seconds lay."""
    width = max((len(drawing.title) for drawing in drawings), default=0)
    return [f"{drawing.title:<{width}}  {_blocks(drawing.trial)}" for drawing in drawings]


def _blocks(trial: Trial) -> str:
    form = trial.to_json()
    rates = rates_mbps(form)
    counted = [rate for rate, (_, _, omitted) in zip(rates, form["seconds"], strict=True) if not omitted]
    if not counted:
        return f"- {trial.failure or 'no second was counted'}"
    return f"{sparkline(rates)}  {min(counted):.1f}..{max(counted):.1f} Mbit/s a second"


def document(drawings: Sequence[Drawing]) -> str:
    """One SVG of all runs, one below the other, each from its own start."""
    drawn: list[Panel] = []
    for drawing in drawings:
        drawn += panels(drawing, f", {drawing.trial.failure.kind}" if drawing.trial.failure else "")
    return svg(drawn)


def panels(drawing: Drawing, failed: str = "", words: Mapping[str, str] = WORDS) -> list[Panel]:
    """What there is to draw of one run; `failed` is said behind its title."""
    return plot.panels(
        drawing.trial.to_json(),
        title=drawing.title + failed,
        floor_mbps=drawing.floor_mbps,
        ceiling_mbps=drawing.ceiling_mbps,
        expected_mbps=drawing.expected_mbps,
        words=words,
    )


def writable(path: Path | None) -> None:
    """BadInput where a drawing could not be written at the end of a run; known before it begins."""
    if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise BadInput(f"{path}: cannot be written; name a file in a directory that is there and is ours")


def write(path: Path | None, drawings: Sequence[Drawing]) -> None:
    """Write the drawing where one is wanted. Raises NotAvailable."""
    if path is None:
        return
    try:
        path.write_text(document(drawings))
    except OSError as error:
        raise NotAvailable(f"{path}: {error.strerror}; name another file with --svg") from error
