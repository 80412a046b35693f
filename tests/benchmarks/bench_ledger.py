"""Records verified, judged again and committed per second and core, against bare signatures and bare rows; one run.

`python -m tests.benchmarks ledger [--orders N] [--rounds N]`. Each order is two records (opened, closed) and two
receipts. SQLite and PostgreSQL with every sync; 1, 2 and 4 processes on one database; the broker's hop apart.
"""

import argparse
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent import mqtt_link
from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_database import Database
from agent.acceptor.ledger_engines import connect
from agent.acceptor.office import Office
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.keys import load_private
from agent.record import OrderRef
from diagnostics import criteria
from tests import postgres
from tests.agent.broker import mosquitto
from tests.benchmarks.arrivals import Fleet, fleet, shares

ON_REQUEST = True
BATCH = 64
TABLES = ("records", "attempts", "receipts", "tickets")
PROCESS = "import sys; from tests.benchmarks.bench_ledger import work; work(sys.argv[1:])"


def main(options: list[str]) -> None:
    """Print rates and ratios."""
    parser = argparse.ArgumentParser(prog="ledger")
    parser.add_argument("--orders", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as name, _engines(Path(name)) as engines:
        made = fleet(Path(name), asked.orders)
        made.save(Path(name) / "fleet.json")
        print(
            f"{len(made.messages)} records, {sum(map(len, made.messages)) / len(made.messages) / 1000:.1f} kB a message"
        )
        for engine, place in engines.items():
            _engine(engine, place, made, asked.rounds)
        _hop(Path(name), made)


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, Callable[[], LedgerPlace]]]:
    numbers = iter(range(1000))
    with postgres.cluster(durable=True) as cluster:
        yield {
            "SQLite": lambda: folder / f"ledger-{next(numbers)}",
            "PostgreSQL": lambda: PostgresSettings(dsn=cluster.database()),
        }


def _engine(engine: str, place: Callable[[], LedgerPlace], made: Fleet, rounds: int) -> None:
    """Side by side in turns: bare signatures, bare rows, one acceptor; then several."""
    seconds: dict[str, list[float]] = {"signatures": [], "rows": [], "acceptor": [], "processor": []}
    for _ in range(rounds):
        seconds["signatures"].append(_bare_signatures(made))
        where = _filled(place(), made)
        wall, processor = _raced(where, made, 1)
        seconds["acceptor"].append(wall)
        seconds["processor"].append(processor)
        seconds["rows"].append(_bare_rows(where, place()))
    rate = {what: len(made.messages) / statistics.median(taken) for what, taken in seconds.items()}
    slower = min(rate["signatures"], rate["rows"])
    print(f"{engine}: bare signatures {rate['signatures']:.0f}/s, bare rows {rate['rows']:.0f}/s,", end=" ")
    print(f"acceptor {rate['acceptor']:.0f}/s = {rate['acceptor'] / slower:.2f} x of the slower;", end=" ")
    print(f"{rate['processor']:.0f} records a second of processor time")
    for count in (2, 4):
        wall, _ = _raced(_filled(place(), made), made, count)
        several = len(made.messages) / wall
        print(f"  {count} processes: {several:.0f}/s, {several / rate['acceptor']:.2f} x of one", end=" ")
        print(f"({os.cpu_count()} cores for them, the database and this program)")


def _filled(place: LedgerPlace, made: Fleet) -> LedgerPlace:
    """A ledger that has issued the orders and got none of the records."""
    ledger = _ledger(place, made)
    for order in made.orders:
        ref = OrderRef(id=order["id"], digest=order["digest"], anchor=order["anchor"])
        ledger.issue(order["token"], ref, "2026-11-20T08:00:00+00:00")
    ledger.close()
    return place


def _ledger(place: LedgerPlace, made: Fleet) -> Ledger:
    key = load_private(made.folder / "acceptor.jwk")
    return Ledger(place, Office(name="desk", key=key, close_unanchored=False, load_criteria=criteria.load))


def _bare_signatures(made: Fleet) -> float:
    """Seconds for the bare verification of every signature in the messages, each with a key that is ready."""
    found = json.loads((made.folder / "trust.jwks").read_bytes())["keys"]
    keys = {key["kid"]: Ed25519PublicKey.from_public_bytes(_decoded(key["x"])) for key in found}
    ready = []
    for token in made.tokens:
        signed, _, signature = token.rpartition(".")
        kid = json.loads(_decoded(token.partition(".")[0]))["kid"]
        ready.append((keys[kid], _decoded(signature), signed.encode()))
    begin = time.perf_counter()
    for key, signature, text in ready:
        key.verify(signature, text)
    return time.perf_counter() - begin


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bare_rows(source: LedgerPlace, target: LedgerPlace) -> float:
    """Seconds for inserting the rows that an acceptor has written into empty tables of the same form."""
    held = connect(source, read_only=True)
    rows = {table: [tuple(row) for row in _columns(held, table)] for table in TABLES}
    names = {table: _names(held, table) for table in TABLES}
    held.close()
    empty = connect(target)
    each = max(1, BATCH * len(rows["attempts"]) * 2 // len(rows["records"]))
    begin = time.perf_counter()
    for start in range(0, len(rows["records"]), each):
        empty.transact(lambda start=start: _insert(empty, names, rows, start, each))  # type: ignore[misc]
    taken = time.perf_counter() - begin
    empty.close()
    return taken


def _columns(held: Database, table: str) -> list[Any]:
    return held.execute(f"SELECT {_names(held, table)} FROM {table}").fetchall()


def _names(held: Database, table: str) -> str:
    row = held.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
    return ", ".join(name for name in row.keys() if name != "rowid")  # noqa: SIM118


def _insert(empty: Database, names: dict[str, str], rows: dict[str, list[Any]], start: int, count: int) -> None:
    for table, found in rows.items():
        share = found[start * len(found) // len(rows["records"]) : (start + count) * len(found) // len(rows["records"])]
        marks = ", ".join("?" * len(names[table].split(",")))
        for row in share:
            empty.execute(f"INSERT INTO {table} ({names[table]}) VALUES ({marks})", row)


def _raced(place: LedgerPlace, made: Fleet, count: int) -> tuple[float, float]:
    """Wall seconds until all messages are taken by so many processes, and their processor seconds."""
    where = place.dsn if isinstance(place, PostgresSettings) else str(place)
    fleet_file = str(made.folder / "fleet.json")
    words = [[sys.executable, "-c", PROCESS, fleet_file, where, str(count), str(number)] for number in range(count)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in words]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    used = [float(process.communicate(timeout=600)[0]) for process in started]
    wall = time.perf_counter() - begin
    ledger = _ledger(place, made)
    closed = ledger.connection.execute("SELECT count(*) FROM tickets WHERE state = 'closed'").fetchone()[0]
    ledger.close()
    assert closed == len(made.orders), f"{closed} of {len(made.orders)} are closed"
    return wall, sum(used)


def work(words: Sequence[str]) -> None:
    """One acceptor without a broker: its share of the messages, in batches as they would have arrived."""
    from agent.acceptor.believing import believed
    from agent.mqtt_link import Received
    from tests.frauds.house import NOW

    made, where = Fleet.load(Path(words[0])), words[1]
    ledger = _ledger(PostgresSettings(dsn=where) if where.startswith("host=") else Path(where), made)
    trust = made.trust
    mine = shares(made.messages, int(words[2]))[int(words[3])]
    messages = [Received(topic="", payload=m.encode(), mid=1, retained=False) for m in mine]
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.process_time()
    for start in range(0, len(messages), BATCH):
        ledger.enter([believed(message, trust, NOW) for message in messages[start : start + BATCH]])
    print(time.process_time() - begin)
    ledger.close()


def _hop(folder: Path, made: Fleet) -> None:
    """The broker's hop by itself: published and taken again at QoS 1 by the product's own connection."""
    with mosquitto(folder) as broker:
        events: queue.SimpleQueue[mqtt_link.Event] = queue.SimpleQueue()
        reader = mqtt_link.Link(broker.settings, client_id="reader", tell=events.put)
        _until(events, mqtt_link.Connected)
        reader.subscribe("$share/acceptor/x/#")
        _until(events, mqtt_link.Subscribed)
        said: queue.SimpleQueue[mqtt_link.Event] = queue.SimpleQueue()
        writer = mqtt_link.Link(broker.settings, client_id="writer", tell=said.put)
        _until(said, mqtt_link.Connected)
        begin = time.perf_counter()
        for message in made.messages:
            writer.publish("x/record", message.encode())
        for _ in made.messages:
            event = _until(events, mqtt_link.Received)
            assert isinstance(event, mqtt_link.Received)
            reader.acknowledge(event)
        taken = time.perf_counter() - begin
        reader.close()
        writer.close()
    print(f"the broker's hop alone: {len(made.messages) / taken:.0f} messages a second, there and taken")


def _until(events: "queue.SimpleQueue[mqtt_link.Event]", kind: type) -> mqtt_link.Event:
    while not isinstance(event := events.get(timeout=60), kind):
        assert not isinstance(event, mqtt_link.Lost), event
    return event
