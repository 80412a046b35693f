"""The verbs about what the station keeps, says and does: records, their delivery, its log, the test of an order."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.assignment import Assignment
from agent.chain import Chain
from agent.daemon import Daemon
from agent.inbox import Inbox
from agent.jobs import NotNow
from agent.support.reasons import Ended
from diagnostics.child import never
from diagnostics.errors import NotAvailable
from drivers.capture import load_capture
from drivers.profile_file import load_all
from drivers.virtual.ont import Faults, VirtualOnt
from tests.agent import orders
from tests.agent.acceptor.conftest import visit
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import acceptor, delivery, running, wait_for_acknowledgements
from tests.agent.support.asked import Home, asked, at_ont, home_in
from tests.drivers.questions import known_questions
from tests.web.served import HOSTILE, ORDER

WAIT_S = 120.0
LIT = load_capture("huawei_wap", "lit")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with home_in(tmp_path) as made:
        yield made


def test_records_are_listed_with_how_far_each_one_got(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    for number in (1, 2, 3):
        visit(station, number)
    home: Any = Home(station=Chained(station))  # type: ignore[arg-type]
    *_, waiting = asked(home, "record.list")
    assert waiting == {"event": "listed", "records": 6, "waiting": 6}
    with acceptor(tmp_path, broker, ring):
        assert delivery(station, broker, ring).deliver(WAIT_S)
    records, listed = asked(home, "record.list", last=4)
    assert listed == {"event": "listed", "records": 6, "waiting": 0}
    told = [(r["epoch"], r["seq"], r["tx"], r["outcome"], r["waiting"], r["decision"]) for r in records["records"]]
    assert told == [
        (1, 3, "B", "", False, "recorded"),
        (1, 4, "E", "accepted", False, "closed"),
        (1, 5, "B", "", False, "recorded"),
        (1, 6, "E", "accepted", False, "closed"),
    ]
    assert [r["digest"] for r in records["records"]] == [link.digest for link in station.links[-4:]]


class Chained:
    """A station that is nothing but its chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain


def test_records_go_out_again_when_somebody_asks_for_them_also_acknowledged_ones(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    for number in (1, 2):
        visit(station, number)
    first = station.links[1].digest
    runs = delivery(station, broker, ring, resend_after_s=900.0)  # nothing goes out again by itself
    home: Any = Delivered(station=Chained(station))  # type: ignore[arg-type]
    home.runs = runs
    with acceptor(tmp_path, broker, ring) as heard, running(runs.run):
        wait_for_acknowledgements(station)
        (told,) = asked(home, "record.resend", records=[first, "0" * 64, first])
        heard.wait("1/2 E", 2, wait_s=WAIT_S)
    assert told == {"event": "resend", "marked": [first], "unknown": ["0" * 64]}
    assert sum("1/4 E" in words for words in heard.said) == 1, "the others stayed"


class Delivered(Home):
    """A house whose delivery runs."""

    runs: Any

    def resend(self, links: Any) -> None:
        self.runs.resend(links)


def test_without_a_broker_nothing_is_marked(tmp_path: Path) -> None:
    with home_in(tmp_path) as home:
        daemon = Daemon(home.station, Inbox(home.station.config.state_dir), waits=True, say=print)
        with pytest.raises(NotAvailable, match=r"\[mqtt\]"):
            asked(daemon, "record.resend", records=["0" * 64])


def test_the_log_goes_out_without_what_is_personal_or_secret(home: Home) -> None:
    order = orders.work_order(id="WO-7")
    home.on_it["k"] = Assignment(order=order)
    hidden = ["HWTC4D2A9C17", "48575443 4D2A9C17", "203.0.113.77", "00:1a:2b:3c:4d:5e", "virtual-ont", order.customer]
    hidden += [order.telephone, order.site, order.account, order.circuit]
    home.lines = [
        (f"2026-11-23T09:00:0{n}+00:00", f"work order WO-7: {words}\x1b[31m") for n, words in enumerate(hidden)
    ]
    events = asked(home, "log.slice", lines=9)
    assert [e["at"] for e in events] == [at for at, _ in home.lines[-9:]]
    whole = json.dumps(events, ensure_ascii=False)
    assert all(words not in whole for words in hidden if words) and "\x1b" not in whole
    assert all(e["words"].startswith("work order WO-7: ") for e in events)
    assert "<serial>" in whole and "203.0.113.0/24" in whole


@contextmanager
def at_work(home: Home, order: dict[str, Any]) -> Iterator[Daemon]:
    """A daemon that has taken in an order and does what it is asked for, in a thread of its own."""
    inbox = Inbox(home.station.config.state_dir)
    inbox.put(json.dumps(order).encode())
    daemon = Daemon(home.station, inbox, waits=True, say=print)
    daemon.take_in_now()
    thread = threading.Thread(target=daemon.work, args=(never,))
    thread.start()
    try:
        yield daemon
    finally:
        daemon.broken.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()


def test_a_test_is_run_as_if_somebody_on_site_had_begun_it(tmp_path: Path) -> None:
    ont = VirtualOnt(capture=LIT)
    with at_ont(tmp_path, ont) as home:
        with at_work(home, ORDER) as daemon:
            *steps, outcome = asked(daemon, "test.run", order=ORDER["id"])
        last = home.station.chain.links[-1]
    assert outcome == {"event": "outcome", "outcome": outcome["outcome"], "digest": last.digest}
    assert (last.tx, last.order and last.order.id) == ("E", ORDER["id"])
    assert {(e["check"], e["state"]) for e in steps if e["event"] == "step"} >= {("ont", "started"), ("ont", "done")}
    assert HOSTILE not in json.dumps([*steps, outcome])
    assert ont.asked and set(ont.asked) <= set[str]().union(*map(known_questions, load_all()))


def test_the_status_is_what_the_station_says_of_itself(home: Home) -> None:
    daemon = Daemon(home.station, Inbox(home.station.config.state_dir), waits=True, say=print)
    (told,) = asked(daemon, "status")
    assert told["event"] == "status" and json.loads(json.dumps(told["status"])) == daemon.status()
    assert told["status"]["station"] == "s1"


def test_a_test_that_is_cancelled_leaves_its_record(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    silent = VirtualOnt(capture=LIT, faults=Faults(silent=True))  # no test ends by itself
    with at_ont(tmp_path, silent) as home:
        with at_work(home, ORDER) as daemon:
            asked(daemon, "test.run", order=ORDER["id"], heard=heard, cancelled=lambda: bool(heard))
        assert [link.tx for link in home.station.chain.links] == ["B", "A"]
    assert {e["event"] for e in heard} == {"step"}


def test_an_order_that_is_not_here_and_a_station_at_work_say_so(home: Home) -> None:
    for order in ("", "WO-unknown"):
        with pytest.raises(Ended) as ended:
            asked(home, "test.run", order=order)
        assert ended.value.reason == "no_order"
    home.on_it["k"] = Assignment(order=orders.work_order(id="WO-7"))
    home.ask = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(NotNow):
        asked(home, "test.run", order="WO-7")


def busy(job: object) -> None:
    raise NotNow("busy", "the station is at work already; wait until it is done")
