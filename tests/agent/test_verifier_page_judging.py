"""The page judges lines and visits as Python does: the same outcome, statuses and margins, to the last digit."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.record import decisive
from diagnostics import criteria, measurement, strict_json
from diagnostics.committed import PREFIX
from diagnostics.criteria import Criteria
from diagnostics.line import Ordered
from diagnostics.measurement import FAILURE_KINDS, Failure, Measurement, Value
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Verdict, judge, judge_visit
from tests.agent.verifier_page import asked, judging
from tests.chromium import Chromium

TAKEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
COMMITTED = [PREFIX + digit * 64 for digit in "ab"]
JUDGED = """async ({ text }) => {
  const { name, ordered, measurements, ofVisit } = parseJson(utf8(text), 1 << 20);
  const read = measurements.map((each) => measurementOf(new Fields(each)));
  const limits = limitsFor(BUILT_IN.criteria[name], orderedOf(new Fields(ordered)), ofVisit);
  const { outcome, findings } = ofVisit ? judgeVisit(read, limits) : judge(read, limits);
  return { outcome, findings: findings.map(decisive) };
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with judging(tmp_path_factory.mktemp("page")) as made:
        yield made


def an_order(chance: random.Random, name: str) -> Ordered:
    """Some order, with rates that make long decimals."""
    rates = (0.0, 1.0, 7.3, 33.333, 100.0, 512.7, 1000.0, 2000.0, 10000.0)
    return Ordered(
        services=tuple(chance.sample(("broadband", "iptv", "voice"), chance.randrange(4))),
        down_mbps=chance.choice(rates),
        up_mbps=chance.choice(rates),
        mode=chance.choice(("route", "bridge")),
        access=chance.choice(("ipoe", "pppoe")),
        ont_vendor="Huawei",
        ont_model="HG8245H",
        ont_serial=chance.choice(COMMITTED),
        pon_class=chance.choice(("", "gpon_b_plus", "gpon_c_plus", "xgs")),
        onu_id=chance.choice((None, 5)),
        cable_label=chance.choice(("", *COMMITTED)),
        criteria=name,
    )


def a_value(chance: random.Random, name: str, bounds: list[float]) -> Value | Failure:
    """Some value of a quantity, often near to a bound, or a reason why there is none."""
    quantity = QUANTITIES[name]
    if chance.random() < 0.15:
        return Failure(kind=chance.choice(FAILURE_KINDS), stage="test", detail="none")
    match quantity.kind:
        case "number":
            near = chance.choice([*bounds, 0.0, 100.0])
            return near + chance.choice((0.0, 1.0, -1.0, chance.uniform(-3, 3))) * quantity.resolution
        case "state":
            return chance.choice(quantity.states)
        case "flag":
            return chance.random() < 0.5
        case _:
            return chance.choice(COMMITTED) if quantity.personal else chance.choice(("5", "route", "Huawei", "straße"))


def measured(chance: random.Random, made: Criteria, ordered: Ordered, of_visit: bool) -> list[Measurement]:
    """Most of what the criteria ask for, some of it twice."""
    limits = made.for_visit(ordered) if of_visit else made.for_line(ordered)
    bounds: dict[str, list[float]] = {}
    for limit in limits:
        for name in filter(None, (limit.quantity, limit.fallback)):
            known = bounds.setdefault(name, [])
            known += [float(bound) for bound in (limit.lower, limit.upper) if bound is not None]
    names = [name for name in bounds if chance.random() < 0.9]
    names += chance.sample(names, len(names) // 12)
    values = [(name, a_value(chance, name, bounds[name])) for name in names]
    return [
        Measurement(
            quantity=name,
            value=None if isinstance(value, Failure) else value,
            failure=value if isinstance(value, Failure) else None,
            taken_at=TAKEN,
            source="test",
        )
        for name, value in values
    ]


def told(verdict: Verdict) -> dict[str, Any]:
    """What decides of a verdict, as the page is asked for it."""
    whole = {"outcome": verdict.outcome, "findings": [decisive(finding.to_json()) for finding in verdict.findings]}
    made: dict[str, Any] = json.loads(json.dumps(whole))
    return made


@pytest.mark.parametrize("of_visit", [False, True], ids=["line", "visit"])
@pytest.mark.parametrize("name", criteria.names())
def test_it_judges_alike(browser: Chromium, name: str, of_visit: bool) -> None:
    chance = random.Random(f"{name} {of_visit}")
    made = criteria.load(name)
    given, wanted = [], []
    for _ in range(150):
        ordered = an_order(chance, name)
        values = measured(chance, made, ordered, of_visit)
        limits = made.for_visit(ordered) if of_visit else made.for_line(ordered)
        wanted.append(told((judge_visit if of_visit else judge)(values, limits)))
        case = {"name": name, "ordered": ordered.to_json(), "ofVisit": of_visit}
        case["measurements"] = [measurement.to_json(each) for each in values]
        given.append({"text": strict_json.write(case).decode()})
    assert asked(browser, given, JUDGED) == wanted
    assert {"pass", "fail", "unknown"} <= {finding[3] for verdict in wanted for finding in verdict["findings"]}
