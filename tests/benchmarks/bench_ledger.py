"""Records verified, judged again and committed per second and core, against bare signatures and bare rows; one run.

`python -m tests.benchmarks ledger [--orders N] [--rounds N]`. Each order is two records (opened, closed) and two
receipts. SQLite and PostgreSQL with every sync; 1, 2 and 4 processes on one database; the broker's hop apart.
"""

import argparse
import hashlib
import itertools
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
from dataclasses import dataclass
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
ANSWER_BYTES = 1200
TABLES = ("records", "attempts", "receipts", "tickets")
PROCESS = "import sys; from tests.benchmarks.bench_ledger import work; work(sys.argv[1:])"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the same records took: seconds by the clock, and of all processors, the database's too."""

    wall: float
    processor: float


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One of the engines: where its next ledger is, and the processor time of its server so far."""

    name: str
    place: Callable[[], LedgerPlace]
    server_s: Callable[[], float]


def main(options: list[str]) -> None:
    """Print rates and ratios."""
    parser = argparse.ArgumentParser(prog="ledger")
    parser.add_argument("--orders", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as name, _engines(Path(name)) as engines:
        made = fleet(Path(name), asked.orders)
        made.save(Path(name) / "fleet.json")
        size = sum(map(len, made.messages)) / len(made.messages)
        print(f"{len(made.messages)} records, {size / 1000:.1f} kB a message; {os.cpu_count()} cores for everything")
        for engine in engines:
            _engine(engine, made, asked.rounds)
        _hop(Path(name), made)


@contextmanager
def _engines(folder: Path) -> Iterator[list[Engine]]:
    numbers = itertools.count()
    with postgres.cluster(durable=True) as cluster:
        yield [
            Engine(name="SQLite", place=lambda: folder / f"ledger-{next(numbers)}", server_s=lambda: 0.0),
            Engine(
                name="PostgreSQL",
                place=lambda: PostgresSettings(dsn=cluster.database()),
                server_s=lambda: cluster.processor_s,
            ),
        ]


def _engine(engine: Engine, made: Fleet, rounds: int) -> None:
    """Side by side in turns: bare signatures, bare rows, one acceptor; then several."""
    costs: dict[str, list[Cost]] = {"bare signatures": [], "bare rows": [], "bare answers": [], "acceptor": []}
    for _ in range(rounds):
        costs["bare signatures"].append(_bare_signatures(made))
        costs["bare answers"].append(_bare_answers(made))
        where = _filled(engine.place(), made)
        costs["acceptor"].append(_raced(where, made, 1, engine.server_s))
        costs["bare rows"].append(_bare_rows(where, engine.place(), engine.server_s))
    count = len(made.messages)
    wall = {what: count / statistics.median(cost.wall for cost in taken) for what, taken in costs.items()}
    core = {what: count / statistics.median(cost.processor for cost in taken) for what, taken in costs.items()}
    together = 1 / sum(1 / core[what] for what in costs if what != "acceptor")
    for what in costs:
        print(f"{engine.name}: {what:<16} {wall[what]:6.0f} records a second, {core[what]:6.0f} per core", end="")
        print(f"; {_of_slower(wall):.2f} x of the slower, per core {_of_slower(core):.2f} x" * (what == "acceptor"))
    print(f"{engine.name}: the bare work together: {together:6.0f} per core, {_of_slower(core, together):.2f} x")
    for several in (2, 4):
        rate = count / _raced(_filled(engine.place(), made), made, several, engine.server_s).wall
        print(
            f"{engine.name}: {several} processes      {rate:6.0f} records a second,"
            f" {rate / wall['acceptor']:.2f} x of one"
        )


def _of_slower(rates: dict[str, float], rate: float = 0.0) -> float:
    return (rate or rates["acceptor"]) / min(rates["bare signatures"], rates["bare rows"])


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


def _bare_signatures(made: Fleet) -> Cost:
    """The bare verification of every signature in the messages, each with a key that is ready, from the token's text.

    Base64url and the token's SHA-256 belong to it: without the one there is no signature, without the other no name.
    """
    found = json.loads((made.folder / "trust.jwks").read_bytes())["keys"]
    keys = {key["kid"]: Ed25519PublicKey.from_public_bytes(_decoded(key["x"])) for key in found}
    ready = []
    for token in made.tokens:
        kid = json.loads(_decoded(token.partition(".")[0]))["kid"]
        ready.append((keys[kid], token))
    begin, used = time.perf_counter(), time.process_time()
    for key, token in ready:
        signed, _, signature = token.rpartition(".")
        _decoded(signed.partition(".")[2])
        key.verify(_decoded(signature), signed.encode())
        hashlib.sha256(token.encode()).hexdigest()
    return Cost(wall=time.perf_counter() - begin, processor=time.process_time() - used)


def _bare_answers(made: Fleet) -> Cost:
    """Signing as many texts as the answers have: an acceptance for each record, a verdict for each order."""
    key, text = load_private(made.folder / "acceptor.jwk"), b"x" * ANSWER_BYTES
    begin, used = time.perf_counter(), time.process_time()
    for _ in range(len(made.messages) + len(made.orders)):
        key.sign(text)
    return Cost(wall=time.perf_counter() - begin, processor=time.process_time() - used)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _bare_rows(source: LedgerPlace, target: LedgerPlace, server_s: Callable[[], float]) -> Cost:
    """Inserting the rows that an acceptor has written into empty tables of the same form."""
    held = connect(source, read_only=True)
    rows = {table: [tuple(row) for row in _columns(held, table)] for table in TABLES}
    names = {table: _names(held, table) for table in TABLES}
    held.close()
    empty = connect(target)
    each = max(1, BATCH * len(rows["attempts"]) * 2 // len(rows["records"]))
    begin, used = time.perf_counter(), time.process_time() + server_s()
    for start in range(0, len(rows["records"]), each):
        empty.transact(lambda start=start: _insert(empty, names, rows, start, each))  # type: ignore[misc]
    taken = Cost(wall=time.perf_counter() - begin, processor=time.process_time() + server_s() - used)
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


def _raced(place: LedgerPlace, made: Fleet, count: int, server_s: Callable[[], float]) -> Cost:
    """All messages taken by so many processes."""
    where = place.dsn if isinstance(place, PostgresSettings) else str(place)
    fleet_file = str(made.folder / "fleet.json")
    words = [[sys.executable, "-c", PROCESS, fleet_file, where, str(count), str(number)] for number in range(count)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for command in words]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin, served = time.perf_counter(), server_s()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    used = [float(process.communicate(timeout=600)[0]) for process in started]
    taken = Cost(wall=time.perf_counter() - begin, processor=sum(used) + server_s() - served)
    ledger = _ledger(place, made)
    closed = ledger.connection.execute("SELECT count(*) FROM tickets WHERE state = 'closed'").fetchone()[0]
    ledger.close()
    assert closed == len(made.orders), f"{closed} of {len(made.orders)} are closed"
    return taken


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
    criteria.load("cn_telecom_ftth")
    believed(messages[-1], trust, NOW)  # what is loaded once in an acceptor's life does not belong to a record
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
