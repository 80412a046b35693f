"""Remote support in the daemon: the technician's job ends what an engineer does on the line, and has it first."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.config import load_station
from agent.daemon import Daemon
from agent.demo_files import write_demo_files
from agent.inbox import Inbox
from agent.jobs import Job
from agent.station import opened
from agent.trust import load_trust
from diagnostics import strict_json
from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve as serve_ont
from tests.agent.broker import Broker
from tests.agent.delivering import Words
from tests.agent.support.engineers import Engineer, engineer
from tests.agent.support.stations import WAIT_S, Desk, desk_with
from tests.web.served import ORDER, ask_ont_at


@contextmanager
def at_work(folder: Path, broker: Broker, who: Engineer) -> Iterator[tuple[Daemon, Words]]:
    """A daemon that delivers and works, with a virtual ONT; an engineer is pinned."""
    names = {"station": "station-1", "tenant": "north", "interface": "lo", "namespace": ""}
    write_demo_files(folder, broker_port=broker.port, **names)  # type: ignore[arg-type]
    trust, words = folder / "trust.json", Words()
    trust.write_bytes(strict_json.write({"keys": [*json.loads(trust.read_text())["keys"], who.entry]}))
    with serve_ont(VirtualOnt(capture=load_capture("huawei_wap", "lit")), "telnet") as ont:
        ask_ont_at(folder / "station.toml", ont.port)
        config = load_station(folder / "station.toml", {})
        with opened(config) as station:
            daemon = Daemon(station, Inbox(config.state_dir), waits=True, say=words)
            over = threading.Event()
            main = threading.Thread(target=daemon.work, args=(over.is_set,))
            with daemon.delivering():
                main.start()
                try:
                    yield daemon, words
                finally:
                    over.set()
                    daemon.broken.set()
                    main.join(WAIT_S)


@contextmanager
def desk_of(broker: Broker, who: Engineer, folder: Path) -> Iterator[Desk]:
    with desk_with(broker, who, load_trust(folder / "trust.json")) as made:
        yield made


@pytest.fixture
def who(tmp_path: Path) -> Engineer:
    return engineer(tmp_path / "engineers")


def test_a_job_on_site_ends_a_watch_from_afar_and_then_has_the_line(
    tmp_path: Path, broker: Broker, who: Engineer
) -> None:
    with at_work(tmp_path / "s", broker, who) as (daemon, words), desk_of(broker, who, tmp_path / "s") as desk:
        assert daemon.support is not None
        daemon.support.grant(who.key.kid, 10, "technician")
        of = desk.ask("ont.watch", arguments={"seconds": 600})
        desk.until(of, "event", 2)
        assert {"ont_rx_power_dbm"} <= set((daemon.watched.to_json() or {})["series"]), "those on site see it too"
        daemon.inbox.put(json.dumps(ORDER).encode(), "page")
        daemon.take_in_now()
        [(key, order)] = daemon.orders().items()
        daemon.ask(Job(kind="look", key=key, assignment=order))
        assert desk.ended(of) == "superseded_by_test"
        words.wait("work order WO-1: looking", wait_s=WAIT_S)
        assert (daemon.watched.to_json() or {})["ended"] == "superseded_by_test"
        words.wait("support: Wang Li: ont.watch has ended", wait_s=WAIT_S)
        with daemon.place.for_job(lambda: False):  # the technician's next one
            assert desk.outcome(desk.ask("ont.read")) == "line_busy"
        told = desk.body(desk.until(desk.ask(), "event")[1])["status"]["support"]
        assert (told["granted"]["who"], told["running"]["verb"]) == ("Wang Li", "status")
        assert any("ont.watch has ended (superseded_by_test)" in line for _, line in daemon.said())
