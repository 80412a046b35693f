"""Whatever a reflector does, the test ends inside its deadline, with a named failure, and never as the line's fault."""

import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.criteria import load
from diagnostics.instruments import Instruments, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Ordered, Reflector
from diagnostics.measurement import Failure
from diagnostics.trial import Trial
from diagnostics.verdict import judge
from tests.diagnostics.fakes import LINE, instruments, measured
from tests.diagnostics.odd_reflector import (
    ACCESS_DENIED,
    EXCHANGE_RESULTS,
    SERVER_ERROR,
    Conversation,
    odd_reflector,
    results,
)
from tests.peers import iperf3_server

SHORT = Window(discard_s=0, average_s=1, streams=1)
AMPLE_S, PATIENT_S = 60.0, 1.0  # for what ends by itself; for what only the deadline ends
UNKNOWN_CONGESTION, RATE_LIMIT = 134, 27  # iperf_error.h


def says(words: bytes) -> Callable[[Conversation], None]:
    def behave(peer: Conversation) -> None:
        peer.say(words)
        peer.stay()

    return behave


def silent(peer: Conversation) -> None:
    peer.stay()


def closes(peer: Conversation) -> None:
    peer.close()


def busy(peer: Conversation) -> None:
    peer.state(ACCESS_DENIED)


def own_error(number: int) -> Callable[[Conversation], None]:
    def behave(peer: Conversation) -> None:
        peer.parameters()
        peer.state(SERVER_ERROR)
        peer.say(struct.pack("!II", number, 0))

    return behave


def leaves_after_the_parameters(peer: Conversation) -> None:
    peer.parameters()


def leaves_in_mid_run(peer: Conversation) -> None:
    peer.start()


def stalls_in_mid_run(peer: Conversation) -> None:
    peer.start()
    peer.stay()


def answers(raw: bytes) -> Callable[[Conversation], None]:
    def behave(peer: Conversation) -> None:
        peer.start()
        peer.finish(raw)
        peer.stay()

    return behave


def announces(length: int) -> Callable[[Conversation], None]:
    """Results of this length are announced and never come to an end."""

    def behave(peer: Conversation) -> None:
        peer.start()
        peer.control.recv(1)
        peer.state(EXCHANGE_RESULTS)
        peer.say(struct.pack("!I", length) + b'{"streams":[' + b"1," * 5000)
        peer.stay()

    return behave


ODD: dict[str, tuple[Callable[[Conversation], None], str, str, float]] = {
    "a web server": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "up", "unparseable", AMPLE_S),
    "an SSH server": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "up", "unparseable", AMPLE_S),
    "one that closes at once": (closes, "up", "disturbed", AMPLE_S),
    "one that says nothing": (silent, "down", "timeout", PATIENT_S),
    "a busy one": (busy, "up", "busy", AMPLE_S),
    "one without that congestion control": (own_error(UNKNOWN_CONGESTION), "down", "instrument_limit", AMPLE_S),
    "one that limits rates": (own_error(RATE_LIMIT), "down", "refused", AMPLE_S),
    "one that leaves after the parameters": (leaves_after_the_parameters, "up", "disturbed", AMPLE_S),
    "one that leaves in mid run, down": (leaves_in_mid_run, "down", "disturbed", AMPLE_S),
    "one that leaves in mid run, up": (leaves_in_mid_run, "up", "disturbed", AMPLE_S),
    "one that stalls in mid run, down": (stalls_in_mid_run, "down", "timeout", PATIENT_S),
    "one that stalls in mid run, up": (stalls_in_mid_run, "up", "timeout", PATIENT_S),
    "broken JSON": (answers(b'{"streams":[{'), "up", "unparseable", AMPLE_S),
    "endless JSON": (announces(1 << 24), "up", "timeout", PATIENT_S),
    "JSON larger than memory": (announces(0xFFFF_FFF0), "up", "unparseable", AMPLE_S),
    "more bytes than were sent": (answers(results("250000000000")), "up", "unparseable", AMPLE_S),
    "less than no bytes": (answers(results("-5")), "up", "unparseable", AMPLE_S),
    "not a number": (answers(results("NaN")), "up", "unparseable", AMPLE_S),
    "beyond all numbers": (answers(results("1e400")), "up", "unparseable", AMPLE_S),
}


def bench(setup_s: float) -> Instruments:
    return replace(instruments(), throughput=Iperf3Child("lo", setup_s=setup_s))


def measured_by(way: str, setup_s: float, *ports: int) -> tuple[Failure | None, str, list[Trial]]:
    """What became of the rate, the verdict on a line with nothing else against it, and the runs that were made."""
    trials: list[Trial] = []
    ordered = Ordered(services=("broadband",), down_mbps=1.0, up_mbps=1.0, ont_serial="X")
    line = replace(
        LINE,
        interface="lo",
        ordered=ordered,
        reflectors=tuple(Reflector(host="127.0.0.1", port=port) for port in ports),
    )
    limits = [limit for limit in load("cn_telecom_ftth").for_line(ordered) if limit.quantity.startswith("throughput")]
    context = Context(line=line, instruments=bench(setup_s), limits=limits, window=SHORT, tried=trials.append)
    made = run_check(CHECKS[f"throughput_{way}"], context)
    other = measured(f"throughput_{'down' if way == 'up' else 'up'}_mbps", 1.0)
    verdict = judge([*made, other], limits)
    return next(m.failure for m in made if m.quantity == f"throughput_{way}_mbps"), verdict.outcome, trials


def test_a_busy_reflector_gives_way_to_the_next_one_and_both_are_recorded() -> None:
    with odd_reflector(busy) as first, iperf3_server() as second:
        failure, outcome, trials = measured_by("up", AMPLE_S, first, second)
    assert (failure, outcome) == (None, "accepted")
    assert [(trial.reflector, trial.failure and trial.failure.kind) for trial in trials] == [(0, "busy"), (1, None)]


@pytest.mark.parametrize(("behave", "way", "kind", "setup_s"), ODD.values(), ids=ODD)
def test_it_is_a_named_failure_and_proves_nothing(
    behave: Callable[[Conversation], None], way: str, kind: str, setup_s: float
) -> None:
    with odd_reflector(behave) as port:
        failure, outcome, trials = measured_by(way, setup_s, port)
    assert failure is not None and failure.kind == kind, failure
    assert len(failure.detail) > 20, "its own words, and what helps"
    assert outcome == "inconclusive"
    assert [trial.failure for trial in trials] == [failure]
