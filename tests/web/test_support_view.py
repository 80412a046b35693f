"""How remote support is told to the phones: as soon as it changes, to so many at a time, and as plain text."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from agent.bell import Bell
from agent.http_message import Request
from agent.watched import Watched
from agent.web.support_view import MOST_WAITING, SupportView

HOUR_S = 3600.0


def asked(query: str = "") -> Request:
    return Request.of(
        {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/support", "QUERY_STRING": query, "wsgi.input": _Nothing()}
    )


class _Nothing:
    def read(self, most: int) -> bytes:
        return b""


class _Told(Bell):
    """A bell that tells who has come to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Semaphore(0)

    def wait(self, since: int, wait_s: float) -> int:
        self.came.release()
        return super().wait(since, wait_s)


class _Support:
    def __init__(self, **view: Any) -> None:
        self._view = view

    def told(self) -> dict[str, Any]:
        return self._view

    def grant(self, kid: str, minutes: int, by: str) -> None: ...

    def decline(self, kid: str) -> None: ...

    def withdraw(self) -> None: ...

    def stop(self) -> None: ...


def test_all_that_wait_are_told_at_once_and_who_finds_no_room_is_not_kept() -> None:
    bell = _Told()
    view = SupportView(bell, Watched(bell), lambda: None, wait_s=HOUR_S)
    with ThreadPoolExecutor(MOST_WAITING) as threads:
        waiting = [threads.submit(view.state, asked("since=0")) for _ in range(MOST_WAITING)]
        for _ in waiting:
            assert bell.came.acquire(timeout=60)
        turned_away = view.state(asked("since=0"))
        assert (turned_away["held"], turned_away["count"]) == (False, 0)
        bell.ring()
        told = [each.result(timeout=60) for each in waiting]
    assert [(made["held"], made["count"]) for made in told] == [(True, 1)] * MOST_WAITING
    assert view.state(asked())["held"], "there is room again"


def test_nothing_is_told_where_there_is_no_support_and_nothing_was_watched() -> None:
    bell = Bell()
    view = SupportView(bell, Watched(bell), lambda: None, wait_s=0.0)
    assert view.state(asked()) == {"count": 0, "held": True, "support": None, "watch": None}


def test_what_an_engineer_wrote_is_plain_and_short_and_lists_are_bounded() -> None:
    bell = Bell()
    running = {"who": "Bo\u202egnaW\x1b[0m", "arguments": {"a\u202eb": ["x" * 500]}}
    support = _Support(asked=[], granted=None, running=running, recent=[{"who": "A"}] * 100, refused={})
    told = SupportView(bell, Watched(bell), lambda: support, wait_s=0.0).state(asked())["support"]
    assert told["running"] == {"who": "BognaW [0m", "arguments": {"ab": ["x" * 199 + "\u2026"]}}
    assert len(told["recent"]) == 20


def test_a_watch_is_told_with_the_words_of_its_quantities_and_only_what_is_new() -> None:
    bell = Bell()
    watched = Watched(bell)
    watched.begin()
    for second in range(1, 601):
        values = {"ont_rx_power_dbm": -20.0, "ont_lan_rx_errors.lan1": 3, "odd": 1}
        watched.add({"event": "watch", "passed_s": float(second), "values": values, "failures": {}})
    view = SupportView(bell, watched, lambda: None, wait_s=0.0)
    whole = view.state(asked())["watch"]
    assert len(whole["series"]["ont_rx_power_dbm"]) == 600, "a list of what was measured is never cut"
    assert whole["titles"]["ont_lan_rx_errors.lan1"][0].endswith("(lan1)")
    assert whole["titles"]["odd"] == ["odd", "odd"]
    failures = {"ont_rx_power_dbm": {"kind": "timeout"}}
    watched.add({"event": "watch", "passed_s": 600.0, "values": {}, "failures": failures})
    failure = view.state(asked())["watch"]["failures"]["ont_rx_power_dbm"]
    assert failure["kind"] == "timeout" and len(set(failure["words"])) == 2
    later = view.state(asked("watch=1&after=599.0"))["watch"]
    assert later["series"]["ont_rx_power_dbm"] == [[600.0, -20.0], [600.0, None]]
