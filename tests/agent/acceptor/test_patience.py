"""Waits double and end, a server's wish is heard for an hour at most, a dead server is left alone and asked once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acceptor.patience import FAILURES, MOST_WAIT_S, Circuit, next_delay_s, retry_after_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "chance", "least_s", "delay_s"),
    [
        (1, 0.0, 0.0, 1.0),
        (1, 1.0, 0.0, 0.5),
        (2, 0.0, 0.0, 2.0),
        (5, 0.0, 0.0, 16.0),
        (11, 0.0, 0.0, 900.0),
        (10_000, 0.0, 0.0, 900.0),
        (10_000, 1.0, 0.0, 450.0),
        (1, 0.0, 120.0, 120.0),
        (1, 0.0, 90_000.0, 3600.0),
    ],
)
def test_the_wait_doubles_to_a_quarter_of_an_hour(attempts: int, chance: float, least_s: float, delay_s: float) -> None:
    assert next_delay_s(attempts, chance, least_s) == delay_s


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999", MOST_WAIT_S),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 11:00:00 GMT", MOST_WAIT_S),
        ("", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("٣", 0.0),
        ("9" * 400, 0.0),
    ],
)
def test_what_a_server_asks_for_is_heard_within_an_hour(text: str, wait_s: float) -> None:
    assert retry_after_s(text, NOW) == wait_s


@given(st.text(max_size=60))
def test_no_header_makes_an_exception(text: str) -> None:
    assert 0 <= retry_after_s(text, NOW) <= MOST_WAIT_S


def test_a_server_that_fails_again_and_again_is_left_alone_ever_longer() -> None:
    circuit, rests = Circuit(), []
    for _ in range(FAILURES + 7):
        circuit = circuit.failed(1000.0, 0.0)
        rests.append(circuit.rest_s(1000.0))
    assert rests == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 600, 600]
    assert circuit.rest_s(1600.0) == 0
    assert circuit.succeeded() == Circuit()


def test_one_answer_between_failures_keeps_the_server_in_use() -> None:
    circuit = Circuit()
    for _ in range(FAILURES * 3):
        for _ in range(FAILURES - 1):
            circuit = circuit.failed(0.0, 0.5)
        assert circuit.rest_s(0.0) == 0
        circuit = circuit.succeeded()
