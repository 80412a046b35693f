"""What the back office types about ticket systems, and what a running acceptor tells them by itself."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import cli
from agent.acceptor.spreadsheet import write
from agent.chain import Chain
from agent.demo_files import write_demo_files
from tests.agent.acceptor.conftest import visit
from tests.agent.acceptor.telling import Bench, only, settings_for
from tests.agent.acceptor.ticket_server import SECRET, TicketServer, ticket_server
from tests.agent.broker import mosquitto
from tests.agent.conftest import Ring
from tests.agent.orders import RAW

EXAMPLES = Path(__file__).parents[3] / "agent" / "examples"
WORK_ORDER = json.loads((EXAMPLES / "tmf697_work_order.json").read_text())


@pytest.fixture
def server() -> Iterator[TicketServer]:
    with ticket_server() as made:
        made.things["workOrder"]["f3a1c9d2"] = WORK_ORDER
        yield made


def house(folder: Path, server: TicketServer, broker_port: int = 1) -> Path:
    """An acceptor's configuration with that server as its ticket systems."""
    folder.mkdir()
    write_demo_files(folder, station="s1", tenant="north", broker_port=broker_port, interface="lo", namespace="")
    (folder / "tickets.secret").write_text(SECRET)
    (folder / "tickets.secret").chmod(0o600)
    with (folder / "acceptor.toml").open("a") as file:
        file.write(
            f'[tickets.oauth2]\ntoken_url = "{server.peer.url}/token"\nclient_id = "desk"\n'
            'secret_file = "tickets.secret"\n'
            f'[tickets.tmf697]\nurl = "{server.url("workOrder")}"\n'
            f'[tickets.webhook]\nurl = "{server.peer.url}/hook"\nevents = ["opened", "review", "recorded"]\n'
        )
    return folder / "acceptor.toml"


def acceptor(file: Path, *words: object) -> int:
    return cli.main(["acceptor", *map(str, words), "--config", str(file)])


@pytest.mark.parametrize("by", ["file", "url"])
def test_a_work_order_of_theirs_becomes_one_of_ours(
    tmp_path: Path, server: TicketServer, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    file, made = house(tmp_path / "house", server), tmp_path / "order.json"
    source = EXAMPLES / "tmf697_work_order.json" if by == "file" else f"{server.url('workOrder')}/f3a1c9d2"
    assert acceptor(file, "order", "import", source, "--out", made) == 0
    said = "work order WO-2026-000117, workOrder f3a1c9d2, service svc-5501: written to"
    assert capsys.readouterr().out.startswith(said)
    assert json.loads(made.read_text())["ont"]["serial"] == "HWTC4D2A9C17"
    assert made.stat().st_mode & 0o777 == 0o600
    assert acceptor(file, "order", "issue", made, "--station", "s1", "--out", tmp_path / "signed.json") == 0


def test_what_cannot_be_imported_is_one_line(
    tmp_path: Path, server: TicketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    file = house(tmp_path / "house", server)
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "empty.json").write_text("{}")
    table: list[tuple[object, int, str]] = [
        (tmp_path / "none.json", 65, "No such file or directory; name a file or a URL"),
        (tmp_path / "list.json", 65, "not one JSON object; name one work order, not a list of them"),
        (tmp_path / "empty.json", 65, "services: must have at least 1 entry; "),
        ("http://tickets.example/1", 65, "must begin with https://"),
        (f"{server.url('workOrder')}/none", 69, "GET was answered 404: it does not know this"),
        (f"{server.peer.url}/elsewhere", 69, "a token is sent only to the systems of [tickets]"),
    ]
    for source, code, words in table:
        assert acceptor(file, "order", "import", source) == code
        told = capsys.readouterr().err
        assert (words in told, told.count("\n")) == (True, 1), told
    assert "authorization" not in server.asked[-1].headers


def test_what_was_set_aside_is_listed_and_told_again(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    file = house(tmp_path / "house", server)
    bench = Bench(file.parent / "ledger.sqlite", ring, only(settings_for(server, tmp_path), "tmf697"))
    for token in visit(station):
        bench.desk.take(token)
    bench.work_off()
    assert acceptor(file, "tickets", "list") == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split()[:4] == ["tmf697", "set", "aside", "2"]
    assert table[1].startswith("tmf697 WO-1 opened: set aside after 1 attempts: GET was answered 404")
    assert acceptor(file, "tickets", "list", "--json") == 0
    assert [row["event"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["opened", "closed"]
    assert acceptor(file, "tickets", "retry", "WO-2") == 0
    assert acceptor(file, "tickets", "retry") == 0
    assert capsys.readouterr().out.splitlines() == [f"{n} that were set aside wait again" for n in (0, 2)]
    assert len(bench.rows("waiting")) == 2


def test_every_decision_comes_out_as_a_table(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    file = house(tmp_path / "house", server)
    bench = Bench(file.parent / "ledger.sqlite", ring, only(settings_for(server, tmp_path)))
    for token in [*visit(station, ont_rx_power_dbm=-30.0), *visit(station)]:
        bench.desk.take(token)
    bench.desk.ledger.connection.execute("UPDATE records SET reasons = '=cmd|x' WHERE decision = 'closed'")
    path = tmp_path / "decisions.csv"
    assert acceptor(file, "export", "--csv", path) == 0
    with path.open(encoding="utf-8-sig", newline="") as made:
        rows = list(csv.DictReader(made))
    assert [row["decision"] for row in rows] == ["recorded", "rejected", "recorded", "closed"]
    assert {(row["order_id"], row["ticket"], row["closed_by"]) for row in rows} == {
        ("WO-1", "closed", rows[-1]["digest"])
    }
    assert rows[-1]["reasons"] == "'=cmd|x"
    capsys.readouterr()
    assert acceptor(file, "export", "--csv", "-") == 0
    assert capsys.readouterr().out.startswith('"order_id","ticket","station"')


FORMULAS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "\t", "\r", "\n")


@given(
    st.lists(st.text(alphabet=st.sampled_from("=+-@|%＝－\t\r\n \u3000\ufeff'\",;a1") | st.characters()), max_size=4)
)
def test_no_cell_is_a_formula_and_no_text_breaks_the_table(texts: list[str]) -> None:
    columns = [str(number) for number in range(len(texts))]
    encoded = write(columns, [dict(zip(columns, texts, strict=True))]).encode("utf-8", "replace").decode()
    rows = list(csv.reader(encoded.splitlines(keepends=True)))
    assert [len(row) for row in rows] == [len(texts)] * 2
    for given_text, shown in zip(texts, rows[1], strict=True):
        assert not shown.strip(' \u00a0\u3000\ufeff\u200b"').startswith(FORMULAS)
        assert shown.removeprefix("'") == given_text.encode("utf-8", "replace").decode().removeprefix("'")


def test_a_running_acceptor_tells_by_itself(tmp_path: Path, server: TicketServer) -> None:
    voice = json.loads(RAW) | {"services": [{"type": "voice"}], "reflectors": []}
    with mosquitto(tmp_path) as broker:
        file = house(tmp_path / "house", server, broker.port)
        (file.parent / "order.json").write_text(json.dumps(voice))
        command = [sys.executable, "-m", "agent.cli"]
        serve = subprocess.Popen([*command, "acceptor", "serve", "--config", file], stdout=subprocess.PIPE, text=True)
        assert serve.stdout is not None
        try:
            assert any("listening" in line for line in serve.stdout)
            accept = ["accept", file.parent / "order.json", "--wait", "60", "--config", file.parent / "station.toml"]
            assert subprocess.run([*command, *accept], capture_output=True, timeout=120, check=False).returncode == 2
            told = [json.loads(server.news.get(timeout=60).body)["data"] for _ in range(2)]
        finally:
            serve.terminate()
            assert serve.wait(60) == 0
            serve.stdout.close()
    assert [(data["work_order"], data["event"]) for data in told] == [
        ("WO-2026-000117", "opened"),
        ("WO-2026-000117", "review"),
    ]
