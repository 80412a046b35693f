"""A result whose record would be large loses what was watched beside its runs, and nothing else."""

import json
from dataclasses import replace
from typing import Any

from agent import record_form
from agent.fitting import EVIDENCE, GOAL_BYTES, fitted
from agent.record import Result
from tests.agent import samples
from tests.agent.test_record import CLOSED

MADE = samples.result()


def watched(points: int, runs: int) -> Result:
    """A result whose runs were watched for so many round trips."""
    beside: dict[str, Any] = {"rtt_us": [[at * 100, 12345] for at in range(points)], "cpu": [[0, [1, 2], 3]]}
    return replace(MADE, runs=tuple(samples.RUN | {"beside": beside} for _ in range(runs)))


def kept_of(result: Result) -> tuple[Result, list[bytes]]:
    kept: list[bytes] = []

    def keep(raw: bytes) -> str:
        kept.append(raw)
        return "ab" * 32

    return fitted(result, keep), kept


def test_what_fits_is_left_alone() -> None:
    result = watched(150, 2)
    assert kept_of(result) == (result, [])


def test_round_trips_are_thinned_before_anything_is_left_out() -> None:
    result = watched(1500, 4)
    made, kept = kept_of(result)
    assert [len(run["beside"]["rtt_us"]) for run in made.runs] == [300] * 4
    assert all(run["beside"]["cpu"] for run in made.runs)
    assert json.loads(kept[0])["beside"] == [run["beside"] for run in result.runs]
    assert made.evidence[EVIDENCE] == "ab" * 32


def test_every_series_is_sparse_before_one_is_left_out() -> None:
    made, _ = kept_of(watched(3_000, 4))
    assert [len(run["beside"]["rtt_us"]) for run in made.runs] == [300] * 4
    assert all(run["beside"]["cpu"] for run in made.runs)


def test_what_is_still_too_much_is_left_out_and_kept_as_evidence() -> None:
    result = watched(40_000, 4)
    made, kept = kept_of(result)
    assert [run["beside"] for run in made.runs] == [{}] * 4
    assert [run | {"beside": {}} for run in result.runs] == [dict(run) for run in made.runs]
    assert (made.measurements, made.findings) == (result.measurements, result.findings)
    assert len(kept) == 1


def test_long_words_give_way_last_and_the_status_of_a_finding_never() -> None:
    finding = {**MADE.findings[0], "sentence": "long " * 300} if MADE.findings else {}
    words = {"name": "low_rate", "title": "t", "action": "a", "evidence": ["long " * 300] * 9}
    result = replace(MADE, findings=(finding,) * 30, causes=(words,) * 4)
    made, kept = kept_of(result)
    assert [f["status"] for f in made.findings] == [f["status"] for f in result.findings]
    assert made.measurements == result.measurements
    assert len(made.causes) == 4 and len(made.causes[0]["evidence"]) == 3
    assert len(record_form.write(replace(CLOSED, result=made))) <= GOAL_BYTES
    assert len(kept) == 1


def test_what_is_fitted_can_be_written_as_a_record() -> None:
    for points in range(400, 1300, 50):
        made, _ = kept_of(watched(points, 4))
        assert len(record_form.write(replace(CLOSED, result=made))) <= GOAL_BYTES
