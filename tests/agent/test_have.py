"""What a station says that it has is read strictly, and the answer names exactly what is missing."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acceptor.anti_entropy import Known, answer, answer_reviews, doubt
from agent.anti_entropy import AntiEntropy, haves, looked_to
from agent.chain import Chain
from agent.clock import StationClock
from agent.have import (
    MOST_LEFT,
    MOST_RECORDS,
    Have,
    HaveError,
    Left,
    Resend,
    is_resend,
    parse_have,
    parse_resend,
    write,
)
from agent.journal import Journal
from tests.agent.acceptor.conftest import visit
from tests.agent.conftest import Ring

HEAD = "ab" * 32
HAVE = Have(kid="k", epoch=1, contiguous=4, last=6, head=HEAD)
RESEND = Resend(kid="k", epoch=1, first=5, last=6)
LEFT = replace(HAVE, review=Left(first=2, last=6, numbers=(2, 5)))
CHOSEN = replace(RESEND, first=1, last=4000, numbers=(1, 7, 4000))


def test_both_messages_come_back_as_they_were_written() -> None:
    assert parse_have(write(HAVE)) == HAVE
    assert parse_have(write(LEFT)) == LEFT
    assert parse_resend(write(CHOSEN)) == CHOSEN
    most = Left(first=1, last=2**53 - 1, numbers=tuple(range(2**53 - MOST_LEFT, 2**53)))
    assert parse_have(write(replace(HAVE, kid="k" * 43, review=most))).review == most
    assert parse_resend(write(RESEND)) == RESEND
    assert is_resend(write(RESEND))
    assert write(HAVE) == b'{"kid":"k","epoch":1,"contiguous":4,"last":6,"head":"%s"}' % HEAD.encode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (write(HAVE).replace(b'"last":6', b'"last":3'), "contiguous: must not be greater than last"),
        (write(HAVE).replace(b'"last":6', b'"last":-1'), "last: must be a whole number"),
        (write(HAVE).replace(b'"epoch":1', b'"epoch":0'), "epoch: must be a whole number from 1"),
        (write(HAVE).replace(b"abab", b"zz"), "head: "),
        (write(HAVE).replace(b'"kid":"k",', b""), "kid: is missing"),
        (write(HAVE).replace(b'"kid"', b'"more":1,"kid"'), "more: is not a field here"),
        (b" " * 4000, "longer than 2048 bytes"),
        (write(LEFT).replace(b"[2,5]", b"[5,2]"), "review.numbers: must be whole numbers from first to last, rising"),
        (write(LEFT).replace(b"[2,5]", b"[1]"), "review.numbers: must be whole numbers from first to last"),
        (write(LEFT).replace(b"[2,5]", b"[7]"), "review.numbers: must be whole numbers from first to last"),
        (write(LEFT).replace(b"[2,5]", b"[true]"), "review.numbers: must be whole numbers"),
        (write(LEFT).replace(b"[2,5]", b"5"), "review.numbers: must be a list"),
        (write(LEFT).replace(b'"first":2,', b""), "review.first: is missing"),
        (write(LEFT).replace(b'{"first":2,"last":6,"numbers":[2,5]}', b"7"), "review: must be an object"),
        (
            write(replace(LEFT, last=99, review=Left(first=1, last=99, numbers=tuple(range(1, MOST_LEFT + 2))))),
            "review.numbers: must be at most 64",
        ),
    ],
)
def test_what_says_nothing_of_the_kind_is_refused_by_its_field(raw: bytes, words: str) -> None:
    with pytest.raises(HaveError, match=words):
        parse_have(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"resend":{"kid":"k","epoch":1,"first":0,"last":6}}',
        b'{"resend":{"kid":"k","epoch":1,"first":7,"last":6}}',
        b'{"resend":{"kid":"k","epoch":1,"first":1,"last":501}}',
        b'{"resend":{"kid":"k","epoch":1,"first":1}}',
        b'{"resend":{"kid":"k","epoch":1,"first":1,"last":501,"numbers":[]}}',
        b'{"resend":{"kid":"k","epoch":1,"first":1,"last":6,"numbers":[7]}}',
        b'{"resend":[]}',
        b'{"resend":7}',
        b'{"send":{}}',
        b"{",
    ],
)
def test_a_request_for_nothing_or_too_much_is_refused(raw: bytes) -> None:
    with pytest.raises(HaveError):
        parse_resend(raw)


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_garbage_is_refused_and_nothing_else_happens(raw: bytes) -> None:
    for parse in (parse_have, parse_resend):
        with pytest.raises(HaveError):
            parse(raw)


@pytest.mark.parametrize(
    ("known", "asked", "words"),
    [
        (Known(seq=6, digest=HEAD), None, ""),
        (Known(seq=5, digest="x"), (6, 6), ""),
        (Known(seq=4, digest="x"), (5, 6), ""),
        (Known(seq=3, digest="x"), (4, 6), "records 4..4 of epoch 1 were acknowledged and are not in this ledger"),
        (Known(seq=0, digest=""), (1, 6), "records 1..4 of epoch 1 were acknowledged"),
        (Known(seq=9, digest="x"), None, "the station has lost records 7..9 of epoch 1"),
        (Known(seq=6, digest="x"), None, "record 6 of epoch 1 is another one than the one known here"),
    ],
)
def test_the_acceptor_asks_for_what_it_lacks_and_says_what_is_odd(
    known: Known, asked: tuple[int, int] | None, words: str
) -> None:
    resend = answer(HAVE, known)
    assert (resend and (resend.first, resend.last)) == asked
    assert doubt(HAVE, known).startswith(words) and bool(doubt(HAVE, known)) == bool(words)


def test_the_acceptor_asks_for_so_many_at_once_as_a_request_may_name() -> None:
    asked = answer(replace(HAVE, last=5000), Known(seq=10, digest="x"))
    assert asked == Resend(kid="k", epoch=1, first=11, last=10 + MOST_RECORDS)
    assert parse_resend(write(asked)) == asked


@pytest.mark.parametrize(
    ("waiting", "asked"),
    [((), ()), ((2, 5), ()), ((2, 3, 6), (3, 6)), (tuple(range(7, 99)), tuple(range(7, 7 + MOST_LEFT)))],
)
def test_the_acceptor_asks_for_what_only_it_believes_to_be_left_to_a_person(
    waiting: tuple[int, ...], asked: tuple[int, ...]
) -> None:
    resend = answer_reviews(LEFT, waiting)
    assert (resend.numbers if resend else ()) == asked
    assert resend is None or parse_resend(write(resend)) == resend


def test_a_station_tells_what_is_left_to_a_person_in_parts_that_come_round_to_all_of_it(station: Chain) -> None:
    count = MOST_LEFT + 2
    for number in range(1, count + 1):
        visit(station, number)
    ends = [link for link in station.links if link.tx == "E"]
    reviews = {link.digest: link.seq != 4 for link in ends}
    before: dict[tuple[str, int], int] = {}
    parts = []
    for _ in range(4):
        (told,) = haves(station.links, set(), reviews, before)
        assert told.review is not None
        parts.append(told.review)
        before = looked_to([told])
    first, second = parts[:2]
    assert (first.first, second.first, second.last) == (1, first.last + 1, 2 * count)
    assert (*first.numbers, *second.numbers) == tuple(link.seq for link in ends if link.seq != 4)
    assert parts[2:] == parts[:2]
    (told,) = haves(station.links, set(), {}, {})
    assert told.review is None, "nothing was ever left to a person"


def test_a_busy_station_tells_its_old_reviews_too_whatever_was_added_since(station: Chain) -> None:
    reviews, before = {visited(station, 1): True}, {}
    for number in range(2, 5):
        visit(station, number)
        (told,) = haves(station.links, set(), reviews, before)
        assert told.review == Left(first=1, last=2 * number, numbers=(2,))
        before = looked_to([told])


def visited(station: Chain, number: int) -> str:
    """The digest of the result of an attempt."""
    visit(station, number)
    return station.links[-1].digest


def test_a_station_tells_each_epoch_and_up_to_where_it_is_acknowledged(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    visit(station, 1)
    visit(station, 2)
    first = station.links
    station.journal.close()
    with Journal(tmp_path / "journal") as journal:
        renewed = Chain(journal, key=ring.stranger, station="station-1", clock=StationClock())
        made = haves(renewed.links, {first[2].digest, renewed.links[-1].digest}, {}, {})
    assert made == (
        Have(kid=ring.station.kid, epoch=1, contiguous=2, last=4, head=first[3].digest),
        Have(kid=ring.stranger.kid, epoch=2, contiguous=0, last=1, head=renewed.links[-1].digest),
    )


def test_a_station_without_records_says_nothing(station: Chain) -> None:
    assert AntiEntropy(station).tell(0.0) == ()


def test_it_is_said_at_once_after_a_connection_and_then_every_ten_minutes(station: Chain) -> None:
    visit(station)
    told = AntiEntropy(station)
    assert [len(told.tell(now)) for now in (5.0, 604.0, 605.0)] == [1, 0, 1]
    told.connected()
    assert len(told.tell(606.0)) == 1


def test_a_request_is_heeded_once_for_what_was_told_and_only_for_records_that_are_there(
    ring: Ring, station: Chain
) -> None:
    visit(station)
    told = AntiEntropy(station)
    wanted = Resend(kid=ring.station.kid, epoch=1, first=2, last=400)
    assert told.heed(wanted) == []  # nothing was told yet
    told.tell(0.0)
    assert told.heed(replace(wanted, kid="other")) == []
    assert told.heed(wanted) == [station.links[1].digest] == list(told.asked)
    assert told.heed(wanted) == []
    chosen = replace(wanted, first=1, numbers=(1, 3))
    assert told.heed(chosen) == [station.links[0].digest], "a request for single records counts by itself, once"
    assert told.heed(chosen) == []


def test_when_the_answer_named_less_than_is_missing_the_rest_is_asked_for_at_once_and_not_in_a_circle(
    ring: Ring, station: Chain
) -> None:
    visit(station)
    told = AntiEntropy(station)
    one = Resend(kid=ring.station.kid, epoch=1, first=1, last=1)
    for expected_haves in (1, 0):  # the same request again is no progress
        told.tell(told.due_at)
        told.heed(one)
        told.handed(station.links[0].digest)
        assert len(told.tell(1.0)) == expected_haves
