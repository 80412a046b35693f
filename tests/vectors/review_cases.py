"""Bundles whose last word a person had: the review that the acceptance carries, right, forged and misplaced."""

from dataclasses import replace
from typing import Any

from agent import review, seal
from agent.bundle import Bundle
from agent.keys import PrivateKey
from agent.review import Review
from diagnostics import strict_json
from diagnostics.measurement import Failure
from tests.vectors import story
from tests.vectors.bundles import Vector, failed, unchecked
from tests.vectors.ring import NAMES, entry, key, resealed
from tests.vectors.story import Box, acceptance, order

TRUST = "trust-reviewer.jwks"
REVIEWER = "Ma Li"
WHY = "the port of the test box is at its best; the customer's own meter shows the ordered rate"


def trust_file() -> bytes:
    """The trust file that pins a reviewer as well."""
    own = key("reviewer")
    pinned = {**own.public(), "kid": own.kid, "alg": "Ed25519", "role": "reviewer", "name": REVIEWER}
    return strict_json.write({"keys": [*(entry(role) for role in NAMES), pinned]}) + b"\n"


def sealed(record: str, signer: PrivateKey | None = None, **changes: Any) -> str:
    """A person's decision on the record with this digest."""
    made = Review(
        record=record,
        acceptance="7" * 64,
        decision="accept",
        why=WHY,
        reviewer=REVIEWER,
        decided_at=story.ACCEPTED,
    )
    return seal.seal(review.write(replace(made, **changes)), typ=seal.REVIEW, key=signer or key("reviewer")).token


def reviewed(comes_to: str = "closed", signer: str = "reviewer", **changes: Any) -> Bundle:
    """A port that is slower than the order, which a person accepted all the same."""
    signed, box = order(), Box()
    limit = Failure(kind="instrument_limit", stage="throughput", detail="1 GbE port")
    attempt = box.measured(signed, values={"port_speed_mbps": limit})
    closed = seal.digest_of(attempt.close or "")
    told = {"decision": comes_to, "outcome": "inconclusive", "line": None}
    words = (f"{REVIEWER} decided: {WHY}",)
    carried = sealed(**({"record": closed, "signer": key(signer)} | changes))
    return story.bundle(
        signed, attempt, accepted=acceptance(attempt.close or "", reasons=words, review=carried, **told)
    )


def spoilt(**changes: Any) -> Bundle:
    """The same with some members of the review changed, signed again."""
    made = reviewed()
    inside = strict_json.parse_object(seal.read(made.acceptance or "", typ=seal.ACCEPTANCE).payload)["review"]
    again = resealed(inside, seal.REVIEW, "reviewer", **changes)
    return replace(made, acceptance=resealed(made.acceptance or "", seal.ACCEPTANCE, "acceptor", review=again))


def emptied() -> Bundle:
    """An acceptance that has the member and nothing in it."""
    made = reviewed()
    return replace(made, acceptance=resealed(made.acceptance or "", seal.ACCEPTANCE, "acceptor", review=None))


_DOUBTED = unchecked("acceptance")
_UNREAD = failed("types") | unchecked("acceptance", "time")
REVIEWS = {
    "a review that accepts": Vector(
        why="a person accepted what the instrument could not prove, and the acceptance carries his signature",
        make=reviewed,
        outcome="inconclusive",
        valid=True,
        trust=TRUST,
    ),
    "a review that rejects": Vector(
        why="a person rejected it",
        make=lambda: reviewed("rejected", decision="reject"),
        outcome="inconclusive",
        valid=True,
        trust=TRUST,
    ),
    "a review of another record": Vector(
        why="a person's decision on another record",
        make=lambda: reviewed(record="3" * 64),
        checks=failed("acceptance"),
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review that says otherwise": Vector(
        why="the person rejected it, the acceptance closes",
        make=lambda: reviewed(decision="reject"),
        checks=failed("acceptance"),
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review by a key that is not pinned": Vector(
        why="no reviewer is in this trust file",
        make=reviewed,
        checks=failed("keys") | unchecked("signatures", "revocation") | _DOUBTED,
        outcome="inconclusive",
    ),
    "a review by the acceptor": Vector(
        why="a key of another role decides nothing",
        make=lambda: reviewed(signer="acceptor"),
        checks=failed("keys") | _DOUBTED,
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review in another name": Vector(
        why="it names another person than whose key signed it",
        make=lambda: reviewed(reviewer="Somebody"),
        checks=failed("keys") | _DOUBTED,
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review with a foreign member": Vector(
        why="a review has exactly its members",
        make=lambda: spoilt(also="this"),
        checks=failed("types") | _DOUBTED,
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review without a word": Vector(
        why="a decision needs its reason",
        make=lambda: spoilt(why=""),
        checks=failed("types") | _DOUBTED,
        outcome="inconclusive",
        trust=TRUST,
    ),
    "a review that is null": Vector(
        why="the member stands there only where a person decided",
        make=emptied,
        checks=_UNREAD,
        outcome="inconclusive",
        trust=TRUST,
    ),
}
