"""An engineer's command line and a real `prooflight serve`, with a virtual ONT, a real broker, and somebody on site.

A station answers ten commands a minute of one person: each test asks far fewer times.
"""

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from tests.agent.support.site import STATION, Console, Site, site_with


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    ont = VirtualOnt(capture=load_capture("huawei_wap", "lit"))
    with site_with(tmp_path_factory.mktemp("site"), ont, "lin", "wang") as made:
        yield made


def test_those_on_site_let_an_engineer_look_and_either_side_ends_it(site: Site) -> None:
    with site.serving():
        asks_before_and_after_consent(site)
        watches_until_it_is_ended(site)


def asks_before_and_after_consent(site: Site) -> None:
    asked = Console(site, "wang", "status")
    assert asked.until("status")["status"]["station"] == STATION
    assert asked.ends()[0] == 0
    refused = Console(site, "wang", "ont.read", "--wait", "0")
    code, words = refused.ends()
    assert (code, refused.told[-1]["reason"]) == (69, "no_consent") and "station's page" in words
    waits = Console(site, "lin", "ont.read", "--arg", "groups=optics", "--wait", "120")
    waits.until("consent")
    site.grant("lin")
    assert waits.until("measurement")["quantity"].startswith("ont_")
    assert waits.ends() == (0, "")
    for days in (1, -1):  # their clock is wrong
        with site.asking("wang", clock_is_off=timedelta(days=days)) as asking:
            assert [told.code for told in asking.find()] == ["found"]
            *_, end = asking.ask("status", {}, "")
            assert (end.kind, end.code, end.own) == ("end", "", False)


def watches_until_it_is_ended(site: Site) -> None:
    watch = Console(site, "lin", "ont.watch", "--arg", "seconds=600")
    assert isinstance(watch.until("watch")["values"]["ont_rx_power_dbm"], float)
    other = Console(site, "wang", "ont.watch", "--wait", "0")
    assert other.ends()[0] == 69 and other.told[-1]["reason"] == "consent_other"
    watch.process.send_signal(signal.SIGINT)
    assert watch.ends()[0] == 130
    assert watch.told[-1]["reason"] == "cancelled"
    assert (site.recent()["verb"], site.recent()["ended"]) == ("ont.watch", "cancelled")
    again = Console(site, "lin", "ont.watch")
    again.until("watch")
    site.withdraw()
    code, words = again.ends()
    assert (code, again.told[-1]["reason"]) == (2, "withdrawn") and "withdrew their consent" in words


def test_a_watch_outlives_a_broker_that_was_killed_and_ends_with_a_station_that_was(site: Site) -> None:
    with site.serving() as station:
        closed = Console(site, "lin", "ont.watch")
        closed.until("consent")
        site.grant("lin")
        closed.until("watch")
        closed.process.send_signal(signal.SIGHUP)  # the terminal was closed
        assert closed.ends()[0] == 130 and closed.told[-1]["reason"] == "cancelled"
        watch = Console(site, "lin", "ont.watch", "--arg", "seconds=600")
        watch.until("watch")
        site.broker.kill()
        watch.until("broker_lost")
        site.broker.start()
        watch.until("broker_back")
        passed_s = watch.until("watch")["passed_s"]
        assert passed_s > 0
        station.kill()
        station.wait()
        with site.serving():
            assert watch.until("end")["reason"] == "restarted"
            assert watch.ends()[0] == 69
