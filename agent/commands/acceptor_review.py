"""`prooflight acceptor review list|show|decide`: what the desk left to a person, and what that person decides."""

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import review, seal
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_review_queue import digest_of, in_review, queue
from agent.acceptor.review_case import by_weight, case_of, otherwise
from agent.acceptor.reviewing import ReviewRefused
from agent.config import AcceptorConfig
from agent.keys import load_private
from agent.review import CHOICES, Review
from agent.trust import load_trust
from diagnostics.criteria import Criteria

if TYPE_CHECKING:
    from agent.acceptor.ledger import Ledger


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of `review` and its steps."""
    parser = verbs.add_parser("review", help="what waits for a person: list it, show it, decide it")
    steps = parser.add_subparsers(dest="step", required=True, metavar="list|show|decide")
    listing = steps.add_parser("list", help="what waits for a person, oldest first")
    show = steps.add_parser("show", help="one record: what the station said, and what was judged again")
    decide = steps.add_parser("decide", help="accept or reject a record, signed by a reviewer's key")
    for step in (show, decide):
        step.add_argument("record", metavar="RECORD", help="the record's digest, at least 8 digits of it")
    decide.add_argument("decision", choices=CHOICES, help="accept or reject")
    decide.add_argument("--why", required=True, metavar="TEXT", help="why, in plain words; it stands in the bundle")
    decide.add_argument("--by", required=True, metavar="NAME", help="the name under which the key is pinned")
    decide.add_argument("--key", type=Path, required=True, metavar="FILE", help="the reviewer's private key")
    for step in (listing, show, decide):
        step.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")
        step.add_argument("--json", action="store_true", help="print one JSON document")


def read(settings: AcceptorConfig, load: Callable[[str], Criteria], arguments: argparse.Namespace) -> int:
    """Print the queue, or one record of it."""
    connection = connect(settings.database, read_only=True)
    try:
        if arguments.step == "list":
            return _list(queue(connection), datetime.now(UTC), arguments.json)
        known = in_review(connection, load, digest_of(connection, arguments.record))
    finally:
        connection.close()
    told = case_of(known, load)
    if arguments.json:
        print(json.dumps(told))
        return 0
    for line in _lines(told):
        print(line)
    return 0


def decide(settings: AcceptorConfig, ledger: "Ledger", arguments: argparse.Namespace) -> int:
    """Sign what the person decided, and do it; ReviewRefused where the key is not his, or it cannot be done."""
    now, key = datetime.now(UTC), load_private(arguments.key)
    digest = digest_of(ledger.connection, arguments.record)
    known = ledger.known(digest)
    made = Review(
        record=digest,
        acceptance=seal.digest_of(known.token),
        decision=arguments.decision,
        why=arguments.why.strip(),
        reviewer=arguments.by,
        decided_at=now,
    )
    token = seal.seal(review.write(made), typ=seal.REVIEW, key=key).token
    opened = seal.open_sealed(token, typ=seal.REVIEW, trust=load_trust(settings.trust), at=now)
    if opened.key.name != arguments.by:
        raise ReviewRefused(f"--by: the key is pinned as {opened.key.name}, not {arguments.by}; name its holder")
    words = ledger.review(made, token, now).words
    if arguments.json:
        print(json.dumps({"record": digest, "decided": words}))
    else:
        print(f"record {digest[:12]}: {words}")
    return 0


def _list(waiting: list[dict[str, Any]], now: datetime, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"review": waiting}))
        return 0
    for each in waiting:
        age = _age(now - datetime.fromisoformat(each["received_at"]))
        kind = "visit" if each["tx"] == "V" else "test"
        print(f"{each['digest'][:12]}  {age:>6}  {each['station']:<12} {each['order_id']:<24} {kind}")
        for reason in each["reasons"]:
            print(f"    {reason}")
    print(f"{len(waiting)} waiting for a person" if waiting else "nothing waits for a person")
    return 0


def _age(passed: Any) -> str:
    minutes = max(0, int(passed.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60
    return f"{days} d" if days else f"{hours} h" if hours else f"{minutes} min"


def _lines(told: dict[str, Any]) -> list[str]:
    said, judged = told["station_said"], told["judged_again"]
    overtaken = "" if told["newest"] else "; a later attempt was opened"
    lines = [
        f"record {told['record']}",
        f"work order {told['order']}, {told['ticket']}: attempt {told['attempt']} by {told['station']}{overtaken}",
        f"the desk: {told['decision']}, line {told['line'] or 'not looked at'}",
        *(f"    {reason}" for reason in told["reasons"]),
        f"the station said: {said['outcome']}",
        f"judged again: {judged['outcome'] or judged['why']}",
    ]
    lines += [f"    {_mark(each):<18} {each['sentence']}" for each in by_weight(judged["findings"])]
    lines += [f"    otherwise by the station: {sentence}" for sentence in otherwise(told)]
    if told["quarantine"]:
        lines.append(f"its key is in quarantine: {told['quarantine']}")
    if by := told["review"]:
        lines.append(f"{by['reviewer']} decided: {by['decision']}, {by['why']}")
    return lines


def _mark(finding: dict[str, Any]) -> str:
    return finding["status"] if finding["required"] else f"{finding['status']} (advisory)"
