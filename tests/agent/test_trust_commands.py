"""The commands journal, keys and acceptor as a shell sees them: output, one-line errors, exit codes."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from agent import enrolment
from agent.base64url import encode
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.keys import KeyFileError, load_private, new_private, thumbprint
from agent.seal import ENROLMENT, SealError, seal
from agent.support.diary import Diary
from agent.trust import TrustError, load_trust
from diagnostics import strict_json
from tests.agent import samples
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.conftest import Ring


def prooflight(*words: object, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, input=given)


@pytest.fixture
def config(tmp_path: Path, ring: Ring) -> Path:
    """A station with one acknowledged attempt and one that waits."""
    with Journal(tmp_path / "state" / "journal") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        journal.keep(b"raw")
        office = desk(tmp_path / "ledger", ring)
        for token in visit(chain, 1, ont_rx_power_dbm=-30.0):
            link = chain.pending()[0]
            office.take(token)
            query = "SELECT acceptance FROM records WHERE digest = ?"
            acceptance = office.ledger.connection.execute(query, (link.digest,)).fetchone()[0]
            chain.acknowledge(link, acceptance, StationClock().stamp().wall)
        visit(chain, 2)
    path = tmp_path / "station.toml"
    path.write_text(
        f'[station]\nname = "station-1"\nstate_dir = "state"\nkey = "{ring.folder}/station.jwk"\n'
        f'trust = "{ring.trust_file}"\n'
    )
    return path


def test_the_journal_is_listed_shown_and_read_while_the_station_has_it(tmp_path: Path, config: Path) -> None:
    with Journal(tmp_path / "state" / "journal"):
        listed = prooflight("journal", "list", "--config", config).stdout.splitlines()
        assert len(listed) == 4
        assert "E rejected" in listed[1]
        assert "WO-1 attempt 1" in listed[1]
        assert listed[1].endswith("acceptor: rejected")
        assert listed[3].endswith("not acknowledged yet")
        summary = json.loads(prooflight("journal", "list", "--config", config, "--json").stdout)[3]
        assert (summary["seq"], summary["outcome"], summary["acceptance"]) == (4, "accepted", None)
        for name in ("4", "1/4", summary["digest"][:12]):
            shown = json.loads(prooflight("journal", "show", name, "--config", config).stdout)
            assert (shown["seq"], shown["order"]["id"]) == (4, "WO-2")
    missing = prooflight("journal", "show", "9", "--config", config)
    assert (missing.returncode, missing.stderr) == (
        65,
        "prooflight journal: 9: no record; see: prooflight journal list\n",
    )


def test_verifying_the_journal_tells_each_fault_and_ends_with_3(tmp_path: Path, config: Path) -> None:
    done = prooflight("journal", "verify", "--config", config)
    assert "evidence of sample is missing" in done.stdout  # the sample names evidence that nobody kept
    assert done.returncode == 3
    segment = tmp_path / "state" / "journal" / "000001.segment"
    raw = bytearray(segment.read_bytes())
    raw[200] ^= 1
    segment.write_bytes(raw)
    told = json.loads(prooflight("journal", "verify", "--config", config, "--json").stdout)
    assert not told["valid"]
    faults = " ".join(told["faults"])
    assert "000001.segment at 0: 4096 bytes are damaged" in faults
    assert "record 1/2 does not follow the beginning" in faults


def test_a_sound_journal_verifies(tmp_path: Path, ring: Ring, config: Path) -> None:
    with Journal(tmp_path / "sound" / "journal") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        attempt = chain.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
        evidence = {"telnet: display optic": journal.keep(b"raw answer")}
        chain.finish(attempt, replace(samples.result(), evidence=evidence), {})
    config.write_text(config.read_text().replace('"state"', '"sound"'))
    done = prooflight("journal", "verify", "--config", config)
    assert (done.returncode, done.stdout) == (0, "2 records, 0 acceptances, 0 notes: whole, signed, in one chain\n")


def test_a_key_is_made_shown_and_enrolled_by_its_own_request(tmp_path: Path) -> None:
    key, trust = tmp_path / "keys" / "station.jwk", tmp_path / "trust.jwks"
    made = prooflight("keys", "new", key)
    assert (made.returncode, made.stderr) == (0, "")
    secret = load_private(key).jwk["d"]
    request = prooflight("keys", "show", key, "--request").stdout
    shown = json.loads(prooflight("keys", "show", key, "--json").stdout)
    assert secret not in made.stdout + request + json.dumps(shown)
    done = prooflight("keys", "enrol", "-", "--role", "station", "--name", "s1", "--trust", trust, given=request)
    assert (done.returncode, done.stderr) == (0, "")
    (pinned,) = load_trust(trust).keys.values()
    assert (pinned.kid, pinned.role, pinned.name) == (shown["kid"], "station", "s1")
    again = prooflight("keys", "enrol", "-", "--role", "acceptor", "--name", "x", "--trust", trust, given=request)
    assert (again.returncode, again.stderr.count("\n")) == (78, 1)
    twice = prooflight("keys", "new", key)
    assert (twice.returncode, twice.stderr.count("\n")) == (65, 1)


def test_a_key_that_its_holder_cannot_prove_is_not_enrolled(tmp_path: Path, ring: Ring) -> None:
    def offered(jwk: object, typ: str = ENROLMENT) -> str:
        return seal(strict_json.write({"v": 1, "jwk": jwk}), typ=typ, key=ring.station).token

    genuine = enrolment.request(ring.station)
    head, _, signature = genuine.split(".")
    stolen = ".".join([head, encode(strict_json.write({"v": 1, "jwk": ring.stranger.public()})), signature])
    weak = ring.station.public() | {"x": encode(bytes(32))}
    for token in (
        stolen,
        offered(ring.stranger.public()),
        offered(weak),
        offered(dict(ring.station.jwk)),
        offered(None),
        offered(ring.station.public(), typ="prooflight.record+jws"),
        genuine[:-4],
        "",
    ):
        with pytest.raises((KeyFileError, SealError)):
            enrolment.enrol(tmp_path / "trust.jwks", token, role="station", name="s1")
    assert not (tmp_path / "trust.jwks").exists()


def test_a_station_has_one_key_until_it_is_revoked(tmp_path: Path, ring: Ring) -> None:
    trust = tmp_path / "trust.jwks"
    enrolment.enrol(trust, enrolment.request(ring.station), role="station", name="s1")
    with pytest.raises(TrustError, match="has a key already"):
        enrolment.enrol(trust, enrolment.request(ring.stranger), role="station", name="s1")
    made = json.loads(trust.read_text())
    made["keys"][0]["revoked"] = {"time": "2026-11-01T00:00:00+00:00", "reason": "lost"}
    trust.write_text(json.dumps(made))
    enrolment.enrol(trust, enrolment.request(ring.stranger), role="station", name="s1")
    assert len(load_trust(trust).keys) == 2


def test_the_acceptor_lists_and_shows_its_work_orders(tmp_path: Path, ring: Ring, config: Path) -> None:
    path = tmp_path / "acceptor.toml"
    path.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        'database = "ledger"\n[mqtt]\nhost = "127.0.0.1"\ntenant = "north"\n'
    )
    listed = prooflight("acceptor", "list", "--config", path).stdout
    assert listed.startswith("open    WO-1")
    told = json.loads(prooflight("acceptor", "list", "--config", path, "--json").stdout)
    assert [ticket["state"] for ticket in told["tickets"]] == ["open"]
    shown = json.loads(prooflight("acceptor", "show", "WO-1", "--config", path, "--json").stdout)
    assert [(record["tx"], record["decision"]) for record in shown["records"]] == [("B", "recorded"), ("E", "rejected")]
    missing = prooflight("acceptor", "show", "WO-9", "--config", path)
    assert (missing.returncode, missing.stderr.count("\n")) == (65, 1)
    path.write_text(path.read_text().replace('"ledger"', '"none"'))
    absent = prooflight("acceptor", "list", "--config", path)
    assert (absent.returncode, absent.stderr.count("\n")) == (69, 1)


def revoke(trust: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    return prooflight("keys", "revoke", *words, "--trust", trust)


def test_no_key_of_ours_reads_like_an_option_and_one_that_does_can_be_revoked(tmp_path: Path, ring: Ring) -> None:
    made = [new_private(tmp_path / f"{number}.jwk").kid for number in range(300)]
    assert not [kid for kid in made if kid.startswith("-")]
    points = (ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(10_000))
    x = next(encode(point) for point in points if thumbprint(encode(point)).startswith("-"))
    trust = tmp_path / "trust.jwks"
    odd = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": x,
        "kid": thumbprint(x),
        "alg": "Ed25519",
        "role": "station",
        "name": "s1",
    }
    trust.write_text(json.dumps({"keys": [odd]}))
    done = prooflight("keys", "revoke", "--trust", trust, "--reason", "stolen", "--", odd["kid"][:8])
    assert (done.returncode, done.stderr) == (0, "")
    assert load_trust(trust).keys[odd["kid"]].revoked is not None


def test_a_key_is_revoked_once_and_its_place_is_free_again(tmp_path: Path, ring: Ring) -> None:
    trust = tmp_path / "trust.jwks"
    enrolment.enrol(trust, enrolment.request(ring.station), role="station", name="s1")
    enrolment.enrol(trust, enrolment.request(ring.reflector), role="reflector", name="r1")
    kid = ring.station.kid
    words = ("--reason", "stolen", "--since", "2026-11-01T00:00:00+08:00", "--last-good", "2/7")
    done = revoke(trust, kid[:8], *words)
    assert (done.returncode, done.stderr) == (0, "")
    revoked = load_trust(trust).keys[kid].revoked
    assert revoked is not None
    assert (revoked.reason, revoked.last_good) == ("stolen", (2, 7))
    assert revoked.time.isoformat() == "2026-10-31T16:00:00+00:00"
    enrolment.enrol(trust, enrolment.request(ring.stranger), role="station", name="s1")
    for again in (
        revoke(trust, kid, *words),
        revoke(trust, kid[:7], "--reason", "short"),
        revoke(trust, "nobodyskey", "--reason", "gone"),
        revoke(trust, ring.reflector.kid, "--reason", "no records", "--last-good", "1/1"),
    ):
        assert (again.returncode, again.stderr.count("\n")) == (78, 1), again.stderr
    assert revoke(trust, kid, "--reason", "x", "--last-good", "seven").returncode == 64


def test_a_revocation_without_a_time_counts_from_now(tmp_path: Path, ring: Ring) -> None:
    trust = tmp_path / "trust.jwks"
    enrolment.enrol(trust, enrolment.request(ring.order), role="order", name="tickets")
    before = datetime.now(UTC)
    assert revoke(trust, ring.order.kid, "--reason", "old").returncode == 0
    revoked = load_trust(trust).keys[ring.order.kid].revoked
    assert revoked is not None and before <= revoked.time <= datetime.now(UTC)


def test_what_engineers_asked_for_is_told_from_the_journal_and_is_no_fault_in_it(tmp_path: Path, config: Path) -> None:
    hostile = "P1 record  " + "a" * 64 + " 00000001 x"  # the head of an entry
    before = prooflight("journal", "verify", "--config", config).stdout
    with Journal(tmp_path / "state" / "journal") as journal:
        diary = Diary(journal, StationClock().stamp)
        assert diary.note("refused", who="Wang Li", verb="ont.watch", reason="no_consent")
        assert diary.note("consent", who=hostile, minutes=10, by="customer")
        assert diary.note("noise", counts={"signature": 17, "retained": 1})
    told = prooflight("journal", "support", "--config", config).stdout.splitlines()
    assert [line.split(None, 1)[1].split() for line in (told[0], told[2])] == [
        ["refused", "Wang", "Li", "ont.watch", "no_consent"],
        ["noise", "signature", "17,", "retained", "1"],
    ]
    made = json.loads(prooflight("journal", "support", "--json", "--config", config).stdout)
    assert [each["what"] for each in made] == ["refused", "consent", "noise"]
    assert made[1]["who"] == hostile
    assert prooflight("journal", "verify", "--config", config).stdout == before
