"""Every check keeps the contract: what it declared comes out, each exactly once, whatever the instruments do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.check import Check, Context, run_check, run_checks
from diagnostics.checks import CHECKS, STAGES
from diagnostics.instruments import Echoes, Instruments
from diagnostics.line import Line
from diagnostics.measurement import FAILURE_KINDS, Failure
from diagnostics.quantities import QUANTITIES
from tests.diagnostics.fakes import LINE, LINK, instruments, measured, run_at

FAILURES = st.builds(Failure, kind=st.sampled_from(FAILURE_KINDS), stage=st.just("fake"), detail=st.text(max_size=20))
LINES = st.sampled_from([LINE, Line(interface="lan0"), Line(interface="lan0", gateway="198.18.0.1")])
BENCHES = st.builds(
    instruments,
    ont=st.sampled_from([(), (measured("ont_lan_speed_mbps", 100, "lan1"),) * 2]),
    links=st.tuples(st.just(LINK) | FAILURES, st.just(LINK) | FAILURES),
    echoes=st.sampled_from([Echoes(sent=20, rtts_ms=()), Echoes(sent=20, rtts_ms=(0.5,))]) | FAILURES,
    down=st.just(run_at(50)) | FAILURES,
    up=st.just(run_at(50)) | FAILURES,
)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
@settings(max_examples=40, deadline=None)
@given(bench=BENCHES, line=LINES)
def test_a_check_delivers_what_it_declared_each_once(check: Check, bench: Instruments, line: Line) -> None:
    made = run_check(check, Context(line=line, instruments=bench))
    names = [(m.quantity, m.index) for m in made]
    assert len(names) == len(set(names))
    assert names[: len(check.quantities(line))] == list(check.quantities(line))


@settings(max_examples=40, deadline=None)
@given(bench=BENCHES, line=LINES)
def test_a_whole_run_names_nothing_twice(bench: Instruments, line: Line) -> None:
    names = [m.name for m in run_checks(STAGES, Context(line=line, instruments=bench))]
    assert len(names) == len(set(names))


def test_every_check_stands_in_one_stage_and_declares_known_quantities() -> None:
    assert len(CHECKS) == sum(len(stage) for stage in STAGES)
    for check in CHECKS.values():
        assert {quantity for quantity, _ in check.quantities(LINE)} <= QUANTITIES.keys()


def test_a_check_that_raises_fails_what_it_had_not_delivered() -> None:
    def run(context: Context):  # type: ignore[no-untyped-def]
        yield context.measured("port_speed_mbps", 1000, "fake")
        raise RuntimeError("broken\n\x1b[31m")

    check = Check(name="broken", quantities=lambda line: [("port_speed_mbps", ""), ("station_mtu_bytes", "")], run=run)
    first, second = run_check(check, Context(line=LINE, instruments=instruments()))
    assert first.value == 1000
    assert second.failure == Failure(kind="check_crashed", stage="broken", detail="RuntimeError: broken [31m")


def test_what_was_not_declared_does_not_come_out() -> None:
    check = Check(
        name="chatty",
        quantities=lambda line: [("port_speed_mbps", "")],
        run=lambda context: [
            context.measured("port_speed_mbps", 1, "fake"),
            context.measured("port_speed_mbps", 2, "fake"),
            context.measured("station_mtu_bytes", 1500, "fake"),
        ],
    )
    made = run_check(check, Context(line=LINE, instruments=instruments()))
    assert [(m.quantity, m.value) for m in made] == [("port_speed_mbps", 1)]
