"""What is watched, as the pages get it: every change wakes whoever waits, and only what is new goes out again."""

from concurrent.futures import ThreadPoolExecutor

from agent.bell import Bell
from agent.watched import Watched


def event(passed_s: float, **values: object) -> dict[str, object]:
    return {"event": "watch", "passed_s": passed_s, "values": values, "failures": {}}


def test_nothing_was_watched_yet() -> None:
    assert Watched(Bell()).to_json() is None


def test_only_what_is_new_of_the_same_watch_goes_out_again() -> None:
    watched = Watched(Bell())
    watched.begin()
    watched.add(event(1.0, ont_rx_power_dbm=-20.0, ont_onu_state="O5"))
    watched.add(event(2.0, ont_rx_power_dbm=-19.5))
    whole = watched.to_json()
    assert whole is not None and whole["series"] == {"ont_rx_power_dbm": [[1.0, -20.0], [2.0, -19.5]]}
    assert (whole["passed_s"], whole["states"], whole["ended"]) == (2.0, {}, None)
    later = watched.to_json(whole["number"], 1.0)
    assert later is not None and later["series"] == {"ont_rx_power_dbm": [[2.0, -19.5]]}
    watched.end("withdrawn")
    watched.end()
    ended = watched.to_json()
    assert ended is not None and ended["ended"] == "withdrawn", "the first reason holds"
    watched.begin()
    another = watched.to_json(whole["number"], 1.0)
    assert another is not None and (another["number"], another["series"], another["ended"]) == (2, {}, None)


def test_a_failure_is_told_and_makes_a_point_without_a_value() -> None:
    watched = Watched(Bell())
    watched.begin()
    watched.add(event(1.0, ont_rx_power_dbm=-20.0))
    watched.add(event(2.0) | {"failures": {"ont_rx_power_dbm": {"kind": "no_signal"}}})
    made = watched.to_json()
    assert made is not None and made["failures"] == {"ont_rx_power_dbm": {"kind": "no_signal"}}
    assert made["series"] == {"ont_rx_power_dbm": [[1.0, -20.0], [2.0, None]]}
    watched.add(event(3.0, ont_rx_power_dbm=-20.0))
    made = watched.to_json()
    assert made is not None and made["failures"] == {}


def test_what_the_ont_never_tells_is_said_once_and_holds_on() -> None:
    watched = Watched(Bell())
    watched.begin()
    untold = {"ont_hec_errors": {"kind": "not_supported"}}
    watched.add(event(1.0) | {"failures": untold})
    watched.add(event(2.0, ont_rx_power_dbm=-20.0))
    made = watched.to_json()
    assert made is not None and made["failures"] == untold
    watched.begin()
    made = watched.to_json()
    assert made is not None and made["failures"] == {}


def test_what_comes_late_of_a_watch_before_is_let_go() -> None:
    watched = Watched(Bell())
    before, now = watched.begin(), watched.begin()
    watched.add(event(9.0, ont_rx_power_dbm=-20.0), before)
    watched.end("superseded_by_test", before)
    watched.add(event(1.0, ont_rx_power_dbm=-18.0), now)
    made = watched.to_json()
    assert made is not None
    assert (made["number"], made["series"], made["ended"]) == (now, {"ont_rx_power_dbm": [[1.0, -18.0]]}, None)


def test_what_is_kept_is_bounded_however_long_it_goes_on_and_whatever_it_is_called() -> None:
    watched = Watched(Bell())
    watched.begin()
    for second in range(1500):
        watched.add(event(float(second), ont_rx_power_dbm=-20.0, **{f"q{second}": 1}))
    made = watched.to_json()
    assert made is not None
    assert len(made["series"]["ont_rx_power_dbm"]) == 1200 and len(made["series"]) == 40


def test_every_change_wakes_whoever_waits() -> None:
    bell = Bell()
    watched = Watched(bell)
    with ThreadPoolExecutor(1) as threads:
        for change in (watched.begin, lambda: watched.add(event(1.0)), watched.end):
            before = bell.count
            waiting = threads.submit(bell.wait, before, 60.0)
            change()
            assert waiting.result() == before + 1


def test_a_wait_ends_by_itself_and_misses_no_ring_before_it() -> None:
    bell = Bell()
    assert bell.wait(0, 0.01) == 0
    bell.ring()
    assert bell.wait(0, 60.0) == 1
