"""Chaos in small: all are killed, each message comes ten times and shuffled, and the accounts agree all the same."""

import pytest

from tests.chaos.plan import ACCEPTORS, OTHERS, draw
from tests.chaos.play import play
from tests.postgres import missing

SEED = 7
ORDERS, STATIONS = 20, 2
BOUND_S = 300.0  # a bound on a hang, and no measure of speed


def test_the_same_seed_draws_the_same_plan_and_another_another() -> None:
    plan = draw(SEED, orders=ORDERS, stations=STATIONS)
    assert plan.digest == draw(SEED, orders=ORDERS, stations=STATIONS).digest
    assert plan.digest != draw(SEED + 1, orders=ORDERS, stations=STATIONS).digest
    struck = {victim for blow in plan.blows for victim in blow.victims}
    assert struck >= {*OTHERS} and struck & {*ACCEPTORS} and struck & {*plan.stations}
    assert {job.line for job in plan.jobs} > {"good"}
    assert any(len(job.stations) == 2 for job in plan.jobs), "two stations race for one work order"


def test_nothing_is_lost_or_closed_twice_and_the_same_seed_decides_the_same_on_both_databases() -> None:
    if missing():
        pytest.skip(missing())
    plan = draw(SEED, orders=ORDERS, stations=STATIONS)
    played = [play(plan, engine=engine, bound_s=BOUND_S, resend_s=2.0) for engine in ("sqlite", "postgres")]
    for each in played:
        assert each.accounts.faults == []
        assert each.accounts.closed == sum(job.closes for job in plan.jobs)
        assert [words for words in each.tale.ended if not words.startswith("acceptor")] == []
        assert each.tale.lines["repeated"] > 0, "every message came more than once"
    first, second = (each.accounts for each in played)
    assert (first.measurements, first.decisions) == (second.measurements, second.decisions)
