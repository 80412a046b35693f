"""What the back office tells of itself: what waits and for how long, what was decided, who is silent; to all alike."""

import http.client
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from agent.acceptor.exposition import CONTENT_TYPE, exposition
from agent.acceptor.ledger_database import LedgerError
from agent.acceptor.ledger_outbox import Outbox
from agent.acceptor.ledger_status import status_of
from agent.acceptor.metrics_server import MetricsError, serving
from agent.acceptor.status import Decided, Gap, Heard, Queue, Status, Untold, lines, to_json
from agent.chain import Chain
from agent.cli import main
from agent.config_ledger import LedgerPlace
from agent.config_metrics import metrics_settings
from agent.toml_table import ConfigError, load
from tests.agent import samples
from tests.agent.acceptor.conftest import NOW, Desk, database_in_toml, desk, visit
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.peers import free_port

DAY = timedelta(days=1)
QUIET = Status(
    taken_at=NOW,
    silent_after=DAY,
    orders=(),
    waiting=Queue(count=0),
    gaps=(),
    asked=0,
    reviews=Queue(count=0),
    decided=(),
    stations=(),
    quarantined=(),
    outbox=(),
)


def replaced(**changes: Any) -> Status:
    """A quiet back office but for these."""
    return Status(**{name: getattr(QUIET, name) for name in Status.__slots__} | changes)


def metrics(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """The samples by metric and label values, by a parser that refuses whatever is not exactly of the format."""
    families = list(text_string_to_metric_families(text + "# EOF\n"))
    for family in families:
        assert family.name.startswith("prooflight_") and family.documentation.endswith(".") and family.type == "gauge"
    return {f.name: {tuple(s.labels.values()): s.value for s in f.samples} for f in families}


def busy(place: LedgerPlace, ring: Ring, station: Chain) -> Desk:
    """A desk that has closed one order, rejected one, left one to a person, and waits for a record that never came."""
    office = desk(place, ring)
    tokens = [
        *visit(station, 1),
        *visit(station, 2, ont_rx_power_dbm=-30.0),
        *visit(station, 3, **samples.UNPROVEN),
        *visit(station, 4),
    ]
    for token in [*tokens[:6], tokens[7]]:
        office.take(token)
    return office


def test_the_ledger_is_counted_as_it_is(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    office = busy(place, ring, station)
    found = status_of(office.ledger.connection, NOW + timedelta(hours=3), silent_after=DAY)
    assert dict(found.orders) == {"closed": 1, "open": 2}
    assert (found.waiting, found.asked) == (Queue(count=1, oldest=NOW), 0)
    assert found.gaps == (Gap(kid=ring.station.kid, epoch=1, first=7, last=7),)
    assert found.reviews == Queue(count=1, oldest=NOW)
    assert found.decided == (
        Decided(decision="closed", reason="limits_hold", count=1),
        Decided(decision="closed", reason="unanchored_closed", count=1),
        Decided(decision="rejected", reason="limit_failed", count=1),
        Decided(decision="review", reason="limit_unproven", count=1),
    )
    assert found.stations == (Heard(station="station-1", kid=ring.station.kid, at=NOW),)
    assert (found.silent, found.quarantined, found.outbox) == ((), (), ())
    assert found.age_s(found.newest) == 3 * 3600.0


def test_what_ticket_systems_are_still_to_be_told_is_counted(place: LedgerPlace, ring: Ring) -> None:
    office = desk(place, ring)
    outbox = Outbox(office.ledger.connection)
    for number, target in enumerate(("tmf653", "tmf653", "webhook", "tmf697"), 1):
        outbox.enter(target, f"WO-{number}", f"{number:064x}", "closed", "why", NOW + timedelta(minutes=number))
    connection = office.ledger.connection
    connection.execute("UPDATE outbox SET state = 'set aside' WHERE target = 'webhook'")
    connection.execute("UPDATE outbox SET state = 'told' WHERE target = 'tmf697'")
    found = status_of(connection, NOW + timedelta(hours=1), silent_after=DAY)
    assert [(u.target, u.state, u.queue.count) for u in found.outbox] == [
        ("tmf653", "waiting", 2),
        ("webhook", "set aside", 1),
    ]
    told = metrics(exposition(found))["prooflight_ticket_outbox_oldest_age_seconds"]
    assert told == {("tmf653", "waiting"): 59 * 60.0, ("webhook", "set aside"): 57 * 60.0}
    assert "outbox: tmf653: 2 waiting for its system, the oldest for 59 min (waiting)" in lines(found)


def test_a_station_is_silent_until_it_speaks_again(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    office, later = busy(place, ring, station), NOW + 2 * DAY

    def silent() -> list[str]:
        found = status_of(office.ledger.connection, later, silent_after=DAY)
        return [each.station for each in found.silent]

    assert silent() == ["station-1"]
    office.ledger.hear(ring.station.kid, "station-1", NOW + timedelta(minutes=30))
    office.ledger.hear(ring.station.kid, "station-1", NOW + timedelta(minutes=50))
    row = office.ledger.connection.execute("SELECT heard_at FROM stations").fetchone()
    assert row[0] == (NOW + timedelta(minutes=30)).isoformat(), "within an hour it is not written again"
    assert silent() == ["station-1"]
    office.ledger.hear(ring.station.kid, "station-1", later)
    assert silent() == []
    assert status_of(office.ledger.connection, NOW + 2 * DAY, silent_after=DAY).decided == (), "older than a day"


def test_two_chains_under_one_key_and_an_empty_ledger_are_told(tmp_path: Path, ring: Ring, station: Chain) -> None:
    office = desk(tmp_path / "ledger", ring)
    empty = status_of(office.ledger.connection, NOW, silent_after=DAY)
    assert empty == QUIET
    assert list(lines(empty))[1:3] == ["review: 0 waiting", "records: 0 waiting"]
    office.ledger.connection.execute("INSERT INTO quarantine VALUES ('kid-1', ?, 'two records')", (NOW.isoformat(),))
    assert status_of(office.ledger.connection, NOW, silent_after=DAY).quarantined == ("kid-1",)


def test_prometheus_reads_what_the_status_says(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    office = busy(place, ring, station)
    found = metrics(exposition(status_of(office.ledger.connection, NOW + 2 * DAY, silent_after=DAY)))
    assert found["prooflight_work_orders"] == {("closed",): 1, ("open",): 2}
    assert found["prooflight_reviews_waiting"] == {(): 1}
    assert found["prooflight_review_oldest_age_seconds"] == {(): 2 * 86400.0}
    assert found["prooflight_chains_with_gap"] == {(): 1}
    assert (found["prooflight_stations"], found["prooflight_stations_silent"]) == ({(): 1}, {(): 1})
    now = metrics(exposition(status_of(office.ledger.connection, NOW, silent_after=DAY)))
    assert now["prooflight_decisions_last_day"][("rejected", "limit_failed")] == 1
    assert metrics(exposition(QUIET))["prooflight_review_oldest_age_seconds"] == {}, "missing is never zero"
    assert "station-1" not in exposition(status_of(office.ledger.connection, NOW, silent_after=DAY))


COUNTS = st.integers(min_value=0, max_value=10**9)
TIMES = st.none() | st.integers(min_value=-(10**6), max_value=10**9).map(lambda s: NOW - timedelta(seconds=s))
QUEUES = st.builds(lambda count, oldest: Queue(count=count, oldest=oldest), COUNTS, TIMES)
WORDS = st.text(max_size=12)


@given(
    st.lists(st.tuples(WORDS, COUNTS), max_size=3, unique_by=lambda each: each[0]),
    QUEUES,
    QUEUES,
    st.lists(st.tuples(WORDS, WORDS, QUEUES), max_size=3, unique_by=lambda each: each[:2]),
)
def test_whatever_the_counts_and_words_are_the_page_is_well_formed(
    orders: Any, waiting: Queue, reviews: Queue, outbox: Any
) -> None:
    untold = tuple(Untold(target=target, state=state, queue=queue) for target, state, queue in outbox)
    made = replaced(orders=tuple(orders), waiting=waiting, reviews=reviews, outbox=untold)
    found = metrics(exposition(made))
    assert {labels[0]: int(n) for labels, n in found["prooflight_work_orders"].items()} == dict(orders)
    assert len(found["prooflight_ticket_outbox"]) == len(untold)
    assert json.loads(json.dumps(to_json(made)))["waiting"]["count"] == waiting.count
    assert all(line for line in lines(made))


def test_the_page_on_the_status_names_every_metric_and_no_other() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "status.md").read_text()
    assert re.findall(r"^\| `(prooflight_\w+)`", docs, re.MULTILINE) == list(metrics(exposition(QUIET)))


@pytest.fixture
def page() -> Iterator[tuple[list[str | Exception], int]]:
    answers: list[str | Exception] = []

    def read() -> str:
        made = answers.pop(0)
        if isinstance(made, Exception):
            raise made
        return made

    with serving("127.0.0.1", 0, read) as port:
        yield answers, port


def asked(port: int, path: str = "/metrics") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    told = answer.status, answer.getheader("Content-Type") or "", answer.read().decode()
    connection.close()
    return told


def test_the_page_is_read_anew_each_time_and_tells_when_it_cannot_be(page: tuple[list[Any], int]) -> None:
    answers, port = page
    answers += [exposition(QUIET), "again\n", LedgerError("ledger: cannot be read")]
    assert asked(port) == (200, CONTENT_TYPE, exposition(QUIET))
    assert asked(port)[2] == "again\n"
    assert asked(port)[::2] == (503, "ledger: cannot be read\n")
    assert asked(port, "/")[0] == 404


def test_a_scraper_that_says_nonsense_or_leaves_hinders_no_other(page: tuple[list[Any], int]) -> None:
    answers, port = page
    answers += ["fine\n", "fine\n"]
    for nonsense in (b"", b"\x00\xff\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            plain.sendall(nonsense)
            plain.shutdown(socket.SHUT_WR)
    assert asked(port)[::2] == (200, "fine\n")


def test_an_address_in_use_is_told_in_one_line(page: tuple[list[Any], int]) -> None:
    with (
        pytest.raises(MetricsError, match=r"in use; name another \[metrics\] listen"),
        serving("127.0.0.1", page[1], str),
    ):
        pass


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('listen = "0.0.0.0:9464"', "must be a loopback address and a port"),
        ('listen = "127.0.0.1"', "must be a loopback address and a port"),
        ('listen = "127.0.0.1:0"', "must be a loopback address and a port"),
        ("silent_hours = 0", "must be a whole number from 1"),
        ('lisen = "127.0.0.1:9464"', "is not known here; did you mean listen"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "acceptor.toml"
    path.write_text(f"[metrics]\n{text}\n")
    root = load(path)
    with pytest.raises(ConfigError) as caught:
        metrics_settings(root.table("metrics"))
        root.done()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_command_tells_people_programs_and_prometheus(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "acceptor.toml"
    config.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'{database_in_toml(place)}[mqtt]\nhost = "127.0.0.1"\ntenant = "north"\n[metrics]\nsilent_hours = 1\n'
    )
    busy(place, ring, station).ledger.close()

    def told(*words: str, code: int = 0) -> str:
        assert main(["acceptor", "status", *words, "--config", str(config)]) == code
        out = capsys.readouterr()
        return out.err if code else out.out

    assert told().startswith("work orders: 2 open, 1 closed\nreview: 1 waiting for a person, the oldest for ")
    assert "1/7..7 never came" in told()
    assert json.loads(told("--json"))["work_orders"] == {"open": 2, "closed": 1}
    assert metrics(told("--prometheus"))["prooflight_reviews_waiting"] == {(): 1}
    assert "--silent: must be a number of hours" in told("--silent", "0", code=65)
    with pytest.raises(SystemExit) as ended:
        main(["acceptor", "status", "--json", "--prometheus"])
    assert ended.value.code == 64


def test_a_serving_acceptor_serves_its_metrics(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    config, port = tmp_path / "acceptor.toml", free_port()
    config.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'database = "ledger"\n[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "north"\n'
        f'[metrics]\nlisten = "127.0.0.1:{port}"\n[lines]\nurl = "http://127.0.0.1:9/lines"\n'
    )
    command = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving_:
        try:
            assert serving_.stdout is not None
            while "listening" not in (line := serving_.stdout.readline()):
                assert line, "it ended"
            assert metrics(asked(port)[2])["prooflight_reviews_waiting"] == {(): 0}
            serving_.terminate()
            assert serving_.wait(60) == 0
        finally:
            serving_.kill()
