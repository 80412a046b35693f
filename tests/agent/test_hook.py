"""The hook of a station: which mood is told when, and that no command of the operator's holds anything up."""

import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent.config_hook import HookSettings, hook_settings
from agent.daemon import Daemon
from agent.hook import Watcher, told
from agent.mood import PATIENCE_S, Facts, Mood, mood_of
from agent.toml_table import ConfigError, TomlTable
from tests.agent.delivering import Words

LONG = PATIENCE_S + 1


@pytest.mark.parametrize(
    ("facts", "mood"),
    [
        (Facts(), "idle"),
        (Facts(running=True), "testing"),
        (Facts(outcome="accepted"), "accepted"),
        (Facts(outcome="rejected"), "rejected"),
        (Facts(outcome="inconclusive"), "inconclusive"),
        (Facts(outcome="accepted", waiting_s=PATIENCE_S), "accepted"),
        (Facts(outcome="accepted", waiting_s=LONG), "undelivered"),
        (Facts(waiting_s=LONG), "undelivered"),
        (Facts(running=True, waiting_s=LONG), "testing"),
        (Facts(outcome="accepted", closed=True), "closed"),
        (Facts(failed=True), "fault"),
        (Facts(failed=True, running=True), "testing"),
        (Facts(broken=True, running=True), "fault"),
    ],
    ids=str,
)
def test_what_is_known_makes_one_mood(facts: Facts, mood: Mood) -> None:
    assert mood_of(facts) == mood


@dataclass
class Station:
    """What a watcher sees of a daemon, and can be set here."""

    live: Any = None
    broken: threading.Event = field(default_factory=threading.Event)
    delivery: Any = "a delivery"
    records: list[str] = field(default_factory=list)
    answered: dict[str, str] = field(default_factory=dict)

    @property
    def station(self) -> Any:
        links = [SimpleNamespace(digest=digest, open="b1", tx="EV"[place]) for place, digest in enumerate(self.records)]
        chain = SimpleNamespace(
            links=links, pending=lambda: [link for link in links if link.digest not in self.answered]
        )

        def answer(digest: str) -> Any:
            decision = self.answered.get(digest)
            return decision and SimpleNamespace(decision=decision)

        return SimpleNamespace(chain=chain, answer=answer, config=SimpleNamespace(name="s1"))


def live(**ended: str) -> SimpleNamespace:
    return SimpleNamespace(running=not ended, ended=ended or None)


def test_each_change_of_a_visit_is_handed_on_once() -> None:
    now, moods, seen = [0.0], list[str](), Station()
    watcher = Watcher(cast(Daemon, seen), moods.append, lambda: now[0])

    def look(after_s: float = 0.0) -> None:
        now[0] += after_s
        watcher.look()
        watcher.look()

    look()
    seen.live = live()
    look(1)
    seen.records = ["e1"]
    look(100)  # a test takes its time, and is no waiting
    seen.live = live(outcome="accepted", digest="e1")
    look(1)
    look(LONG)
    seen.answered["e1"] = "recorded"
    look(1)
    seen.records.append("v1")  # the visit, on which the work order is closed
    look(1)
    seen.answered["v1"] = "closed"
    look(1)
    assert moods == ["idle", "testing", "accepted", "undelivered", "accepted", "closed"]


def test_a_station_that_delivers_nothing_is_not_undelivered() -> None:
    now, moods = [0.0], list[str]()
    watcher = Watcher(cast(Daemon, Station(delivery=None, records=["e1"])), moods.append, lambda: now[0])
    now[0] = 10 * LONG
    watcher.look()
    assert moods == ["idle"]


def script(folder: Path, body: str) -> Path:
    path = folder / "lamp"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sleep 300 & exec sleep 300", "lamp idle: no end within 1 s; killed"),
        ("exit 3", "lamp idle: ended with 3"),
        (None, "lamp: No such file or directory; mend [hook] command"),
    ],
    ids=["never ends", "fails", "is not there"],
)
def test_a_bad_command_is_said_and_nothing_waits_for_it(tmp_path: Path, body: str | None, said: str) -> None:
    words = Words()
    path = tmp_path / "lamp" if body is None else script(tmp_path, body)
    with told(cast(Daemon, Station()), HookSettings(command=(str(path),), seconds=1), words) as look:
        look()
        words.wait(said)


def test_a_command_hears_the_event_in_its_environment_and_nothing_else_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "hunter2")
    path = script(tmp_path, f"env > {tmp_path}/heard.part && mv {tmp_path}/heard.part {tmp_path}/heard; exit 9")
    words = Words()
    with told(cast(Daemon, Station()), HookSettings(command=(str(path),)), words) as look:
        look()
        words.wait("ended with 9")
    heard = (tmp_path / "heard").read_text()
    assert "PROOFLIGHT_EVENT=idle\n" in heard and "PROOFLIGHT_STATION=s1\n" in heard
    assert "hunter2" not in heard


@pytest.mark.parametrize(
    "made", [{}, {"command": []}, {"command": ["lamp"]}, {"command": "/bin/lamp"}, {"command": ["/x"], "seconds": 0}]
)
def test_a_hook_that_cannot_be_run_is_refused_at_the_door(made: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"command|seconds"):
        hook_settings(TomlTable(Path("station.toml"), made))
