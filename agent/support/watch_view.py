"""What a watch looks like in characters: as one line a second, or as a picture with the light over time; pure.

Both say what the station's page says: the newest value or why there is none, the trend, lowest, highest, the floor.
"""

from agent.support.chart import chart
from agent.support.console_words import say
from agent.support.seen import RX, TX, Seen
from diagnostics.causes import Language
from diagnostics.measurement import FAILURE_KINDS, sanitised
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity_texts import failure_words, title_of, value_words

ARROWS = {"better": "▲", "worse": "▼", "steady": "▬"}
_SHORT = {RX: "RX", TX: "TX"}
_MOST_COUNTERS = 12
_NEVER = "not_supported"


def second_line(seen: Seen, language: Language) -> str:
    """The newest second in one line."""
    parts = [f"{seen.passed_s:6.1f} s"]
    for name in (RX, TX):
        if name in seen.series:
            parts.append(f"{_SHORT[name]} {now_words(seen, name, language)}")
    trend = seen.trend()
    if trend:
        parts.append(say(f"watch_{trend}", language))
    parts += [f"{_name(name)} {value:,.0f}{_growth(rate)}" for name, (value, rate) in seen.counters().items()]
    others = [name for name in seen.failed() if name not in (RX, TX) and seen.failure(name) != _NEVER]
    parts += [f"{_name(name)} - {_failure(seen.failure(name), language)}" for name in others[:_MOST_COUNTERS]]
    return "  ".join(parts)


def untold_line(seen: Seen, language: Language) -> str:
    """What this ONT never tells, in one line; empty where it tells all that was asked for."""
    names = [_name(name) for name in seen.failed() if seen.failure(name) == _NEVER]
    return f"{_failure(_NEVER, language)}: {', '.join(names[:_MOST_COUNTERS])}" if names else ""


def picture(seen: Seen, language: Language, *, floor: float | None, width: int, height: int) -> list[str]:
    """The whole watch so far in at most `height` lines of about `width` characters."""
    head = _optical(seen, RX, language, floor)
    foot = _optical(seen, TX, language, None) if TX in seen.series else []
    rates = _counter_lines(seen, language)
    foot += rates[: max(0, height - 9 - len(foot))]
    foot += ["", say("watch_passed", language, seconds=f"{seen.passed_s:.0f}")]
    points = seen.series[RX].points if RX in seen.series else []
    drawn = chart(
        points,
        until_s=seen.passed_s,
        width=width,
        height=max(4, min(14, height - len(head) - len(foot))),
        floor=floor,
    )
    return [line[:width] for line in [*head, *drawn, *foot]]


def now_words(seen: Seen, name: str, language: Language) -> str:
    """The newest value with its unit, or why the newest second told none."""
    value = seen.now(name)
    return _light(value) if value is not None else f"- {_failure(seen.failure(name), language)}"


def _optical(seen: Seen, name: str, language: Language, floor: float | None) -> list[str]:
    """Value and trend of the light in one direction; its lowest, highest and floor."""
    title = say("watch_received" if name == RX else "watch_sent", language)
    trend = seen.trend(name)
    arrow = f"   {ARROWS[trend]} {say(f'watch_{trend}', language)}" if trend else ""
    first, parts = f"{_SHORT[name]} {title}: {now_words(seen, name, language)}{arrow}", []
    series = seen.series.get(name)
    if series and series.points:
        low, high = (f"{say(f'watch_{word}', language)} " for word in ("lowest", "highest"))
        parts.append(f"{low}{_light(series.low)}   {high}{_light(series.high)}")
    value = seen.now(name)
    if floor is not None and value is not None:
        side = "watch_above" if value >= floor else "watch_below"
        above = say(side, language, db=f"{abs(value - floor):.1f}")
        parts.append(f"{say('watch_floor', language)} {_light(floor)} ({above})")
    return [first, f"   {'   '.join(parts)}"] if parts else [first]


def _light(dbm: float) -> str:
    return f"{dbm:.2f} dBm"


def _counter_lines(seen: Seen, language: Language) -> list[str]:
    lines = []
    for name, (value, rate) in list(seen.counters().items())[:_MOST_COUNTERS]:
        lines.append(f"{_title(name, language)}: {value:,.0f}{_growth(rate)}")
    lines += [f"{_title(name, language)}: {_state(name, value, language)}" for name, value in seen.states.items()]
    untold = untold_line(seen, language)
    return [*lines, untold] if untold else lines


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
