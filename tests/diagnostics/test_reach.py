"""Loss without load: two targets asked side by side, and once more where some requests were lost but not all."""

from dataclasses import replace

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.instruments import Echoes
from diagnostics.measurement import Failure, Measurement
from tests.diagnostics.fakes import LINE, FakeWire, instruments

GATEWAY, REFLECTOR = LINE.gateway, LINE.reflectors[0].host
LATE = Failure(kind="instrument_limit", stage="echo", detail="the child was gone")


class Lossy(FakeWire):
    """Answers each address by its own list, round by round: how many of the requests were lost, or a failure."""

    def __init__(self, lost: dict[str, list[int | Failure]]) -> None:
        super().__init__(Echoes(sent=1, rtts_ms=(1.0,)))
        self.lost = lost

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        lost = self.lost[address].pop(0)
        return lost if isinstance(lost, Failure) else Echoes(sent=count, rtts_ms=(2.0,) * max(0, count - lost))


def reached(lost: dict[str, list[int | Failure]]) -> dict[str, Measurement]:
    bench = replace(instruments(), wire=Lossy(lost))
    return {m.name: m for m in run_check(CHECKS["reach"], Context(line=LINE, instruments=bench))}


@pytest.mark.parametrize(
    ("gateway", "reflector", "ratios"),
    [
        ([0], [0], (0.0, 0.0)),
        ([999], [999], (1.0, 1.0)),  # silence is proven at once
        ([0], [999], (0.0, 1.0)),
        ([1, 0], [0, 0], (1 / 230, 0.0)),  # one of 80 was chance
        ([0, 6], [2, 5], (6 / 230, 7 / 230)),  # where it is lost shows only the second time
        ([999, 999], [3, 2], (1.0, 5 / 230)),
        ([0, LATE], [4, 5], (0.0, 9 / 230)),
    ],
)
def test_what_is_lost_in_part_is_asked_again_and_counted_together(
    gateway: list[int | Failure], reflector: list[int | Failure], ratios: tuple[float, float]
) -> None:
    asked = {GATEWAY: [*gateway], REFLECTOR: [*reflector]}
    made = reached(asked)
    found = [made[f"reach_loss_ratio[{name}]"].value for name in ("gateway", "reflector")]
    assert found == [pytest.approx(ratio, abs=0.0006) for ratio in ratios]
    assert asked == {GATEWAY: [], REFLECTOR: []}, "no round was left out"


def test_a_failure_of_the_instrument_stays_one() -> None:
    made = reached({GATEWAY: [LATE], REFLECTOR: [0]})
    assert made["reach_loss_ratio[gateway]"].failure == LATE
    assert made["reach_rtt_ms[reflector]"].value == 2.0
