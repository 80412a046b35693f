"""Controls of the offline verifier that no office repeats."""

from agent import bundle_checks, result_checks
from tests.frauds.control import Control

CONTROLS = {
    "the verdict, judged again offline": Control(
        result_checks.verdict,
        "if stated != (",
        "if False and stated != (",
        {"verdict pass over failing numbers, in a bundle": "valid"},
    ),
    "attempts counted": Control(
        bundle_checks.attempts,
        "attempt.open.record.attempt != number",
        "False",
        {"bundle without its failed attempt": "valid"},
    ),
    "each close its own open": Control(
        bundle_checks._broken_attempt,
        "close.open != attempt.open.digest",
        "False",
        {"bundle with another attempt's result": "invalid"},
    ),
    "records of one order": Control(
        bundle_checks.order, "if other:", "if False:", {"bundle under another order's name": "valid"}
    ),
    "the order that was named": Control(
        bundle_checks.anchor,
        "not case.is_anchored(case.attempts[-1])",
        "False",
        {"bundle with another signed order": "invalid"},
    ),
    "the order that is there": Control(
        bundle_checks.anchor,
        "last is not None and last.anchor != UNANCHORED",
        "False",
        {"bundle without its signed order": "invalid"},
    ),
    "the acceptance of this result": Control(
        result_checks.acceptance,
        '"FAILED", "it is for another record',
        '"OK", "it is for another record',
        {"bundle with the acceptance of another record": "valid"},
    ),
    "the verdict of the acceptor": Control(
        result_checks.acceptance,
        "None not in (outcome, made.outcome) and outcome != made.outcome",
        "False",
        {"bundle with an acceptance of another verdict": "valid"},
    ),
    "seen before accepted": Control(
        bundle_checks.time,
        "if accepted and seen and max(seen) > accepted",
        "if False",
        {"bundle accepted before it was seen": "valid"},
    ),
}
