"""What the engineer sees of a command: notes as they come, answers as tables, a watch as a picture that moves.

A terminal gets tables and the moving picture, anything else one plain line each, `--json` one JSON document a line.
Nothing here decides anything, and nothing hostile in an answer reaches the terminal.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from agent.support.answers import answer_lines, answer_table
from agent.support.console_words import sentence
from agent.support.seen import Seen
from agent.support.told import Told
from agent.support.watch_view import picture, second_line, untold_line
from diagnostics.causes import Language

WATCH = "watch"


class Screen(Protocol):
    """Where it is shown."""

    def show(self, told: Told) -> None:
        """One thing more."""

    def close(self) -> None:
        """What moves stands still from now on; words still come."""


class JsonLines:
    """One JSON document a line, on one stream."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, told: Told) -> None:
        """Print it as it is."""
        print(json.dumps(told.to_json()), file=self._out, flush=True)

    def close(self) -> None:
        """Nothing moves here."""


class PlainLines:
    """Answers as lines on one stream, notes on another."""

    def __init__(self, out: TextIO, notes: TextIO, language: Language) -> None:
        self._out = out
        self._notes = notes
        self._language: Language = language
        self._seen = Seen()

    def show(self, told: Told) -> None:
        """Print it in words; a refusal or an end is for who asked."""
        if told.kind == "note":
            print(sentence(told, self._language), file=self._notes, flush=True)
        elif told.kind == "event":
            for line in self._lines(told.about):
                print(line, file=self._out, flush=True)

    def close(self) -> None:
        """Nothing moves here."""

    def _lines(self, event: Mapping[str, Any]) -> list[str]:
        first = not self._seen.series
        if event.get("event") == WATCH and _added(self._seen, event):
            untold = untold_line(self._seen, self._language) if first else ""
            return [*([untold] if untold else []), second_line(self._seen, self._language)]
        return answer_lines(event, self._language)


class Terminal:
    """Tables, and the moving picture of a watch, on a terminal."""

    def __init__(self, language: Language, floor: float | None, stream: TextIO | None = None) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=stream, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._language: Language = language
        self._floor = floor
        self._seen: Seen | None = None
        self._closed = False

    def show(self, told: Told) -> None:
        """Show it; a refusal or an end is for who asked."""
        from rich.text import Text

        if told.kind == "note":
            self._console.print(Text(sentence(told, self._language), style="dim"))
        elif told.kind == "event" and not self._moves(told.about):
            self._console.print(answer_table(told.about, self._language))

    def close(self) -> None:
        """Leave the picture standing as it is."""
        self._closed = True
        self._live.stop()

    def _moves(self, event: Mapping[str, Any]) -> bool:
        """Whether this was a second of a watch, which is in the picture now."""
        from rich.text import Text

        seen = self._seen or Seen()
        if event.get("event") != WATCH or not _added(seen, event):
            return False
        if self._closed:
            return True
        if self._seen is None:
            self._seen = seen
            self._live.start()
        size = self._console.size
        lines = picture(seen, self._language, floor=self._floor, width=size.width - 1, height=size.height - 1)
        self._live.update(Text("\n".join(lines), no_wrap=True), refresh=True)
        return True


def _added(seen: Seen, event: Mapping[str, Any]) -> bool:
    try:
        seen.add(event)
    except ValueError:
        return False
    return True


@contextmanager
def screen(*, as_json: bool, language: Language, floor: float | None) -> Iterator[Screen]:
    """The screen that fits what standard output is."""
    if as_json:
        yield JsonLines(sys.stdout)
    elif sys.stdout.isatty():
        shown = Terminal(language, floor)
        try:
            yield shown
        finally:
            shown.close()
    else:
        yield PlainLines(sys.stdout, sys.stderr, language)
