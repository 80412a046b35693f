"""A station of the campaign, a process of its own: the real inbox, order book, chain, journal, gates and delivery.

Run as `python -m tests.chaos.station CONFIG PLAN_SEED ORDERS STATIONS RESEND_S`. Only its instruments answer from the
plan. What it still has to do it finds in its inbox and its journal, so it may be killed and started again at any time.
"""

import http.client
import json
import random
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from agent import assignment, record_form, seal
from agent.acceptance import accept
from agent.assignment import Assignment
from agent.config import load_station
from agent.delivery import Delivery, Pace
from agent.gate import Answer, GatedThroughput, Papers
from agent.inbox import Inbox
from agent.station import Station, opened
from agent.trust import Trust, load_trust
from diagnostics.instruments import Instruments
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Failure
from tests.chaos.cast import end_with_any_thread
from tests.chaos.plan import Job, draw
from tests.diagnostics.fakes import LIT, instruments, measured, run_at

_ASK_S = 10.0
_LOOK_S = 0.2


class HttpGate:
    """Asks the reflector's gate from this process: the children of the real station would cost hours here."""

    def ask(self, reflector: Reflector, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Answer]:
        try:
            connection = http.client.HTTPConnection(reflector.host, reflector.gate, timeout=_ASK_S)
            connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            return 0, Failure(kind="unreachable", stage="gate", detail=f"{type(error).__name__}")


def bench(job: Job) -> Instruments:
    """The instruments as this order's line answers them, each time the same."""
    lit = (measured("ont_rx_power_dbm", job.rx_dbm), *LIT[1:])
    return instruments(ont=lit, down=run_at(job.mbps), up=run_at(job.mbps))


def unfinished(station: Station, trust: Trust, folder: Path) -> Iterator[Assignment]:
    """The claimed orders that no test has come to a result for: what a technician would test again."""
    finished = {link.order.anchor for link in station.chain.links if link.order and _is_result(station, link.digest)}
    for path in sorted(folder.glob("*.json")):
        found = assignment.load(path, lambda: trust)
        if isinstance(found, Assignment) and found.ref.anchor not in finished:
            yield found


def _is_result(station: Station, digest: str) -> bool:
    """Whether a record says accepted or rejected: an inconclusive test is made again."""
    link = next(link for link in station.chain.links if link.digest == digest)
    if link.tx != "E":
        return False
    result = record_form.parse(seal.read(station.chain.token(link), typ=seal.RECORD).payload).result
    return result is not None and result.outcome != "inconclusive"


def make_tests(station: Station, given: Assignment, job: Job, trust: Trust) -> None:
    """Attempts until one comes to a result."""
    order, outcome = given.order, "inconclusive"
    line = Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered, ont_address="198.18.0.5")
    while outcome == "inconclusive":
        station.orders.admit(given)
        papers = Papers(
            order=given.token,
            seal=station.chain.admission,
            opened=lambda: station.chain.links[-1].digest,
            keep=station.chain.witness,
            trust=trust,
        )
        ready = bench(job)
        gated = GatedThroughput(ready.throughput, HttpGate(), papers)
        outcome = accept(
            order,
            ref=given.ref,
            discretion=station.discretion(given),
            receipt=gated.take_receipt,
            chain=station.chain,
            line=line,
            instruments=replace(ready, throughput=gated),
            environment={"software": "chaos"},
        ).verdict.outcome
        if outcome == "inconclusive":
            time.sleep(_LOOK_S)  # the technician looks where the reflector is
    print(f"tested {order.id}", flush=True)


def main(config_file: str, seed: str, orders: str, stations: str, resend_s: str) -> None:
    """Test what there is to test and deliver until killed; says so whenever everything is receipted."""
    end_with_any_thread()
    config = load_station(Path(config_file), {})
    jobs = {job.order: job for job in draw(int(seed), orders=int(orders), stations=int(stations)).jobs}
    trust, inbox = load_trust(config.trust), Inbox(config.state_dir)
    with opened(config) as station:
        assert config.mqtt is not None
        pace = Pace(resend_after_s=float(resend_s), have_every_s=2 * float(resend_s), chance=random.random)
        delivery = Delivery(station.chain, trust, config.mqtt, births=config.state_dir / "births", pace=pace)
        threading.Thread(target=delivery.run, args=(threading.Event(),), daemon=True).start()
        for given in unfinished(station, trust, config.state_dir / "orders"):
            make_tests(station, given, jobs[given.order.id], trust)
        while (found := inbox.take(lambda: trust)) is not None:
            assert isinstance(found, Assignment), found
            make_tests(station, found, jobs[found.order.id], trust)
        saved = threading.Event()
        station.chain.journal.watch(lambda entry: saved.set())
        while station.chain.pending():
            saved.wait(_LOOK_S)
            saved.clear()
        print("receipted", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
