"""A person's decision is read as strictly as it is written, and its acceptance takes the first one's place for good."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import acknowledgement, review, seal
from agent.acknowledgement import Acceptance
from agent.bundle import collect
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.review import Review, ReviewError
from diagnostics import strict_json
from tests.agent import samples
from tests.agent.conftest import Ring

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REVIEW = Review(
    record="a" * 64, acceptance="b" * 64, decision="accept", why="seen on site", reviewer="Ma Li", decided_at=AT
)


def stated(**changes: Any) -> dict[str, Any]:
    return strict_json.parse_object(review.write(REVIEW)) | changes


def test_a_review_reads_back_as_it_was_written() -> None:
    assert review.from_json(stated()) == REVIEW


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"v": 2}, "v: must be 1"),
        ({"decision": "perhaps"}, "decision: must be one of accept, reject"),
        ({"why": " "}, "why: must be text and not empty"),
        ({"why": "x" * 501}, "why: must be at most 500 characters"),
        ({"why": "a\nb"}, "why: must be at most 500 characters of plain text in one line"),
        ({"record": "A" * 64}, "record: "),
        ({"decided_at": "2026-11-22T12:00:00"}, "decided_at: must name its offset"),
        ({"also": 1}, "also: is not a field of a review"),
    ],
)
def test_what_is_no_review_is_named_by_its_field(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ReviewError, match=words):
        review.from_json(stated(**changes))


@given(st.dictionaries(st.sampled_from([*stated(), "x"]), st.none() | st.integers() | st.text(max_size=9)))
def test_garbage_is_no_review(garbage: dict[str, Any]) -> None:
    try:
        read = review.from_json(stated() | garbage)
    except ReviewError as error:
        assert "\n" not in str(error)
    else:
        assert review.from_json(strict_json.parse_object(review.write(read))) == read and "x" not in garbage


def answer(ring: Ring, chain: Chain, **changes: Any) -> tuple[str, Acceptance]:
    """The acceptor's answer to the newest record."""
    link = chain.links[-1]
    made = Acceptance(
        acceptor="desk",
        record=link.digest,
        kid=link.kid,
        epoch=link.epoch,
        seq=link.seq,
        order=link.order,
        decision="review",
        outcome="inconclusive",
        reasons=("a person must look",),
        line=None,
        verdict=None,
        chain="complete",
        close_unanchored=False,
        issued_at=AT,
    )
    made = replace(made, **changes)
    return seal.seal(acknowledgement.write(made), typ=seal.ACCEPTANCE, key=ring.acceptor).token, made


def test_the_acceptance_of_a_review_takes_the_place_of_the_first_and_no_other_does(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        attempt = chain.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
        chain.finish(attempt, samples.result(samples.UNPROVEN), {})
        link = chain.links[-1]
        reviewed = seal.seal(review.write(replace(REVIEW, record=link.digest)), typ=seal.REVIEW, key=ring.stranger)
        first, _ = answer(ring, chain)
        other, _ = answer(ring, chain, reasons=("the same in other words",))
        last, _ = answer(ring, chain, decision="closed", review=reviewed.token)
        for token, kept in ((first, first), (other, first), (last, last), (first, last), (last, last)):
            chain.acknowledge(link, token, AT)
            assert chain.receipt(link) == kept
        assert link not in chain.pending()
        assert collect(chain, "WO-1").acceptance == last
        size = len(journal.entries)
    with Journal(tmp_path / "journal") as journal:
        again = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        assert again.receipt(again.links[-1]) == last
        assert len(journal.entries) == size, "the repeats were not saved again"
