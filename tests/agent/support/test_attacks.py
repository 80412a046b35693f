"""Attacks on remote support over a real broker: nothing runs that an engineer did not ask for, and that once."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.chain import Chain
from agent.mqtt_link import LARGEST_BYTES, Published
from agent.support.command import seal_command
from agent.support.judging import Facts, Noise, judge
from agent.support.limits import A_MINUTE, COMMAND_BYTES
from agent.support.verbs import VERBS
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.support.attackers import Attacker
from tests.agent.support.engineers import NONCE, Engineer, engineer, trust_with
from tests.agent.support.stations import BASE, WAIT_S, Desk, Served, desk, served
from tests.agent.support.test_judging import FLOOR


@pytest.fixture(scope="module")
def wang(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("wang") / "keys")


@pytest.fixture
def at(tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer) -> Iterator[Served]:
    with served(tmp_path, broker, ring, station, wang) as made:
        made.support.grant(wang.key.kid, 30, "technician")
        yield made


@pytest.fixture
def one(at: Served, broker: Broker, ring: Ring, wang: Engineer) -> Iterator[Desk]:
    with desk(broker, ring, wang) as made:
        made.born()
        yield made


def test_nothing_that_is_not_surely_an_engineer_s_gets_an_answer(at: Served, one: Desk, ring: Ring) -> None:
    holders = (ring.station, ring.acceptor, ring.order, ring.reflector, ring.criteria, ring.stranger)
    forged = [seal_command(one.who.command("held", boot_nonce=one.nonce), key).encode() for key in holders]
    good = one.who.asks("held", boot_nonce=one.nonce)
    for raw in (*forged, good[:-3] + b"AAA", good + b"=", b"x" * (COMMAND_BYTES + 1), b"", b"\xff\x00"):
        one.send(raw)
    assert one.ended(one.ask()) == "", "what comes after it is served"
    refused = {"role": 5, "unknown_key": 1, "signature": 1, "encoding": 3, "size": 1}
    assert at.support.told()["refused"] == refused
    assert len(one.told) == 1
    assert at.verbs["held"].runs == 0


def test_what_is_far_too_large_is_dropped_by_the_broker_before_it_takes_our_memory(at: Served, one: Desk) -> None:
    for size in (LARGEST_BYTES, LARGEST_BYTES // 2):
        one.send(b"x" * size)
    assert one.ended(one.ask()) == ""
    assert at.support.told()["refused"] == {"size": 1}


def test_commands_in_another_order_run_once_each_or_not_at_all(at: Served, one: Desk) -> None:
    first, second, third = (one.who.asks("status", boot_nonce=one.nonce) for _ in range(3))
    assert one.ended(one.send(second)) == ""
    assert one.refused(one.send(first)) == "replayed"
    assert one.ended(one.send(third)) == ""
    assert one.refused(one.send(second)) == "replayed"
    assert [each["what"] for each in at.diary()].count("taken") == 2


def test_a_retained_command_is_let_go_without_an_answer(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with desk(broker, ring, wang) as one:
        one.person.link.publish(f"{BASE}/in/command", wang.asks("held"), retain=True)
        one.person.expect(Published)
        with served(tmp_path, broker, ring, station, wang) as at:
            at.hears("let go without an answer: retained 1")
            assert one.ended(one.ask()) == ""
            assert len(one.told) == 1
            assert next(each for each in at.diary() if each["what"] == "noise")["counts"] == {"retained": 1}
            assert at.verbs["held"].runs == 0


def test_a_command_that_expired_at_the_broker_never_comes_and_one_that_waited_there_is_stale(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with desk(broker, ring, wang) as one:
        with served(tmp_path, broker, ring, station, wang) as at:
            assert one.ended(one.ask()) == "", "so its session listens, also while it is away"
        waits, expires = (wang.asks("held", boot_nonce=one.nonce or NONCE) for _ in range(2))
        one.person.link.publish(f"{BASE}/in/command", expires, expiry_s=1)
        kept = one.send(waits)
        time.sleep(2.5)  # the broker tells nobody when it drops it
        with served(tmp_path, broker, ring, station, wang) as at:
            assert one.refused(kept) == "stale_boot"
            assert len(one.told) == 2
            assert at.verbs["held"].runs == 0


def test_of_5000_commands_within_a_minute_the_allowed_number_runs(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    """The first of them are answered, the rest costs no answer and no entry; the minute is that of a still clock."""
    with served(tmp_path, broker, ring, station, wang, monotonic=lambda: 1000.0) as at:
        with desk(broker, ring, wang) as one:
            one.born()
        for _ in range(5000):
            at.support.port.take(one.who.asks(boot_nonce=one.nonce), False)
        end = time.monotonic() + WAIT_S
        while judged(at) < 5000 and time.monotonic() < end:
            time.sleep(0.01)  # a count tells nobody
        kinds = [each["what"] for each in at.diary()]
        assert kinds.count("taken") + kinds.count("refused") == A_MINUTE
        assert kinds.count("noise") == 1
        assert set(at.support.told()["refused"]) <= {"rate_minute", "flooded", "queue_full"}
        assert judged(at) == 5000


def judged(at: Served) -> int:
    """How many messages the station has dealt with."""
    taken = sum(each["what"] == "taken" for each in at.diary())
    return taken + sum(at.support.told()["refused"].values())


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_a_token_with_another_byte_is_noise(ring: Ring, wang: Engineer, place: int, byte: int) -> None:
    facts = Facts(station="station-1", nonce=NONCE, trust=trust_with(ring, wang), verbs=VERBS, earliest=FLOOR)
    made = bytearray(wang.asks())
    place %= len(made)
    if made[place] == byte:
        return
    made[place] = byte
    assert isinstance(judge(bytes(made), False, facts, 0.0), Noise)


def test_no_message_of_an_attacker_is_more_than_a_refusal_or_a_count(ring: Ring, wang: Engineer) -> None:
    """Every verb needs consent here, but those that only tell how the station is or end what runs."""
    wrong = (ring.station, ring.acceptor, ring.order, ring.reflector, ring.criteria, ring.stranger)
    attacker = Attacker(wang, wrong, station="station-1", seed=9)
    facts = Facts(station="station-1", nonce=NONCE, trust=trust_with(ring, wang), verbs=VERBS, earliest=FLOOR)
    found, chance = dict[str, int](), random.Random(9)
    for _ in range(2000):
        judged = judge(attacker.message(NONCE), chance.random() < 0.1, facts, 0.0)
        reason = getattr(judged, "reason", "taken")
        found[reason] = found.get(reason, 0) + 1
        assert reason != "taken" or judged.command.verb in ("status", "cancel")  # type: ignore[union-attr]
    assert {"retained", "size", "role", "signature", "bad_form", "unknown_verb", "no_consent", "stale_boot"} <= set(
        found
    )
