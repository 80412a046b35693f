"""The hook: runs the operator's own command whenever the station's mood changes, so that a lamp or buzzer can show it.

The command runs in a thread of its own, one at a time, with a limit of time; whatever it does, no test waits for it.
"""

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent.config_hook import HookSettings
from agent.daemon import Daemon
from agent.mood import Facts, Mood, mood_of
from agent.survey import JournalError

_LOOK_S = 1.0
_WAITING = 16
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Watcher:
    """Works out the mood of one daemon, and hands on each change; looked at by any thread."""

    def __init__(self, daemon: Daemon, hand_on: Callable[[Mood], None], monotonic: Callable[[], float]) -> None:
        self._daemon = daemon
        self._hand_on = hand_on
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._last: Mood | None = None
        self._rest_since = monotonic()
        self._closed: dict[str, bool] = {}

    def look(self) -> None:
        """Look at the daemon now."""
        with self._turn:
            mood = mood_of(self._facts())
            if mood != self._last:
                self._last = mood
                self._hand_on(mood)

    def _facts(self) -> Facts:
        daemon, live, now = self._daemon, self._daemon.live, self._monotonic()
        pending = {link.digest for link in daemon.station.chain.pending()}
        running = live is not None and live.running
        if running or not pending:
            self._rest_since = now
        ended = (live.ended if live is not None else None) or {}
        digest = str(ended.get("digest", ""))
        return Facts(
            broken=daemon.broken.is_set(),
            running=running,
            outcome=str(ended.get("outcome", "")).lower(),
            failed=bool(ended.get("fault")),
            closed=bool(digest) and digest not in pending and self._is_closed(digest),
            waiting_s=now - self._rest_since if pending and daemon.delivery is not None else None,
        )

    def _is_closed(self, digest: str) -> bool:
        """Whether the acceptor closed the work order on this record, or on the visit around it; a yes is remembered."""
        if not self._closed.get(digest):
            links = self._daemon.station.chain.links
            opened = {link.open for link in links if link.digest == digest}
            named = [link.digest for link in links if link.open in opened and link.tx in "EV"]
            with contextlib.suppress(JournalError):
                answers = [self._daemon.station.answer(each) for each in named]
                self._closed[digest] = any(answer is not None and answer.decision == "closed" for answer in answers)
        return self._closed.get(digest, False)


@contextmanager
def told(daemon: Daemon, settings: HookSettings | None, say: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """Tell the hook of each change until the block ends; yields what looks at once."""
    if settings is None:
        yield lambda: None
        return
    moods: queue.Queue[Mood] = queue.Queue(_WAITING)
    leave = threading.Event()

    def hand_on(mood: Mood) -> None:
        with contextlib.suppress(queue.Full):  # a hook that is that far behind shows nothing that is true anyway
            moods.put_nowait(mood)

    def tick() -> None:
        while not leave.wait(_LOOK_S):
            watcher.look()

    def work() -> None:
        while not leave.is_set() or not moods.empty():
            with contextlib.suppress(queue.Empty):
                _run(settings, moods.get(timeout=_LOOK_S), daemon.station.config.name, say)

    watcher = Watcher(daemon, hand_on, time.monotonic)
    threads = [threading.Thread(target=each, name="hook", daemon=True) for each in (tick, work)]
    for thread in threads:
        thread.start()
    try:
        yield watcher.look
    finally:
        leave.set()
        for thread in threads:
            thread.join(_LOOK_S + settings.seconds)


def _run(settings: HookSettings, mood: Mood, station: str, say: Callable[[str], None]) -> None:
    environment = {"PATH": _PATH, "LANG": "C.UTF-8", "PROOFLIGHT_EVENT": mood, "PROOFLIGHT_STATION": station}
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            settings.command, env=environment, start_new_session=True, stdin=nothing, stdout=nothing, stderr=nothing
        )
    except OSError as error:
        say(f"hook: {settings.command[0]}: {error.strerror}; mend [hook] command")
        return
    try:
        if status := process.wait(settings.seconds):
            say(f"hook: {settings.command[0]} {mood}: ended with {status}")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        say(f"hook: {settings.command[0]} {mood}: no end within {settings.seconds} s; killed")
