"""`prooflight acceptor fleet`: the same table in columns, as CSV without a formula, and as one JSON document."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.acceptor.fleet_tables import TABLES
from agent.chain import Chain
from agent.cli import main
from agent.commands.acceptor_fleet import TABLES as NAMED
from agent.config_ledger import LedgerPlace
from tests.agent import samples
from tests.agent.acceptor.conftest import desk
from tests.agent.acceptor.test_reading_commands import configured
from tests.agent.conftest import Ring
from tests.benchmarks import bench_fleet, fleet_records


@pytest.fixture
def config(tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain) -> Path:
    """An acceptor that has rejected one order; the order's OLT has the name of a formula."""
    made = desk(place, ring)
    ordered = replace(samples.ORDERED, olt="=HYPERLINK(1)")
    attempt = station.open(samples.order(1), ordered=ordered, criteria=samples.CRITERIA, environment={})
    values = samples.GOOD | {"throughput_down_mbps": 400.0, "throughput_down_contract_ratio": 0.8}
    station.finish(attempt, replace(samples.result(values), causes=({"name": "dark_fibre"},)), {})
    for link in station.links:
        made.take(station.token(link))
    made.ledger.close()
    return configured(tmp_path, ring, place)


def said(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> str:
    assert main(["acceptor", "fleet", *words, "--config", str(config)]) == 0
    return capsys.readouterr().out


def test_every_table_is_told_in_each_form(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert NAMED.split("|") == list(TABLES)
    for name in TABLES:
        told = json.loads(said(capsys, config, name, "--json"))
        assert (told["table"], told["complete"]) == (name, True)
        rows = list(csv.reader(io.StringIO(said(capsys, config, name, "--csv"))))
        assert len(rows) - 1 == len(told["rows"]) == told["total"]
        assert [heading.partition(" (")[0] for heading in rows[0]] == [column["name"] for column in told["columns"]]
        shown = said(capsys, config, name).splitlines()
        assert len(shown) == len(rows) and shown[0].split() == " ".join(rows[0]).split()


def test_causes_are_told_in_columns_and_no_cell_of_the_csv_is_a_formula(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(capsys, config, "causes")
    assert shown == "area           cause       results\n=HYPERLINK(1)  dark_fibre        1\n"
    assert (
        said(capsys, config, "causes", "--csv") == '"area","cause","results"\r\n"\'=HYPERLINK(1)","dark_fibre","1"\r\n'
    )
    assert json.loads(said(capsys, config, "causes", "--by", "family", "--json"))["rows"] == [[None, "dark_fibre", 1]]
    assert said(capsys, config, "causes", "--area", "' OR 1=1 --") == "area  cause  results\n"


def test_rows_that_are_left_are_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, config, "rates", "--limit", "1").splitlines()
    assert shown[1].split()[:4] == ["down", "500", "1", "1"] and shown[2] == "1 of 2 rows; see --limit and --offset"
    assert said(capsys, config, "rates", "--limit", "1", "--offset", "1").splitlines()[1].split()[0] == "up"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["orders", "--since", "yesterday"], "--since: must be a day like 2026-11-01"),
        (["orders", "--since", "2026-11-02", "--until", "2026-11-01"], "until: must not be before since"),
        (["rates", "--by", "area"], "rates: cannot be grouped by area; it knows no grouping"),
        (["stations", "--area", "x"], "stations: cannot be asked for by area; it knows station"),
        (["orders", "--limit", "0"], "limit: must be a whole number from 1 to 100000"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_line(
    words: list[str], complaint: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["acceptor", "fleet", *words, "--config", str(config)]) == 65
    assert capsys.readouterr().err == f"prooflight acceptor: {complaint}\n"


def test_while_older_records_are_still_counted_it_is_said(
    config: Path, place: LedgerPlace, ring: Ring, capsys: pytest.CaptureFixture[str]
) -> None:
    made = desk(place, ring)
    made.ledger.connection.execute("UPDATE fleet_progress SET whole = 0")
    made.ledger.close()
    assert "still being counted" in said(capsys, config, "orders")
    assert json.loads(said(capsys, config, "orders", "--json"))["complete"] is False


def test_the_benchmark_asks_for_every_table_of_a_small_ledger(
    place: LedgerPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet_records.fill(place, 2400)
    answered = [bench_fleet.answered("small", place, name, asked) for name, asked in bench_fleet.questions()]
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(answered) and {line.split()[1] for line in told} == set(TABLES)
    assert not [line for line in told if " 0 of " in line and "=" not in line], "every table has rows"
