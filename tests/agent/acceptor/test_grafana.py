"""The dashboard that we ship asks for metrics that are really told, in queries and a form that Grafana reads."""

import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import agent
from agent.acceptor.exposition import exposition
from agent.acceptor.status import Decided, Queue, Untold
from tests.agent.acceptor.test_status import QUIET, replaced

DASHBOARD: dict[str, Any] = json.loads((Path(agent.__file__).parent / "deploy" / "grafana.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
TARGETS = [target for panel in PANELS for target in panel["targets"]]
# All that our queries are: one metric, perhaps with labels, in one aggregation or two.
_QUERY = re.compile(
    r"(?:(?:max|sum)(?: by \((?P<outer>[\w, ]+)\) )?\()+?(?:sum by \((?P<inner>[\w, ]+)\) \()?"
    r"(?P<metric>prooflight_\w+)(?:\{(?P<label>\w+)(?:=|=~)\"(?P<values>[\w| ]+)\"\})?\)+"
)


def told() -> dict[str, set[str]]:
    """Every metric of a busy back office, with its labels."""
    queue = Queue(count=1, oldest=QUIET.taken_at)
    status = replaced(
        orders=(("open", 1),),
        waiting=queue,
        reviews=queue,
        decided=(Decided(decision="review", reason="limit_unproven", count=1),),
        outbox=(Untold(target="tmf653", state="waiting", queue=queue),),
    )
    families = text_string_to_metric_families(exposition(status) + "# EOF\n")
    return {family.name: {label for sample in family.samples for label in sample.labels} for family in families}


@pytest.mark.parametrize("query", [target["expr"] for target in TARGETS])
def test_every_query_asks_for_a_metric_and_labels_that_are_told(query: str) -> None:
    found = _QUERY.fullmatch(query)
    assert found and query.count("(") == query.count(")"), query
    labels = told()[found["metric"]]
    named = {each.strip() for group in (found["outer"], found["inner"]) if group for each in group.split(",")}
    assert (named | ({found["label"]} if found["label"] else set())) - {"instance"} <= labels


def test_every_metric_is_on_the_dashboard() -> None:
    asked = {found["metric"] for target in TARGETS if (found := _QUERY.fullmatch(target["expr"]))}
    assert asked == set(told())


def test_every_legend_names_labels_that_its_query_keeps() -> None:
    for target in TARGETS:
        found = _QUERY.fullmatch(target["expr"])
        kept = {each.strip() for each in ((found and found["outer"]) or "").split(",")}
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, target


def test_the_panels_stand_side_by_side_on_the_grid_and_none_on_another() -> None:
    places = [panel["gridPos"] for panel in PANELS]
    assert all(p["x"] >= 0 and p["w"] > 0 and p["h"] > 0 and p["x"] + p["w"] <= 24 for p in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


def test_the_form_is_what_grafana_reads() -> None:
    assert set(DASHBOARD) >= {"uid", "title", "schemaVersion", "version", "time", "templating", "annotations", "panels"}
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", DASHBOARD["uid"]) and "id" not in DASHBOARD
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
    source = {"type": "prometheus", "uid": f"${{{variable['name']}}}"}
    assert max(Counter(panel["id"] for panel in PANELS).values()) == 1
    for panel in PANELS:
        assert panel["type"] in ("stat", "timeseries") and panel["title"] and panel["description"]
        assert panel["datasource"] == source and all(target["datasource"] == source for target in panel["targets"])
        refs = [target["refId"] for target in panel["targets"]]
        assert refs == [chr(ord("A") + place) for place in range(len(refs))]
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"] in ("short", "s") and panel["fieldConfig"]["overrides"] == []
        assert all((target["expr"].count("seconds") == 1) == (defaults["unit"] == "s") for target in panel["targets"])
        values = [step["value"] for step in defaults["thresholds"]["steps"]]
        assert values[0] is None and values[1:] == sorted(values[1:]), "the first step has no value, the rest rise"
