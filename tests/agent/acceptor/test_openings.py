"""The back office opens what stations committed, or gives it up for good; no signature is touched by either."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent import bundle, cli, enrolment, opening, opening_key, seal
from agent.acceptor.believing import believed
from agent.acceptor.ledger import Ledger
from agent.chain import Chain
from agent.config_ledger import LedgerPlace
from agent.mqtt_link import Received
from agent.opening_key import OpeningKey
from agent.trust import Trust, TrustedKey, load_trust
from agent.verification import verify
from diagnostics import criteria
from tests.agent import samples
from tests.agent.acceptor.conftest import NOW, database_in_toml, desk
from tests.agent.conftest import Ring

TOLD = (samples.SERIAL,)


@pytest.fixture
def key(tmp_path: Path) -> OpeningKey:
    return opening_key.new_private(tmp_path / "keys" / "opening.key")


@pytest.fixture
def pinned(tmp_path: Path, key: OpeningKey) -> TrustedKey:
    path = tmp_path / "opening.jwks"
    enrolment.enrol(path, enrolment.request(key), role="opening", name="privacy officer")
    return load_trust(path).keys[key.kid]


def visited(station: Chain, pinned: TrustedKey, told: tuple[object, ...] = TOLD) -> list[bytes]:
    """One attempt with an opening; its two messages as they go to the broker."""
    attempt = station.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    made = replace(samples.result(), opening=pinned.kid)
    station.finish(attempt, made, {}, lambda of: opening.seal(of, told, pinned))  # type: ignore[arg-type]
    messages = []
    for link in station.links:
        hidden = station.opening(link)
        messages.append((station.token(link) + (f"~{hidden}" if hidden else "")).encode())
    return messages


def take(ledger: Ledger, trust: Trust, payload: bytes) -> str:
    event = Received(topic="x", payload=payload, mid=1, retained=False)
    (answer,) = ledger.take(believed(event, trust, NOW))
    return answer.token


@pytest.fixture
def config(tmp_path: Path, ring: Ring, place: LedgerPlace) -> Path:
    made = tmp_path / "acceptor.toml"
    made.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'{database_in_toml(place)}[mqtt]\nhost = "127.0.0.1"\ntenant = "t"\n'
    )
    return made


def test_a_record_s_opening_is_kept_opened_and_given_up_for_good(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain, key: OpeningKey, pinned: TrustedKey, config: Path
) -> None:
    office = desk(place, ring)
    messages = visited(station, pinned)
    acceptances = [take(office.ledger, ring.trust, message) for message in messages]
    out = tmp_path / "openings.json"
    words = ["WO-1", "--config", str(config)]
    asked = ["acceptor", "openings", *words, "--key", str(tmp_path / "keys" / "opening.key"), "--out", str(out)]
    assert cli.main(asked) == 0
    assert opening.parse_file(out.read_bytes()) == {station.links[-1].digest: TOLD}
    assert out.stat().st_mode & 0o777 == 0o600
    assert cli.main(["acceptor", "forget", *words]) == 0
    again = [take(office.ledger, ring.trust, message) for message in messages]
    assert again == acceptances, "the same message gets the same answer and brings nothing back"
    assert cli.main(asked) == 65


def test_a_bundle_without_its_openings_is_as_good_as_before(ring: Ring, station: Chain, pinned: TrustedKey) -> None:
    visited(station, pinned)
    whole = bundle.collect(station, samples.order().id)
    assert [len(attempt.openings) for attempt in whole.attempts] == [1]
    erased = replace(whole, attempts=tuple(replace(attempt, openings=()) for attempt in whole.attempts))
    assert bundle.parse(bundle.write(whole)) == whole
    before, after = (verify(each, ring.trust, criteria.load, NOW) for each in (whole, erased))
    assert before.checks == after.checks and before.valid


def test_an_opening_is_first_saved_and_still_there_after_a_restart(station: Chain, pinned: TrustedKey) -> None:
    visited(station, pinned)
    assert [entry.kind for entry in station.journal.entries] == ["record", "opening", "record"]
    link = station.links[-1]
    token = station.opening(link)
    assert token is not None and opening.read(token).of == link.digest
    again = Chain(station.journal, key=station._key, station="station-1", clock=station._clock)
    assert again.opening(again.links[-1]) == token


@pytest.mark.parametrize("spoilt", ["another record's", "garbage", "empty"])
def test_what_is_no_opening_of_the_record_is_let_go(
    spoilt: str, place: LedgerPlace, ring: Ring, station: Chain, pinned: TrustedKey
) -> None:
    office = desk(place, ring)
    messages = visited(station, pinned)
    take(office.ledger, ring.trust, messages[0])
    token = messages[1].partition(b"~")[0]
    hidden = {"another record's": opening.seal("0" * 64, TOLD, pinned), "garbage": "a.b.c.d.e", "empty": ""}[spoilt]
    take(office.ledger, ring.trust, token + b"~" + hidden.encode())
    assert office.count("openings") == 0 and office.tickets() == {"WO-1": "closed"}


def test_an_opening_that_opens_nothing_in_the_record_is_told(
    tmp_path: Path,
    place: LedgerPlace,
    ring: Ring,
    station: Chain,
    pinned: TrustedKey,
    config: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    office = desk(place, ring)
    for message in visited(station, pinned, (samples.OTHER_SERIAL,)):
        take(office.ledger, ring.trust, message)
    out = tmp_path / "openings.json"
    asked = ["acceptor", "openings", "WO-1", "--config", str(config), "--out", str(out)]
    assert cli.main([*asked, "--key", str(tmp_path / "keys" / "opening.key")]) == 65
    told = capsys.readouterr().err
    assert "ont_serial opens nothing that the record states" in told and "000000FF" not in told
    assert not out.exists()


def test_nothing_personal_is_in_a_record_or_its_message(station: Chain, pinned: TrustedKey) -> None:
    for message in visited(station, pinned):
        payload = seal.read(message.partition(b"~")[0].decode(), typ=seal.RECORD).payload.decode()
        assert "DEADBEEF" not in payload and "DEADBEEF" not in json.dumps(payload)
