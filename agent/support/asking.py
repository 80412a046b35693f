"""Asking a station: one signed command after the other, and what becomes of each, told until it has ended.

A command is signed only when its subscription stands and its number is on the disk. This machine's clock decides
nothing: the time in a command is told, and all waiting is by the monotonic clock.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import seal
from agent.keys import PrivateKey
from agent.mqtt_link import Lost
from agent.support import box
from agent.support.command import Command, seal_command
from agent.support.course import Course, Patience
from agent.support.limits import EXPIRY_S
from agent.support.listener import Listener
from agent.support.post import Birth, Happening, Post, Ready
from agent.support.told import Told
from agent.trust import Trust

CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: the key that signs, the keys that are believed, the next number, the time that is told."""

    key: PrivateKey
    trust: Trust
    next_number: Callable[[], int]
    now: Callable[[], datetime]


class Asking:
    """One engineer at one station, over one connection; used by one thread."""

    def __init__(self, post: Post, station: str, asker: Asker, patience: Patience) -> None:
        self._post = post
        self._station = station
        self._asker = asker
        self._patience = patience
        self._birth: Birth | None = None
        self._course: Course | None = None

    def find(self) -> Iterator[Told]:
        """Reach the broker and look for the station; the last thing told is an end where it is not there."""
        self._post.hear_state(self._station)
        until, why = time.monotonic() + self._patience.broker_s, ""
        while self._birth is None:
            happened = self._post.next(until)
            if happened is None:
                yield _end("station_unknown") if self._post.ready else _end("broker_away", why=why)
                return
            if isinstance(happened, Ready):
                until = time.monotonic() + self._patience.birth_s
            if isinstance(happened, Lost) and not why:
                why = happened.why
                yield Told(kind="note", code="broker_lost", about={"why": why})
            self._learn(happened)
        if not self._birth.on:
            yield _end("station_off")
        else:
            yield Told(kind="note", code="found", about={"version": self._birth.version})

    def ask(self, verb: str, arguments: Mapping[str, Any], order: str) -> Iterator[Told]:
        """Send a command and tell what comes of it; the last thing told is a refusal or an end."""
        self._course = self._issued(verb, arguments, order)
        yield Told(kind="note", code="signed", about={"command": self._course.listener.of, "verb": verb})
        yield from self._follow(self._course)

    def cancel(self) -> Iterator[Told]:
        """Have the station end what it does for us; the last thing told is its end."""
        running = self._course
        if running is None or running.ended or not running.sent:
            return
        yield Told(kind="note", code="cancelling")
        stop = self._issued(CANCEL, {"of": running.listener.of}, "")
        running.hurry(time.monotonic() + self._patience.cancel_s)
        stop.hurry(time.monotonic() + self._patience.cancel_s)
        yield from self._follow(running, stop)

    def wait(self, seconds: float) -> None:
        """Let time pass, and learn meanwhile how the station is."""
        until = time.monotonic() + seconds
        while (happened := self._post.next(until)) is not None:
            self._learn(happened)

    def look_again(self) -> None:
        """Wait a little for another birth of the station than the last command named."""
        until = time.monotonic() + self._patience.birth_s
        while self._birth and self._course and self._birth.nonce in ("", self._course.birth.nonce):
            happened = self._post.next(until)
            if happened is None:
                return
            self._learn(happened)

    def _issued(self, verb: str, arguments: Mapping[str, Any], order: str) -> Course:
        assert self._birth is not None, "the station was found first"
        key = box.new_key()
        command = Command(
            station=self._station,
            boot_nonce=self._birth.nonce,
            counter=self._asker.next_number(),
            verb=verb,
            arguments=arguments,
            order=order,
            x=key.x,
            y=key.y,
            issued=self._asker.now(),
        )
        token = seal_command(command, self._asker.key)
        trust, gap_s = self._asker.trust, self._patience.gap_s
        listener = Listener(seal.digest_of(token), station=self._station, trust=trust, key=key, gap_s=gap_s)
        self._post.hear_replies(self._station, listener.of)
        return Course(token, listener, self._birth, self._patience, time.monotonic())

    def _follow(self, course: Course, stop: Course | None = None) -> Iterator[Told]:
        """Follow a command to its end; with `stop` the one that ends it as well, of which nothing is told."""
        while not course.ended:
            for each in (course, stop):
                self._send(each)
            happened = self._post.next(course.due_at)
            now = time.monotonic()
            if happened is not None:
                self._learn(happened)
                yield from course.heed(happened, now)
                for told in stop.heed(happened, now) if stop is not None else ():
                    if told.kind == "refused":
                        yield _end("cancel_refused", why=told.code)
                        return
            if not course.ended and now >= course.due_at:  # also where somebody floods us with what is not believed
                yield from course.overdue(now)

    def _send(self, course: Course | None) -> None:
        """Send a command where it is not on its way yet, or may have been lost with the connection."""
        if course is None or not course.due_to_send or not self._post.ready:
            return
        mid = self._post.send(self._station, course.token, repeat=course.sent, expiry_s=EXPIRY_S)
        if mid is not None:
            course.send(mid, time.monotonic())

    def _learn(self, happened: Happening) -> None:
        if not isinstance(happened, Birth) or happened.station != self._station:
            return
        if self._birth is None or happened.on or happened.number >= self._birth.number:
            self._birth = happened  # a death of an older birth means nothing


def _end(code: str, **about: Any) -> Told:
    return Told(kind="end", code=code, own=True, about=about)
