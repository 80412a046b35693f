"""Of two counts the lower one is the figure, and two that disagree are no result."""

import pytest

from diagnostics.instruments import Witness
from diagnostics.measurement import Failure
from diagnostics.trial import Trial
from diagnostics.witness import lower, objection
from tests.diagnostics.fakes import NOW


def trial(mbps: float, failure: Failure | None = None) -> Trial:
    return Trial(
        direction="down",
        reflector=0,
        family=4,
        discard_s=5,
        average_s=10,
        streams=8,
        congestion_control="",
        started_at=NOW,
        payload_bytes=int(mbps * 1e6 / 8 * 10),
        us=10_000_000,
        failure=failure,
    )


def counted(mbps: float, *, ok: bool = True) -> Witness:
    return Witness(payload_bytes=int(mbps * 1e6 / 8 * 9), us=9_000_000, ok=ok)


@pytest.mark.parametrize(
    ("station", "witness", "figure"),
    [
        (900.0, None, 900.0),
        (900.0, counted(900.0), 900.0),
        (900.0, counted(880.0), 880.0),
        (900.0, counted(920.0), 900.0),
        (900.0, Witness(payload_bytes=0, us=0), 900.0),
    ],
)
def test_the_lower_count_is_the_figure(station: float, witness: Witness | None, figure: float) -> None:
    assert lower(trial(station), witness).mbps == pytest.approx(figure)


AT_ITS_LIMIT = counted(900.0, ok=False)


@pytest.mark.parametrize(
    ("station", "witness", "floor", "words"),
    [
        (900.0, None, 950.0, ""),
        (900.0, counted(860.0), 950.0, ""),
        (900.0, counted(850.0), 0.0, "more than 5% apart"),
        (850.0, counted(900.0), 0.0, "more than 5% apart"),
        (900.0, Witness(payload_bytes=0, us=0), 0.0, "saw too little"),
        (900.0, counted(0.0), 0.0, "more than 5% apart"),
        (900.0, AT_ITS_LIMIT, 800.0, ""),
        (900.0, AT_ITS_LIMIT, 950.0, "the reflector was at its own limit"),
    ],
)
def test_a_run_whose_counts_disagree_is_disturbed_and_not_failed(
    station: float, witness: Witness | None, floor: float, words: str
) -> None:
    found = objection(trial(station), witness, floor)
    assert (found is None) == (words == "")
    if found:
        assert found.kind == "disturbed"
        assert words in found.detail


def test_a_run_that_failed_anyway_keeps_its_own_failure() -> None:
    failed = trial(900.0, Failure(kind="busy", stage="iperf3"))
    assert objection(failed, counted(100.0), 0.0) is None
