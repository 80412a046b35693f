"""`prooflight acceptor review`: the queue in words and in JSON, and a decision by a reviewer's key and no other."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.cli import main
from agent.keys import new_private
from diagnostics import strict_json
from tests.agent import samples
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.acceptor.test_review_queue import WHY, entered
from tests.agent.conftest import Ring


@dataclass
class House:
    """A back office with one record that waits for a person, and what its command says."""

    folder: Path
    record: str
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str, code: int = 0) -> str:
        assert main(["acceptor", "review", *words, "--config", str(self.folder / "acceptor.toml")]) == code
        told = self.capsys.readouterr()
        if code:
            assert told.err.count("\n") == 1 and told.out == ""
            return told.err
        return told.out

    def decide(self, *words: str, key: str = "reviewer", by: str = "Ma Li", why: str = WHY, code: int = 0) -> str:
        given = ("--why", why, "--by", by, "--key", str(self.folder / f"{key}.key"))
        return self.run("decide", *(words or (self.record[:8], "accept")), *given, code=code)


@pytest.fixture
def house(tmp_path: Path, ring: Ring, station: object, capsys: pytest.CaptureFixture[str]) -> House:
    tmp_path.chmod(0o700)
    keys = {name: new_private(tmp_path / f"{name}.key") for name in ("reviewer", "helper", "former", "nobody")}
    pinned = [
        {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": role, "name": name}
        for key, role, name in (
            (keys["reviewer"], "reviewer", "Ma Li"),
            (keys["helper"], "support", "Zhao Min"),
            (keys["former"], "reviewer", "Sun Wei"),
        )
    ]
    pinned[2]["revoked"] = {"time": "2026-01-01T00:00:00+00:00", "reason": "left"}
    (tmp_path / "trust.jwks").write_bytes(strict_json.write({"keys": [*ring.entries, *pinned]}))
    (tmp_path / "acceptor.toml").write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "trust.jwks"\n'
        'database = "ledger"\n[mqtt]\nhost = "127.0.0.1"\ntenant = "north"\n'
    )
    office = desk(tmp_path / "ledger", ring)
    first = entered(office, visit(station, **samples.UNPROVEN))  # type: ignore[arg-type]
    office.ledger.close()
    return House(tmp_path, first.record, capsys)


def test_the_queue_is_told_in_words_and_in_json(house: House) -> None:
    told = house.run("list")
    assert told.startswith(house.record[:12]) and "station-1" in told and "WO-1" in told
    assert "instrument_limit" in told and told.endswith("1 waiting for a person\n")
    (waiting,) = json.loads(house.run("list", "--json"))["review"]
    assert (waiting["digest"], waiting["kinds"], waiting["attempt"]) == (house.record, ["limit_unproven"], 1)


def test_a_record_is_shown_with_what_the_station_said_and_what_was_judged_again(house: House) -> None:
    told = house.run("show", house.record[:10])
    assert "work order WO-1, open: attempt 1 by station-1\n" in told
    assert "the station said: inconclusive\njudged again: inconclusive\n" in told
    assert "the desk: review" in told
    first, *others = told.partition("judged again: inconclusive\n")[2].splitlines()
    assert first.startswith("    unknown            TCP throughput towards the subscriber"), first
    assert [line.strip() for line in others if line.startswith("    unknown (advisory) Activation state")]
    made = json.loads(house.run("show", house.record, "--json"))
    assert made["judged_again"]["findings"] == made["station_said"]["findings"]
    assert (made["decision"], made["review"], made["newest"]) == ("review", None, True)


def test_a_reviewer_decides_once_and_the_work_order_is_closed(house: House) -> None:
    assert f"closed: Ma Li decided: {WHY}; before: " in house.decide()
    assert "has decided on it before: accept" in house.decide(house.record[:8], "reject", code=65)
    assert house.run("list") == "nothing waits for a person\n"
    assert f"Ma Li decided: accept, {WHY}" in house.run("show", house.record[:8])
    assert main(["acceptor", "list", "--config", str(house.folder / "acceptor.toml")]) == 0
    assert house.capsys.readouterr().out.startswith("closed  WO-1")


@pytest.mark.parametrize(
    ("key", "by", "why", "words"),
    [
        ("helper", "Zhao Min", WHY, "key Zhao Min is pinned as support, it may not sign prooflight.review+jws"),
        ("nobody", "Ma Li", WHY, "is not in the trust file"),
        ("former", "Sun Wei", WHY, "key Sun Wei was revoked: left"),
        ("reviewer", "Sun Wei", WHY, "--by: the key is pinned as Ma Li, not Sun Wei"),
        ("reviewer", "Ma Li", " ", "why: must be text and not empty"),
        ("reviewer", "Ma Li", "x" * 501, "why: must be at most 500 characters"),
        ("missing", "Ma Li", WHY, "missing.key: No such file"),
    ],
)
def test_a_decision_by_another_key_or_without_a_word_is_refused(
    house: House, key: str, by: str, why: str, words: str
) -> None:
    assert words in house.decide(key=key, by=by, why=why, code=65)
    assert "1 waiting for a person" in house.run("list")


def test_wrong_words_are_one_line_each(house: House) -> None:
    assert "at least 8 of its digits" in house.run("show", "12", code=65)
    assert "no such record" in house.run("show", "0" * 64, code=65)
    for words in (["decide", house.record, "perhaps"], ["show"], ["list", "--all"]):
        with pytest.raises(SystemExit) as ended:
            main(["acceptor", "review", *words])
        assert ended.value.code == 64 and house.capsys.readouterr().err.count("\n") == 1
