"""Lines that share a machine take turns: those that fill their lines together, never beside one that is being built."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diagnostics.checks import STAGES
from drivers.virtual.turns import Turns, in_turns

WITHIN_S = 60.0


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[list[Turns]]:
    made = [Turns(tmp_path) for _ in range(3)]
    yield made
    for turns in made:
        turns.close()


def entering(turns: Turns) -> tuple[threading.Thread, threading.Event]:
    """A thread that waits for its turn to load, and the event that it is in."""
    entered = threading.Event()

    def enter() -> None:
        turns.enter("load")
        entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    return thread, entered


def test_lines_of_one_turn_run_together(lines: list[Turns]) -> None:
    for turns in lines:
        turns.enter("work")  # none waits for another
    threads = [entering(turns) for turns in lines]
    assert all(entered.wait(WITHIN_S) for _, entered in threads)


def test_who_wants_to_load_waits_until_nobody_works(lines: list[Turns]) -> None:
    one, other, third = lines
    one.enter("work")
    other.enter("work")
    thread, entered = entering(one)
    assert not entered.is_set()
    third.enter("work")  # still welcome: the other is at work
    third.close()
    lines.remove(third)
    assert not entered.is_set()
    other.enter("load")
    assert entered.wait(WITHIN_S)
    thread.join(WITHIN_S)


def test_who_dies_holds_up_nobody(lines: list[Turns]) -> None:
    dead, alive = lines[:2]
    dead.enter("work")
    thread, entered = entering(alive)
    dead.close()
    lines.remove(dead)
    assert entered.wait(WITHIN_S)
    thread.join(WITHIN_S)


def test_an_acceptance_fills_the_line_in_one_turn_and_does_all_else_in_the_other(tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    names = [[check.name for check in stage] for stage in in_turns(STAGES, turns)]
    turns.close()
    load, work = names.index(["turn_load"]), names.index(["turn_work"])
    assert names[load + 1 : work] == [["throughput_down"], ["throughput_up"]]
    assert [*names[:load], *names[load + 1 : work], *names[work + 1 :]] == [[c.name for c in s] for s in STAGES]
