"""One admitted run: an iperf3 server for one source on one port, watched by the kernel's counters to its end.

It ends by itself: nobody came, the run is over, it took too long, a foreign address showed, or the gate stops. However
it ends, there is one outcome to sign.
"""

import functools
import math
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.admission import Admission
from agent.receipt import State
from agent.reflector.load import Load
from agent.reflector.sock_diag import Counted, Endings, sockets_at
from agent.reflector.tally import Tally
from diagnostics.errors import NotAvailable
from diagnostics.measurement import sanitised

_START_S = 10.0
_OVERTIME_S = 30.0
_DRAIN_S = 2.0
_AT_LIMIT_PERMILLE = 950


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run went, by the gate's monotonic microseconds."""

    state: State
    reason: str
    tally: Tally
    cpu_permille: int
    run_permille: int

    @property
    def ok(self) -> bool:
        """False where the server's own process was what limited the run."""
        return self.run_permille < _AT_LIMIT_PERMILLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run is served: address and port of ours, the admitted source, for how long it may come, the log."""

    address: str
    port: int
    source: str
    admitted_s: float
    log: Path


class Session:
    """The run's life in a thread of its own; `done` is called there with what came of it."""

    def __init__(self, admission: Admission, place: Place, done: Callable[[Outcome], None]) -> None:
        self.place = place
        self._admission = admission
        self._done = done
        self._tally = Tally(admission.direction, place.source)
        self._load = Load()
        self._stop = threading.Event()
        self._listening = threading.Event()
        self._over = threading.Event()
        self._run_permille = 0
        self._most_s = admission.discard_s + admission.average_s + int(_OVERTIME_S)
        self._nobody = f"nobody came within {place.admitted_s:g} s"
        # The thread starts the server and outlives it: a parent-death signal is tied to the thread that forked.
        self._thread = threading.Thread(target=self._live, name=f"run-{place.port}")
        self._thread.start()

    def await_listening(self) -> bool:
        """Whether the server answers now; False where it ended before."""
        while not self._listening.wait(0.05):
            if self._over.is_set():
                return False
        return True

    def stop(self) -> None:
        """End the run now, and return when its outcome was handed on."""
        self._stop.set()
        self._thread.join()

    def _live(self) -> None:
        state, reason = "failed", "the server could not be started"
        try:
            with Endings() as endings:
                state, reason = self._serve(endings)
        except (OSError, NotAvailable) as error:
            reason = sanitised(str(error), 120)
        finally:
            self._over.set()
            made: State = state  # type: ignore[assignment]
            cpu = self._load.busiest_permille()
            run = self._run_permille
            self._done(Outcome(state=made, reason=reason, tally=self._tally, cpu_permille=cpu, run_permille=run))

    def _serve(self, endings: Endings) -> tuple[str, str]:
        with self.place.log.open("wb") as log:
            try:
                process = subprocess.Popen(
                    server_command(self.place, self._most_s), stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
            except OSError as error:
                return "failed", f"iperf3 could not be started: {error.strerror}"
            try:
                if not self._answers(process):
                    return "failed", f"iperf3 did not start: {self._last_words()}"
                self._listening.set()
                why = self._watch(process, endings)
                self._drain(endings)
                if why:
                    return ("failed" if why == self._nobody else "aborted"), why
                if process.returncode or not self._tally.began:
                    return "failed", f"iperf3 ended without a run: {self._last_words()}"
                return "completed", ""
            finally:
                process.kill()
                process.wait()
                self._tally.end()

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        deadline = time.monotonic() + _START_S
        while b"listening" not in self.place.log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline or self._stop.wait(0.02):
                return False
        return True

    def _watch(self, process: "subprocess.Popen[bytes]", endings: Endings) -> str:
        """Count until the server ends; why it was ended before its time, or nothing."""
        born = time.monotonic()
        seconds = self._most_s - int(_OVERTIME_S)
        began_us = 0
        while process.poll() is None:
            now_us = self._count(endings)
            if self._tally.began and not began_us:
                began_us = now_us
                self._load.mark(process.pid)
            if began_us:
                elapsed = min(now_us - began_us, seconds * 1_000_000)
                if now_us - began_us <= seconds * 1_000_000:
                    self._run_permille = self._load.process_permille(process.pid, elapsed)
            late = time.monotonic() - born
            if self._tally.foreign:
                return "another address than the admitted one connected"
            if self._stop.is_set():
                return "the reflector was stopped"
            if not self._tally.seen and late > self.place.admitted_s:
                return self._nobody
            if late > self.place.admitted_s + seconds + _OVERTIME_S:
                return "the run took longer than it may"
            self._stop.wait(self._pause(now_us))
        return ""

    def _count(self, endings: Endings) -> int:
        now_us = time.monotonic_ns() // 1000
        self._tally.note(self._mine(sockets_at(self.place.port)), now_us)
        self._tally.note(self._mine(endings.take()), now_us)
        self._tally.sample(now_us)
        return now_us

    def _mine(self, counted: list[Counted]) -> list[Counted]:
        return [each for each in counted if each.port == self.place.port]

    def _pause(self, now_us: int) -> float:
        sample_us = self._tally.next_sample_us(now_us)
        if sample_us is not None:
            return min(0.25, max(0.001, (sample_us - time.monotonic_ns() // 1000) / 1e6))
        return 0.02 if self._tally.seen else 0.1

    def _drain(self, endings: Endings) -> None:
        """The last bytes are acknowledged after the server has ended; the destroy events tell them."""
        deadline = time.monotonic() + _DRAIN_S
        while self._mine(sockets_at(self.place.port)) and time.monotonic() < deadline:
            self._count(endings)
            time.sleep(0.01)
        self._count(endings)

    def _last_words(self) -> str:
        lines = self.place.log.read_text(errors="replace").strip().splitlines()
        return sanitised(lines[-1], 120) if lines else "no word"


def server_command(place: Place, most_s: int) -> list[str]:
    """How iperf3 is started: for one run of at most so many seconds, on one address and port, ended with us."""
    command = ["setpriv", "--pdeathsig", "KILL", "iperf3", "-s", "-1", "-B", place.address, "-p", str(place.port)]
    command += ["--forceflush", "-i", "0", "--idle-timeout", str(math.ceil(place.admitted_s))]
    return [*command, "--server-max-duration", str(most_s)] if "--server-max-duration" in _options() else command


@functools.cache
def _options() -> str:
    """What this iperf3 says of its options; it knows the longest duration since 3.17."""
    return subprocess.run(["iperf3", "--help"], capture_output=True, text=True, check=False).stdout
