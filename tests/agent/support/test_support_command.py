"""`prooflight support` as people and programs use it: lists, tables, lines, exit codes, one plain line a trouble."""

import json
from pathlib import Path

import pytest

from agent.cli import main
from agent.commands.support import Incomplete, exit_code
from agent.support.told import Told
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.support.scripted_station import Engineer, Script, engineer, station_with

RX = {
    "quantity": "ont_rx_power_dbm",
    "index": "",
    "value": -18.2,
    "failure": None,
    "taken_at": "2026-11-23T09:30:00+00:00",
    "source": "telnet: display optic",
}
TX = RX | {
    "quantity": "ont_tx_power_dbm",
    "value": None,
    "failure": {"kind": "not_supported", "stage": "ont", "detail": ""},
}


@pytest.fixture
def lin(ring: Ring, tmp_path: Path) -> Engineer:
    return engineer(ring, tmp_path)


@pytest.fixture
def config(tmp_path: Path, lin: Engineer, ring: Ring, broker: Broker) -> str:
    trust = tmp_path / "trust.jwks"
    pinned = {**lin.key.public(), "kid": lin.key.kid, "alg": "Ed25519", "role": "support", "name": "lin"}
    trust.write_text(json.dumps({"keys": [*ring.entries, pinned]}))
    file = tmp_path / "support.toml"
    file.write_text(
        f'[support]\nkey = "engineers/lin.jwk"\ntrust = "trust.jwks"\n\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "north"\n'
    )
    return str(file)


def ask(config: str, *words: str) -> int:
    return main(["support", "station-1", *words, "--config", config, "--wait", "0", "--lang", "en"])


def answering(*events: dict[str, object], reason: str = "") -> Script:
    return lambda asked: asked.answer(*events, reason=reason)


def refusing(reason: str) -> Script:
    return lambda asked: asked.say("refused", {"words": "arguments: \x1b[31mno"}, reason)


def test_measurements_come_with_units_and_failures_in_words(
    config: str, broker: Broker, ring: Ring, lin: Engineer, capsys: pytest.CaptureFixture[str]
) -> None:
    script = answering({"event": "measurement", **RX}, {"event": "measurement", **TX})
    with station_with(broker, ring, lin.trust, script):
        assert ask(config, "status") == 0
    told = capsys.readouterr()
    assert "ont_rx_power_dbm" in told.out and "-18.2 dBm   (telnet: display optic)" in told.out
    assert "- not told by this device" in told.out
    assert "the station has taken it" in told.err and "station has taken" not in told.out


def test_programs_get_one_document_a_line(
    config: str, broker: Broker, ring: Ring, lin: Engineer, capsys: pytest.CaptureFixture[str]
) -> None:
    with station_with(broker, ring, lin.trust, answering({"event": "measurement", **RX})):
        assert ask(config, "status", "--json") == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["told"] for one in told] == ["note", "note", "note", "event", "end"]
    assert told[3] == {"told": "event", "event": "measurement", **RX}
    assert told[-1] == {"told": "end", "reason": "", "by": "station", "events": 1}


@pytest.mark.parametrize("reason", ["bad_arguments", "no_order", "no_consent", "line_busy"])
def test_a_refusal_is_one_line_with_its_remedy_and_code(
    config: str, broker: Broker, ring: Ring, lin: Engineer, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    with station_with(broker, ring, lin.trust, refusing(reason)):
        code = ask(config, "status")
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("prooflight support: station-1: ") and "\x1b" not in line
    assert code == (65 if reason in ("bad_arguments", "no_order") else 69)


@pytest.mark.parametrize("reason", ["withdrawn", "broken_off"])
def test_an_answer_that_ended_early_is_not_called_whole(
    config: str, broker: Broker, ring: Ring, lin: Engineer, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    with station_with(broker, ring, lin.trust, answering({"event": "measurement", **RX}, reason=reason)):
        assert ask(config, "status") == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("prooflight support: station-1: ")


@pytest.mark.parametrize(("outcome", "code"), [("accepted", 0), ("rejected", 1), ("inconclusive", 2)])
def test_a_test_that_was_run_ends_with_its_verdict(
    config: str, broker: Broker, ring: Ring, lin: Engineer, outcome: str, code: int
) -> None:
    with station_with(broker, ring, lin.trust, answering({"event": "outcome", "outcome": outcome})):
        assert ask(config, "status") == code


def test_an_answer_with_a_gap_is_not_called_whole() -> None:
    with pytest.raises(Incomplete, match="station-1: done; 1 messages were lost on the way") as raised:
        exit_code("station-1", Told(kind="end", about={"lost": 1}), 0, "en")
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["support"], 65, "name a station"),
        (["support", "s", "ont.raed"], 65, "is not a verb"),
        (["support", "s", "status", "--arg", "x=1"], 65, "takes none"),
        (["support", "s", "status", "--wait", "-1"], 65, "--wait"),
        (["support", "s", "status", "--config", "/nonexistent.toml"], 78, "/nonexistent.toml"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    assert main(words) == code
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1


def test_a_station_that_is_not_pinned_is_not_asked(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["support", "station-2", "status", "--config", config]) == 65
    assert "no key of station station-2 is pinned; did you mean station-1?" in capsys.readouterr().err


def test_stations_are_listed_as_the_broker_knows_them(
    config: str, broker: Broker, ring: Ring, lin: Engineer, capsys: pytest.CaptureFixture[str]
) -> None:
    with station_with(broker, ring, lin.trust, answering()):
        assert main(["support", "--stations", "--config", config]) == 0
        assert capsys.readouterr().out.split() == ["station-1", "connected", "0.1.0"]
        assert main(["support", "--stations", "--config", config, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"station": "station-1", "on": True, "version": "0.1.0"}


@pytest.mark.parametrize(("language", "words"), [("en", "how the station is"), ("zh", "站点状态")])
def test_verbs_are_listed_with_their_arguments(capsys: pytest.CaptureFixture[str], language: str, words: str) -> None:
    assert main(["support", "station-1", "--lang", language]) == 0
    assert words in capsys.readouterr().out
