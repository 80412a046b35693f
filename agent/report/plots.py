"""What was measured over time, and the optical levels against their limits, as pictures inside the page; pure.

The pictures are those of `agent.plot` and `agent.report.levels`, in the report's words and font.
"""

from dataclasses import replace

from agent import drawing, plot
from agent.page import Html, element, joined
from agent.report import levels
from agent.report.judged import Judged
from agent.report.layout import section, soft
from agent.report.levels import Level
from agent.report.told import title
from agent.report.words import Words
from diagnostics.quantity_texts import failure_words, number_words
from diagnostics.trial import Trial
from diagnostics.verdict import only

FONT = "WenQuanYi Micro Hei, sans-serif"
_MOST_RUNS = 12
_LEVELS = ("ont_rx_power_dbm", "ont_tx_power_dbm")


def plots(words: Words, judged: Judged | None) -> Html:
    """Rate and round trip of each run by second, with floor and ceiling; optical levels against their windows."""
    if judged is None or judged.record.result is None:
        return Html("")
    runs = [_drawable(Trial.from_json(run)) for run in judged.record.result.runs]
    drawn = drawing.of_acceptance(runs[:_MOST_RUNS], judged.record.result.measurements, judged.limits, _words(words))
    told: list[Html] = [_run(words, each) for each in drawn]
    if not runs:
        told.append(soft(words("no_plots")))
    else:
        told.append(soft(words("plot_note")))
    if len(runs) > _MOST_RUNS:
        told.append(soft(words("cut", len(runs) - _MOST_RUNS)))
    return section("plots", words("plots"), *told)


def _drawable(trial: Trial) -> Trial:
    """A run with as much of what was watched beside it as can be drawn: nobody has checked these series before."""
    trips = [each for each in trial.beside.get("rtt_us", ()) if len(each) == 2]
    kept = {
        "rtt_us": [each for each in trips if each[1] is None or _is_number(each[1], 0, 1e9)],
        "ont": [each for each in trial.beside.get("ont", ()) if len(each) == 4 and _is_number(each[3], -100, 100)],
    }
    return replace(trial, beside=kept)


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _words(words: Words) -> dict[str, str]:
    """The words of a drawing in the report's language."""
    named = ("rate", "round_trip", "light", "floor", "ceiling", "expected", "down", "up", "both")
    told = {name: words(f"plot_{name}", "{}") for name in named}
    return plot.WORDS | told | {"again": words("plot_repeat", "{}", "{}")}


def _run(words: Words, each: drawing.Drawing) -> Html:
    """One run; of a failed one its reason stands in the title."""
    failure = each.trial.failure
    if failure is not None:
        told = words("plot_failed", each.title, failure_words(failure.kind, words.language))
        each = replace(each, title=told)
    if not each.trial.seconds:
        return soft(each.title)
    return element("figure", Html(plot.svg(drawing.panels(each, words=_words(words)), FONT)), class_="plot")


def light(words: Words, judged: Judged | None) -> Html:
    """The optical levels; what the ONT did not tell is said."""
    if judged is None:
        return Html("")
    found = [level for quantity in _LEVELS if (level := _level(words, judged, quantity))]
    if not found:
        return section("light", words("levels"), soft(words("no_levels")))
    near = max(level.near for level in found)
    note = [soft(words("level_note", f"{near:g}"))] if near else []
    drawn = element("figure", Html(levels.svg(found, FONT)), class_="plot")
    return section("light", words("levels"), joined([drawn, *note]))


def _level(words: Words, judged: Judged, quantity: str) -> Level | None:
    assert judged.record.result is not None
    measured = only(quantity, "", judged.record.result.measurements)
    limit = next((each for each in judged.limits if each.quantity == quantity), None)
    if measured is None or measured.number is None or limit is None or limit.lower is None or limit.upper is None:
        return None
    return Level(
        title=title(words, quantity),
        told=number_words(quantity, measured.number),
        value=measured.number,
        lower=limit.lower,
        upper=limit.upper,
        near=limit.marginal_within,
    )
