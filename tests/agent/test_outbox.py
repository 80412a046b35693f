"""The outbox sends each record until its acceptance came, and not more often than its delays say."""

import pytest

from agent.outbox import Outbox, next_delay


@pytest.mark.parametrize(
    ("attempts", "chance", "delay"),
    [
        (0, 0.0, 1.0),
        (0, 1.0, 1.0),
        (1, 1.0, 2.0),
        (1, 0.75, 1.5),
        (4, 0.5, 8.0),
        (8, 1.0, 256.0),
        (9, 1.0, 300.0),
        (1000, 1.0, 300.0),
        (1000, 0.0, 1.0),
    ],
)
def test_delays_double_up_to_five_minutes_with_full_jitter(attempts: int, chance: float, delay: float) -> None:
    assert next_delay(attempts, chance) == delay


def outbox(*digests: str) -> Outbox:
    made = Outbox(resend_after_s=900)
    made.follow(digests)
    return made


def test_the_oldest_go_first_and_no_more_than_the_window_at_once() -> None:
    made = outbox("a", "b", "c")
    assert made.due(0, 2) == ["a", "b"]
    made.sent("a")
    made.sent("b")
    assert made.due(0, 2) == []
    made.handed("a", 0)
    assert made.due(0, 2) == ["c"]


def test_what_was_handed_over_goes_out_again_after_a_quarter_of_an_hour() -> None:
    made = outbox("a")
    made.sent("a")
    made.handed("a", 10)
    assert made.state("a") == "handed"
    assert (made.due(909, 8), made.due(910, 8)) == ([], ["a"])
    assert made.next_due() == 910


def test_what_was_handed_over_goes_out_at_once_when_the_broker_has_forgotten_us() -> None:
    made = outbox("a", "b")
    made.sent("a")
    made.handed("a", 0)
    made.session_lost()
    assert made.due(1, 8) == ["a", "b"]


def test_what_was_on_its_way_when_the_connection_ended_goes_out_again_and_what_was_handed_over_waits() -> None:
    made = outbox("a", "b")
    made.sent("a")
    made.handed("a", 0)
    made.sent("b")
    made.connection_lost()
    assert made.due(1, 8) == ["b"]


def test_what_the_broker_refused_waits_longer_each_time() -> None:
    made = outbox("a")
    delays = [made.refused("a", 0, 1.0) for _ in range(4)]
    assert delays == [1, 2, 4, 8]
    assert (made.due(7.9, 8), made.due(8, 8)) == ([], ["a"])


def test_only_the_journal_lets_a_record_go() -> None:
    made = outbox("a", "b")
    made.sent("a")
    made.handed("a", 0)
    made.follow(["b"])
    assert (made.state("a"), len(made)) == (None, 1)
    made.handed("a", 1)
    assert len(made) == 1
