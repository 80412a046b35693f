"""The campaign itself: everybody at work, struck by the plan, until each result is receipted or the time is over."""

import contextlib
import queue
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.agent.broker import MOSQUITTO
from tests.chaos.cast import Member, News, python
from tests.chaos.plan import ACCEPTORS, Blow
from tests.chaos.world import World

_TELL_S = 15.0
_LINES_KEPT = 30


@dataclass
class Tale:
    """What was seen: tests that came to an end, blows, lines by their kind, and who ended without being killed."""

    tested: set[tuple[str, str]] = field(default_factory=set)
    receipted: set[str] = field(default_factory=set)
    killed: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    ended: list[str] = field(default_factory=list)
    relayed: str = ""
    took_s: float = 0.0


class ChaosError(AssertionError):
    """The campaign did not come to its end in time; says where it stood."""


class Campaign:
    """One campaign in one world; `strike_database` kills and restarts a database server, where there is one."""

    def __init__(
        self,
        world: World,
        *,
        resend_s: float,
        strike_database: Callable[[], None] | None,
        say: Callable[[str], None] = lambda words: None,
    ) -> None:
        self._world, self._plan = world, world.plan
        self._strike_database = strike_database
        self._say = say
        self._news: News = queue.SimpleQueue()
        self._cast = {name: Member(name, command, self._news) for name, command in _commands(world, resend_s).items()}
        self._last: dict[str, deque[str]] = {name: deque(maxlen=_LINES_KEPT) for name in self._cast}
        self.tale = Tale()

    def run(self, bound_s: float) -> Tale:
        """Play it to its end; ChaosError where that does not come within the bound."""
        begin = time.monotonic()
        with self._everybody():
            for blow in self._plan.blows:
                self._until(lambda blow=blow: len(self.tale.tested) >= blow.after, begin + bound_s)  # type: ignore[misc]
                self._strike(blow)
            self._until(lambda: len(self.tale.receipted) == len(self._plan.stations), begin + bound_s)
            self._cast["relay"].ask()
            self._until(lambda: bool(self.tale.relayed), begin + bound_s)
            codes = {name: self._cast[name].end(bound_s) for name in ACCEPTORS}
        # One that was started just now may be asked before it has said how it wants to end.
        assert set(codes.values()) <= {0, -signal.SIGTERM}, codes
        self.tale.took_s = time.monotonic() - begin
        return self.tale

    @contextlib.contextmanager
    def _everybody(self) -> Iterator[None]:
        try:
            for member in self._cast.values():
                member.start()
            yield
        finally:
            for member in self._cast.values():
                member.kill()

    def _strike(self, blow: Blow) -> None:
        victims = dict.fromkeys(name for victim in blow.victims for name in self._whom(victim))
        for name in victims:
            self.tale.killed[name] += 1
            self.tale.receipted.discard(name)
            self._cast[name].kill()
        if "database" in blow.victims:
            self.tale.killed["database"] += 1
            if self._strike_database is not None:
                self._strike_database()
        time.sleep(blow.pause_s)
        for name in victims:
            self._cast[name].start()

    def _whom(self, victim: str) -> tuple[str, ...]:
        """The processes that a victim is: a database in a file dies with all who have it open."""
        if victim != "database":
            return (victim,)
        return ACCEPTORS if self._strike_database is None else ()

    def _until(self, done: Callable[[], bool], end: float) -> None:
        told = time.monotonic()
        while not done():
            left = end - time.monotonic()
            if left <= 0:
                raise ChaosError(self._standing())
            with contextlib.suppress(queue.Empty):
                self._hear(*self._news.get(timeout=min(left, 1.0)))
            if time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                self._say(self._progress())

    def _hear(self, name: str, life: int, line: str | None) -> None:
        member = self._cast[name]
        if line is None:
            if life == member.life and member.alive:
                self._revive(member)
            return
        self._last[name].append(line)
        kind, _, rest = line.partition(" ")
        if kind == "tested":
            self.tale.tested.add((name, rest))
        elif line == "receipted" and life == member.life:
            self.tale.receipted.add(name)
        elif name == "relay" and kind == "handed":
            self.tale.relayed = line
        elif name in ACCEPTORS:
            self.tale.lines["repeated" if line.endswith("repeated") else "other"] += 1

    def _revive(self, member: Member) -> None:
        """Who ends without being killed is started again, as systemd would, and not forgotten."""
        self.tale.ended.append(f"{member.name}: {' / '.join(list(self._last[member.name])[-3:])}")
        self.tale.receipted.discard(member.name)
        member.kill()
        member.start()

    def _progress(self) -> str:
        tests, killed = f"{len(self.tale.tested)} of {self._plan.tests} tested", sum(self.tale.killed.values())
        stations = f"{len(self.tale.receipted)} of {len(self._plan.stations)} stations receipted"
        return f"{tests}, {killed} killed, {stations}, {self.tale.lines['repeated']} repeats answered"

    def _standing(self) -> str:
        last = "\n".join(f"{name}: {' / '.join(list(lines)[-4:])}" for name, lines in self._last.items() if lines)
        return f"not at its end in time: {self._progress()}\n{last}"


def _commands(world: World, resend_s: float) -> Mapping[str, list[str]]:
    ports, plan = world.ports, world.plan
    commands = {
        "broker": [MOSQUITTO, "-c", str(_broker(world, "near", ports.near))],
        "far broker": [MOSQUITTO, "-c", str(_broker(world, "far", ports.far))],
        "relay": python("tests.chaos.relay", ports.near, ports.far, plan.seed),
        "reflector": python("tests.chaos.reflector", world.folder, ports.gate, ports.near),
    }
    for name in ACCEPTORS:
        commands[name] = python("agent.cli", "acceptor", "serve", "--config", world.config(name))
    for name in plan.stations:
        words = (world.config(name), plan.seed, len(plan.jobs), len(plan.stations), resend_s)
        commands[name] = python("tests.chaos.station", *words)
    return commands


def _broker(world: World, name: str, port: int) -> str:
    """A broker whose memory is lost with it, and that forgets nothing before."""
    config = world.folder / f"{name}.conf"
    lines = ["allow_anonymous true", "log_type error", "user root", "persistence false", "max_queued_messages 0"]
    config.write_text("\n".join([f"listener {port} 127.0.0.1", *lines]) + "\n")
    return str(config)
