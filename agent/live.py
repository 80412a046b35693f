"""What a running test shows while it runs: its steps, the rate each second, round trips, optical levels; bounded.

It listens to instruments and never touches what they measure. Times count in seconds from the start of the job.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Literal

from agent.acceptance import Stopped
from diagnostics.instruments import Heard, Instruments, Progress, Reading, Terminal, Wire

JobKind = Literal["look", "test", "again", "watch"]
_MOST = 1200
_BUCKET_S = 0.5
_OPTICAL = ("ont_rx_power_dbm", "ont_tx_power_dbm")


class Live:
    """One job as it is seen from outside; written by the job's threads, read by any."""

    def __init__(self, kind: JobKind, key: str, monotonic: Callable[[], float]) -> None:
        self.kind = kind
        self.key = key
        self._monotonic = monotonic
        self._began = monotonic()
        self._turn = threading.Lock()
        self._steps: dict[str, str] = {}
        self._rates: list[list[Any]] = []
        self._rtts: dict[int, list[float | None]] = {}
        self._optical: list[list[Any]] = []
        self._ended: dict[str, Any] | None = None
        self._lasted = 0.0
        self._stopping = False

    @property
    def running(self) -> bool:
        """Whether the job has not ended yet."""
        return self._ended is None

    @property
    def ended(self) -> dict[str, Any] | None:
        """What came of the job; None while it runs."""
        return self._ended

    @property
    def stopping(self) -> bool:
        """Whether somebody wants the job to end."""
        return self._stopping

    def stop(self) -> bool:
        """Want the job to end; whether that is new to a job that runs."""
        with self._turn:
            new = self.running and not self._stopping
            self._stopping = self._stopping or new
            return new

    @property
    def step(self) -> str:
        """The checks that run now, by name; empty between them."""
        with self._turn:
            return ", ".join(name for name, state in self._steps.items() if state == "started")

    def tell(self, words: str) -> None:
        """Hear that a check has started, or is done. Raises Stopped where somebody wants the job to end."""
        if self._stopping:
            raise Stopped("stopped on the page")
        name, _, state = words.partition(": ")
        with self._turn:
            if state in ("started", "done"):
                self._steps[name] = state

    def progress(self, progress: Progress) -> None:
        """Hear one second of a throughput run."""
        with self._turn:
            if len(self._rates) < _MOST:
                told = [progress.direction, progress.second, progress.of_s, round(progress.mbps, 1)]
                self._rates.append([self._passed(), *told])

    def end(self, **outcome: Any) -> None:
        """The job is over, with what came of it."""
        with self._turn:
            self._ended = outcome
            self._lasted = self._monotonic() - self._began

    def heard(self, instruments: Instruments) -> Instruments:
        """The same instruments, with this one listening to ONT and round trips."""
        return replace(
            instruments,
            terminal=_Terminal(instruments.terminal, self._read),
            wire=_Wire(instruments.wire, self._echo),
        )

    def to_json(self) -> dict[str, Any]:
        """All that there is to see now."""
        with self._turn:
            return {
                "kind": self.kind,
                "key": self.key,
                "running": self.running,
                "stopping": self._stopping,
                "passed_s": round(self._lasted if self._ended else self._monotonic() - self._began, 1),
                "steps": [[name, state] for name, state in self._steps.items()],
                "rates": list(self._rates),
                "round_trips": [_bucket(place, made) for place, made in sorted(self._rtts.items())],
                "optical": list(self._optical),
                "ended": self._ended,
            }

    def _passed(self) -> float:
        return round(self._monotonic() - self._began, 1)

    def _read(self, reading: Reading) -> None:
        with self._turn:
            for made in reading.measurements:
                if made.quantity in _OPTICAL and made.number is not None and len(self._optical) < _MOST:
                    self._optical.append([self._passed(), made.quantity, made.number])

    def _echo(self, line: Mapping[str, Any]) -> None:
        if "rtt_us" not in line:
            return
        with self._turn:
            place = int((self._monotonic() - self._began) / _BUCKET_S)
            if len(self._rtts) < _MOST:
                us = line["rtt_us"]
                self._rtts.setdefault(place, []).append(None if us is None else us / 1000)


def _bucket(place: int, made: list[float | None]) -> list[Any]:
    """Begin of half a second, its median round trip in ms (None: all lost), and how many answers were lost."""
    known = [ms for ms in made if ms is not None]
    return [place * _BUCKET_S, round(median(known), 2) if known else None, len(made) - len(known)]


@dataclass(frozen=True, slots=True)
class _Terminal:
    """A terminal whose readings somebody else hears as well."""

    terminal: Terminal
    hear: Callable[[Reading], None]

    def read(self) -> Reading:
        made = self.terminal.read()
        self.hear(made)
        return made


@dataclass(frozen=True, slots=True)
class _Wire:
    """A wire whose echoes under load somebody else hears as well."""

    wire: Wire
    hear: Callable[[Mapping[str, Any]], None]

    def ask(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        deadline_s: float,
        on_line: Callable[[Mapping[str, Any]], None] = lambda line: None,
        until: Callable[[], bool] | None = None,
    ) -> Heard:
        def both(line: Mapping[str, Any]) -> None:
            self.hear(line)
            on_line(line)

        on = both if task == "latency" else on_line
        return self.wire.ask(task, request, deadline_s=deadline_s, on_line=on, until=until)

    def echo(self, address: str, *, count: int, interval_s: float) -> Any:
        return self.wire.echo(address, count=count, interval_s=interval_s)
