"""What a watch looks like in characters: as one line a second, or as a picture with the light over time; pure.

Both say what the station's page says: the newest value or why there is none, the trend, lowest, highest, the floor.
"""

from agent.support.chart import chart
from agent.support.console_words import say
from agent.support.watched import RX, TX, Watched
from diagnostics.causes import Language
from diagnostics.measurement import FAILURE_KINDS, sanitised
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity_texts import failure_words, title_of, value_words

ARROWS = {"better": "▲", "worse": "▼", "steady": "▬"}
_SHORT = {RX: "RX", TX: "TX"}
_MOST_COUNTERS = 12


def second_line(watched: Watched, language: Language) -> str:
    """The newest second in one line."""
    parts = [f"{watched.passed_s:6.1f} s"]
    for name in (RX, TX):
        if name in watched.series:
            parts.append(f"{_SHORT[name]} {now_words(watched, name, language)}")
    trend = watched.trend()
    if trend:
        parts.append(say(f"watch_{trend}", language))
    parts += [f"{_name(name)} {value:,.0f}{_growth(rate)}" for name, (value, rate) in watched.counters().items()]
    others = [name for name in watched.failed() if name not in (RX, TX)]
    parts += [f"{_name(name)} - {_failure(watched.failure(name), language)}" for name in others[:_MOST_COUNTERS]]
    return "  ".join(parts)


def picture(watched: Watched, language: Language, *, floor: float | None, width: int, height: int) -> list[str]:
    """The whole watch so far in at most `height` lines of about `width` characters."""
    head = _optical(watched, RX, language, floor)
    foot = _optical(watched, TX, language, None) if TX in watched.series else []
    rates = _counter_lines(watched, language)
    foot += rates[: max(0, height - 9 - len(foot))]
    foot += ["", say("watch_passed", language, seconds=f"{watched.passed_s:.0f}")]
    points = watched.series[RX].points if RX in watched.series else []
    drawn = chart(
        points,
        until_s=watched.passed_s,
        width=width,
        height=max(4, min(14, height - len(head) - len(foot))),
        floor=floor,
    )
    return [line[:width] for line in [*head, *drawn, *foot]]


def now_words(watched: Watched, name: str, language: Language) -> str:
    """The newest value with its unit, or why the newest second told none."""
    value = watched.now(name)
    return _light(value) if value is not None else f"- {_failure(watched.failure(name), language)}"


def _optical(watched: Watched, name: str, language: Language, floor: float | None) -> list[str]:
    """Value and trend of the light in one direction; its lowest, highest and floor."""
    title = say("watch_received" if name == RX else "watch_sent", language)
    trend = watched.trend(name)
    arrow = f"   {ARROWS[trend]} {say(f'watch_{trend}', language)}" if trend else ""
    first, parts = f"{_SHORT[name]} {title}: {now_words(watched, name, language)}{arrow}", []
    series = watched.series.get(name)
    if series and series.points:
        low, high = (f"{say(f'watch_{word}', language)} " for word in ("lowest", "highest"))
        parts.append(f"{low}{_light(series.low)}   {high}{_light(series.high)}")
    value = watched.now(name)
    if floor is not None and value is not None:
        side = "watch_above" if value >= floor else "watch_below"
        above = say(side, language, db=f"{abs(value - floor):.1f}")
        parts.append(f"{say('watch_floor', language)} {_light(floor)} ({above})")
    return [first, f"   {'   '.join(parts)}"] if parts else [first]


def _light(dbm: float) -> str:
    return f"{dbm:.2f} dBm"


def _counter_lines(watched: Watched, language: Language) -> list[str]:
    lines = []
    for name, (value, rate) in list(watched.counters().items())[:_MOST_COUNTERS]:
        lines.append(f"{_title(name, language)}: {value:,.0f}{_growth(rate)}")
    lines += [f"{_title(name, language)}: {_state(name, value, language)}" for name, value in watched.states.items()]
    return lines


def _growth(rate: float | None) -> str:
    return "" if rate is None else f" ({rate:+,.1f}/s)"


def _name(name: str) -> str:
    return sanitised(name.removeprefix("ont_"), 60)


def _title(name: str, language: Language) -> str:
    base, _, index = name.partition("[")
    title = title_of(base, language) if base in QUANTITIES else sanitised(base, 60)
    return f"{title} ({sanitised(index.rstrip(']'), 20)})" if index else title


def _state(name: str, value: str, language: Language) -> str:
    base = name.partition("[")[0]
    return value_words(base, value, language) if base in QUANTITIES else sanitised(value, 60)


def _failure(kind: str, language: Language) -> str:
    known = next((each for each in FAILURE_KINDS if each == kind), None)
    return failure_words(known, language) if known else sanitised(kind, 60)  # type: ignore[arg-type]
