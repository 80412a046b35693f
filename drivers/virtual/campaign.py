"""Many lines scored side by side: each in a process of its own, told in the order in which they were asked for.

Namespaces are private to a line, so that lines share nothing but the machine, and that in turns. A line is never tested
twice: what came of it counts, also where the machine was busy. All end with this process, however it ends.
"""

import tempfile
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from diagnostics.child import Bounds, run_child
from drivers.virtual.namespace import DIES_WITH_US
from drivers.virtual.scenario import Scenario
from drivers.virtual.scored import NOT_TESTED, Scored

Wanted = tuple[tuple[Scenario, ...], int]  # what is put on a line, and its seed
_LINE_S = 240.0  # a line takes about 15 s; only a machine at its end takes longer than this
_BOUNDS = Bounds(deadline_s=_LINE_S, memory_bytes=4 << 30)


def campaign(lines: Iterable[Wanted], jobs: int) -> Generator[Scored]:
    """Score lines, so many at a time."""
    ending = threading.Event()
    with tempfile.TemporaryDirectory() as turns, ThreadPoolExecutor(max_workers=jobs) as threads:
        try:
            yield from threads.map(partial(_scored, turns=turns, ending=ending), lines)
        finally:
            ending.set()
            threads.shutdown(wait=False, cancel_futures=True)


def _scored(wanted: Wanted, turns: str, ending: threading.Event) -> Scored:
    scenarios, seed = wanted
    names = tuple(scenario.name for scenario in scenarios)
    told: list[dict[str, Any]] = []
    ended = run_child(
        "drivers.virtual.score",
        {"scenarios": names, "seed": seed, "turns": turns},
        bounds=_BOUNDS,
        on_line=told.append,
        prefix=DIES_WITH_US,
        cancelled=ending.is_set,
    )
    if ended.kind == "done" and len(told) == 1 and "outcome" in told[0]:
        lists = {name: tuple(value) for name, value in told[0].items() if isinstance(value, list)}
        return Scored(**{**told[0], **lists})
    said = str(told[0]["trouble"]) if told and "trouble" in told[0] else f"{ended.kind}: {ended.detail}"
    causes = tuple(scenario.cause for scenario in scenarios if scenario.cause)
    return Scored(scenarios=names, seed=seed, expected=causes, named=(), outcome=NOT_TESTED, trouble=said[-300:])
