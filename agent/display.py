"""What people see of a run: progress, then findings, verdict and causes; rich on a terminal, else plain lines.

Nothing here decides anything. `NO_COLOR` is honoured by rich itself.
"""

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from agent.baseline import Change
from agent.commitment import ONT_SERIAL, Disclosure
from diagnostics.causes import Cause, Language, words_of
from diagnostics.instruments import LAYERS
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Finding, Verdict

_COLOURS = {
    "pass": "green",
    "marginal": "yellow",
    "fail": "red",
    "unknown": "magenta",
    "accepted": "green",
    "rejected": "red",
    "inconclusive": "magenta",
}
_CAUSE_WORDS = {
    "en": {"cause": "cause", "because": "because", "next": "do next"},
    "zh": {"cause": "原因", "because": "依据", "next": "下一步"},
}
_SHOWN = tuple(
    f"throughput_{way}_{kind}"
    for way in ("down", "up")
    for kind in ("mbps", "contract_ratio", "kbyte_s_per_mbit", "layer", "confidence")
)


class Display:
    """Tells people how a run goes and what came of it, on one stream."""

    def __init__(self, stream: TextIO | None = None, language: Language = "en") -> None:
        self._stream = stream or sys.stdout
        self._language: Language = language
        self._lock = threading.Lock()
        self._console: Any = None
        if self._stream.isatty():
            from rich.console import Console

            self._console = Console(file=self._stream, highlight=False)

    def say(self, words: str, style: str = "") -> None:
        """One line of plain words."""
        with self._lock:
            if self._console is not None:
                self._console.print(words, style=style or None, markup=False)
            else:
                print(words, file=self._stream, flush=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Any]:
        """A function to be told each step; a spinner on a terminal, a line a step elsewhere."""
        if self._console is None:
            self.say(title)
            yield lambda words: self.say(f"  {words}")
            return
        with self._console.status(title) as status:
            yield lambda words: status.update(f"{title}: {_escaped(words)}")

    def show(
        self,
        verdict: Verdict,
        causes: Sequence[Cause],
        measurements: Sequence[Measurement],
        changes: Sequence[Change] = (),
    ) -> None:
        """What changed since the baseline, findings, figures in all their units, the verdict, causes with actions."""
        for change in changes:
            self.say(f"changed: {change.sentence}", style="bold")
        if self._console is not None:
            self._console.print(_table(verdict.findings))
        else:
            for finding in verdict.findings:
                self.say(f"{finding.status.upper():<9}{_weight(finding):<10}{finding.sentence}")
        for line in figures(measurements):
            self.say(line)
        self.say(f"verdict: {verdict.outcome.upper()}", style=f"bold {_COLOURS[verdict.outcome]}")
        for place, cause in enumerate(causes, 1):
            title, action = words_of(cause.name, self._language)
            said = _CAUSE_WORDS[self._language]
            self.say(f"{said['cause']} {place}: {title} [{cause.name}]", style="bold")
            for evidence in cause.evidence:
                self.say(f"  {said['because']} {evidence}")
            self.say(f"  {said['next']}: {action}")


def serials(disclosures: Sequence[Disclosure]) -> list[str]:
    """The ordered serial beside another one that was read, for the screen of who stands before the ONT."""
    found = [each.value for each in disclosures if each.name == ONT_SERIAL]
    return [f"on this screen only: ordered ONT {found[0]}, read {', '.join(found[1:])}"] if len(found) > 1 else []


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that the environment asks for, by the first of LC_ALL, LC_MESSAGES and LANG that is set."""
    wanted = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if wanted.startswith("zh") else "en"


def figures(measurements: Sequence[Measurement]) -> list[str]:
    """Throughput in Mbit/s, in % of what was ordered, and in kB/s for each ordered Mbit/s, units spelled out."""
    found = {m.quantity: m for m in measurements if m.quantity in _SHOWN}
    lines = []
    for way, word in (("down", "download"), ("up", "upload")):
        made = [found.get(f"throughput_{way}_{kind}") for kind in ("mbps", "contract_ratio", "kbyte_s_per_mbit")]
        numbers = [m.number if m else None for m in made]
        if None not in numbers:
            mbps, ratio, per_mbit = (float(n or 0) for n in numbers)
            unit = QUANTITIES[f"throughput_{way}_kbyte_s_per_mbit"].unit
            layer, steady = (found.get(f"throughput_{way}_{kind}") for kind in ("layer", "confidence"))
            counted = next((words for name, words in LAYERS.items() if layer and layer.value == name), "TCP payload")
            words = f"{word}: {mbps:.1f} Mbit/s of {counted} = {ratio:.1%} of the order = {per_mbit:.1f} {unit}"
            lines.append(words + (f", confidence {steady.value}" if steady and steady.value else ""))
    return lines + _round_trips(measurements)


def _round_trips(measurements: Sequence[Measurement]) -> list[str]:
    """What the load makes of the round trip, in one line; none where no run was watched."""
    told = {m.quantity: m.number for m in measurements if m.quantity.startswith("latency_") and m.number is not None}
    loads = ((told.get(f"latency_{way}_loaded_p50_ms"), word) for way, word in (("down", "download"), ("up", "upload")))
    under = [f"{ms:.1f} ms under {word}" for ms, word in loads if ms is not None]
    idle = told.get("latency_idle_p50_ms")
    if idle is None or not under:
        return []
    return [f"round trip: {idle:.1f} ms without load, {', '.join(under)} (medians)"]


def measurement_lines(measurements: Sequence[Measurement]) -> list[str]:
    """One line a measurement: name, value with unit or failure, source."""
    lines = []
    for m in measurements:
        unit = QUANTITIES[m.quantity].unit
        value = f"{m.value}{' ' + unit if unit else ''}" if m.failure is None else f"- {m.failure}"
        lines.append(f"{m.name:<42} {value}   ({m.source})")
    return lines


def _weight(finding: Finding) -> str:
    return "required" if finding.required else "advisory"


def _escaped(words: str) -> str:
    from rich.markup import escape

    return escape(words)


def _table(findings: Sequence[Finding]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("finding", "decides", "what", "measured", "demanded"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        style = "" if finding.required else "dim"
        words = (finding.name.replace("_", " "), finding.measured, finding.demanded)
        table.add_row(
            Text(finding.status.upper(), style=f"bold {_COLOURS[finding.status]}"),
            Text("yes" if finding.required else "no", style=style),
            *(Text(word, style=style) for word in words),
        )
    return table
