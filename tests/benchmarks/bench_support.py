"""How soon an engineer has an answer: `status` in broker round trips, and a watch from the ONT's word to the screen.

Run with `python -m tests.benchmarks support`: a real `prooflight serve` in a process of its own, a real broker, a
virtual ONT. The round trips are taken in turns with the answers: a question to somebody who answers at once and does
nothing else. The watch ends where the terminal's picture was drawn.
"""

import io
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from agent.mqtt_link import Connected, Received, Subscribed
from agent.support.insisting import insist
from agent.support.screens import Terminal
from drivers.capture import load_capture
from drivers.virtual.ont import Faults, VirtualOnt
from tests.agent.broker import Broker
from tests.agent.delivering import Person
from tests.agent.support.site import Site, site_with
from tests.benchmarks.bench_watch import RX, Speaking

ENGINEERS = tuple(f"engineer-{number}" for number in range(5))
EACH = 8  # a station answers ten a minute to each
SECONDS = 20


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Echo:
    """Somebody who answers at once, and who asks: the least that a question over this broker takes."""

    def __init__(self, broker: Broker) -> None:
        self._asks, self._answers = Person(broker, "asks"), Person(broker, "answers")
        for person, topic in ((self._asks, "bench/answer"), (self._answers, "bench/question")):
            person.expect(Connected)
            person.link.subscribe(topic)
            person.expect(Subscribed)
        threading.Thread(target=self._answer, daemon=True).start()

    def round_trip_s(self, payload: bytes) -> float:
        """Seconds from a question to its answer, each as large as a command."""
        began = time.perf_counter()
        self._asks.link.publish("bench/question", payload)
        self._asks.link.acknowledge(self._asks.expect(Received))
        return time.perf_counter() - began

    def _answer(self) -> None:
        while True:
            question = self._answers.events.get()
            if isinstance(question, Received):
                self._answers.link.acknowledge(question)
                self._answers.link.publish("bench/answer", question.payload)


def answer_times(site: Site) -> None:
    """`status` asked and answered, and round trips, in turns."""
    echo = Echo(site.broker)
    first, whole, trips = list[float](), list[float](), list[float]()
    for who in ENGINEERS:
        with site.asking(who) as made:
            assert [told.code for told in made.find()] == ["found"]
            for _ in range(EACH):
                trips.append(echo.round_trip_s(b"x" * 1000))
                began = time.perf_counter()
                for told in made.ask("status", {}, ""):
                    if told.kind == "event":
                        first.append(time.perf_counter() - began)
                assert (told.kind, told.code) == ("end", ""), told
                whole.append(time.perf_counter() - began)
    trip = statistics.median(trips)
    print(f"broker round trip (question and answer): median {trip * 1000:.1f} ms of {len(trips)}")
    for name, times in (("status, its answer", first), ("status, to its end", whole)):
        median, worst = statistics.median(times), max(times)
        told = f"median {median * 1000:6.1f} ms = {median / trip:4.1f} round trips"
        print(f"{name:<22} {told}, worst {worst * 1000:6.1f} ms")


def watch_delays(site: Site, speaking: Speaking, think_s: float) -> None:
    """A watch from the ONT's last word of a second to the picture of it."""
    os.environ |= {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    shown = Terminal("en", -27.0, _Tty())
    delays: list[float] = []
    who = ENGINEERS[0]
    threading.Thread(target=site.grant, args=(who,), daemon=True).start()
    with site.asking(who) as made:
        assert [told.code for told in made.find()] == ["found"]
        for told in insist(made, "ont.watch", {"seconds": SECONDS}, "", wait_s=60.0):
            shown.show(told)
            said = speaking.said.get(told.about.get("values", {}).get(RX, 0.0)) if told.kind == "event" else None
            if said is not None:
                delays.append(1000 * (time.monotonic() - said - think_s))
    shown.close()
    made_of = f"median {statistics.median(delays):.0f} ms, worst {max(delays):.0f} ms of {len(delays)} seconds"
    print(f"from the ONT's answer to the engineer's screen: {made_of} (goal: 300 ms)")


def main() -> None:
    """Both."""
    think_s = 0.05
    speaking = Speaking()
    live = {"display optic": speaking.optics, "display pon statistics": speaking.counters}
    ont = VirtualOnt(capture=load_capture("huawei_wap", "lit"), faults=Faults(think_s=think_s), live=live)
    for lines in (("set_tcp_nodelay true",), ()):
        print(f"mosquitto {lines[0] if lines else 'as it comes'}:")
        with tempfile.TemporaryDirectory() as folder:
            site = site_with(Path(folder), ont, *ENGINEERS, broker_lines=lines)
            with site as made, made.serving():
                answer_times(made)
                if lines:
                    watch_delays(made, speaking, think_s)
