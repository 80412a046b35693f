"""`prooflight support STATION VERB`: ask a station from afar, as far as those on site agree; nothing is changed there.

Ctrl-C ends what runs at the station as well, and waits a moment for its word that it did.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config_support import SupportConfig, load_support
from agent.display import language_of
from agent.exits import INCOMPLETE, VERDICT_EXITS
from agent.support.console_words import say, sentence
from agent.support.told import Told
from agent.support.verb_guide import guide_json, guide_lines, read_arguments
from diagnostics.causes import Language
from diagnostics.errors import BadInput, NotAvailable, ProoflightError
from diagnostics.quantities import nearest_name

if TYPE_CHECKING:
    from agent.support.asking import Asker, Asking
    from agent.support.post import Post
    from agent.trust import Trust

_WAIT_S = 300
_LONGEST_WAIT_S = 1800
_SLOWEST_S = 200.0  # a check of the line may take 180 s before it tells anything
_OURS = ("bad_form", "wrong_station", "unknown_verb", "bad_arguments", "no_order")


class Incomplete(ProoflightError):
    """The station's answer ended before it was whole, or a part of it was lost."""

    exit_code = INCOMPLETE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("station", nargs="?", help="the station's name")
    parser.add_argument("verb", nargs="?", help="what to ask for; without it the verbs are listed")
    parser.add_argument("--stations", action="store_true", help="list the stations that the broker knows, then end")
    parser.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="an argument of the verb")
    parser.add_argument("--order", default="", metavar="WO", help="the work order that it is about")
    wait = f"how long to wait for consent (default {_WAIT_S}; 0: not at all)"
    parser.add_argument("--wait", type=int, default=_WAIT_S, metavar="S", help=wait)
    parser.add_argument("--json", action="store_true", help="print one JSON document a line, as it comes")
    parser.add_argument("--lang", choices=("en", "zh"), help="English or Chinese (as LANG says)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the engineer's configuration")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and show what comes."""
    language: Language = arguments.lang or language_of(os.environ)
    if arguments.stations:
        return _stations(load_support(arguments.config, os.environ), arguments.json, language)
    if not arguments.station:
        raise BadInput("name a station, or give --stations for a list of them")
    if not 0 <= arguments.wait <= _LONGEST_WAIT_S:
        raise BadInput(f"--wait: must be from 0 to {_LONGEST_WAIT_S} seconds")
    if not arguments.verb:
        print(json.dumps(guide_json(language)) if arguments.json else "\n".join(guide_lines(language)))
        return 0
    made = read_arguments(arguments.verb, arguments.arg)
    with _leaving_in_order():
        return _ask(load_support(arguments.config, os.environ), arguments, made, language)


def _ask(settings: SupportConfig, arguments: argparse.Namespace, made: Mapping[str, Any], language: Language) -> int:
    from agent.support.asking import Asking
    from agent.support.course import Patience
    from agent.support.screens import screen

    patience = Patience(turn_s=max(_SLOWEST_S, float(arguments.wait)))
    last, code = Told(kind="end"), 0
    with _posted(settings) as (post, asker), screen(as_json=arguments.json, language=language, floor=_floor()) as shown:
        asking = Asking(post, _pinned(asker.trust, arguments.station, settings.trust), asker, patience)
        try:
            for last in _told(asking, arguments, made):
                code = _code_of(last, code)
                shown.show(last)
        except (KeyboardInterrupt, BrokenPipeError) as left:
            shown.close()
            for last in asking.cancel():
                if isinstance(left, KeyboardInterrupt):
                    shown.show(last)
            if last.kind == "end":
                print(f"{arguments.station}: {sentence(last, language)}", file=sys.stderr)
            raise
    return exit_code(arguments.station, last, code, language)


def _told(asking: "Asking", arguments: argparse.Namespace, made: Mapping[str, Any]) -> Iterator[Told]:
    from agent.support.insisting import insist

    for told in asking.find():
        yield told
        if told.kind == "end":
            return
    yield from insist(asking, arguments.verb, made, arguments.order, wait_s=arguments.wait)


@contextmanager
def _leaving_in_order() -> Iterator[None]:
    """A closed terminal and a polite kill end what runs at the station, as Ctrl-C does, even ignored by a shell."""
    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in ends}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _posted(settings: SupportConfig) -> "Iterator[tuple[Post, Asker]]":
    """The way to the broker, and who asks over it; what is wrong with either is told before anything is sent."""
    from agent.keys import load_private
    from agent.support.asking import Asker
    from agent.support.command_counter import next_number
    from agent.support.post import Post
    from agent.trust import load_trust

    key = load_private(settings.key)
    asker = Asker(
        key=key,
        trust=load_trust(settings.trust),
        next_number=lambda: next_number(settings.counter, time.time_ns() // 1_000_000),
        now=lambda: datetime.now(UTC),
    )
    post = Post(
        settings.mqtt, client_id=f"prooflight-{settings.mqtt.tenant}-support-{key.kid[:8]}-{os.urandom(4).hex()}"
    )
    try:
        yield post, asker
    finally:
        post.close()


def _pinned(trust: "Trust", station: str, file: Path) -> str:
    """The station, where one of its keys is pinned: nothing that it says would be believed otherwise."""
    if not any((key.role, key.name, key.revoked) == ("station", station, None) for key in trust.keys.values()):
        names = [key.name for key in trust.keys.values() if key.role == "station"]
        raise BadInput(f"{file}: no key of station {station} is pinned{nearest_name(station, names)}; enrol it there")
    return station


def _code_of(told: Told, code: int) -> int:
    """The exit code of a verdict, where an answer brings one."""
    outcome = told.about.get("outcome") if told.kind == "event" else None
    return VERDICT_EXITS.get(outcome, code) if isinstance(outcome, str) else code


def exit_code(station: str, last: Told, code: int, language: Language) -> int:
    """What it ends with, by the last thing told; the error that says so where it is not well."""
    words = f"{station}: {sentence(last, language)}"
    if last.kind == "refused":
        raise BadInput(words) if last.code in _OURS else NotAvailable(words)
    if last.own:
        raise NotAvailable(words)
    if last.code or last.about.get("lost"):
        raise Incomplete(words)
    return code


def _floor() -> float | None:
    """What light an ONT of the usual class needs at least, by the usual criteria."""
    from agent.support.seen import RX
    from diagnostics.criteria import load
    from diagnostics.line import Ordered

    ordered = Ordered()
    limits = load(ordered.criteria).for_line(ordered)
    return next((limit.lower for limit in limits if limit.quantity == RX), None)


def _stations(settings: SupportConfig, as_json: bool, language: Language) -> int:
    """Every station that the broker holds a word of."""
    from agent.support.post import births

    with _posted(settings) as (post, _):
        found = sorted(births(post), key=lambda birth: birth.station)
    for birth in found:
        if as_json:
            print(json.dumps({"station": birth.station, "on": birth.on, "version": birth.version}))
        else:
            how = say("word_connected" if birth.on else "word_away", language)
            print(f"{birth.station:<24} {how:<14} {birth.version}".rstrip())
    if not found:
        raise NotAvailable("the broker holds no word of any station; see [mqtt] tenant, and its access list")
    return 0
