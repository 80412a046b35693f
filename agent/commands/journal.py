"""`prooflight journal list|show|support|verify`: what this station has recorded; the station is not disturbed."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from agent import audit, config, survey, tpm_key
from agent.support import diary
from agent.trust import Trust, TrustedKey, load_trust
from diagnostics.errors import BadInput

NOT_VALID = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|support|verify")
    listing = verbs.add_parser("list", help="every record: place, step, order, outcome, what the acceptor made of it")
    show = verbs.add_parser("show", help="one record as it was signed")
    show.add_argument("record", help="its place (epoch/seq, or seq in the newest epoch) or the start of its digest")
    support = verbs.add_parser("support", help="what engineers far away asked for, and who let them")
    verify = verbs.add_parser("verify", help="whether every entry is whole, signed and in its place")
    for verb in (listing, show, support, verify):
        verb.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
        verb.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    settings = config.load_station(arguments.config, os.environ)
    found = survey.survey(settings.state_dir / "journal")
    if arguments.verb == "verify":
        return _verify(found, settings, arguments.json)
    if arguments.verb == "support":
        return _support(found, arguments.json)
    records = audit.written(found)
    if arguments.verb == "list":
        return _list(records, arguments.json)
    chosen = _chosen(records, arguments.record)
    token = found.read(chosen.entry)
    if arguments.json:
        print(json.dumps(_summary(chosen) | {"token": token, "record": _payload(token)}))
    else:
        print(json.dumps(_payload(token), indent=2, ensure_ascii=False))
    return 0


def _list(records: list[audit.Written], as_json: bool) -> int:
    if as_json:
        print(json.dumps([_summary(each) for each in records]))
        return 0
    for each in records:
        s = _summary(each)
        order = f"{s['order']} attempt {s['attempt']}" if s["order"] else ""
        state = f"acceptor: {s['acceptance']}" if s["acceptance"] else "not acknowledged yet"
        print(f"{each.place:>8}  {s['tx']} {s['outcome'] or '':<12}  {order:<32}  {s['wall']}  {state}")
    return 0


def _support(found: survey.Survey, as_json: bool) -> int:
    made = list(diary.entries(found))
    if as_json:
        print(json.dumps(made))
        return 0
    for each in made:
        counts = ", ".join(f"{reason} {count}" for reason, count in each.get("counts", {}).items())
        told = (each.get("verb"), each.get("reason"), counts, f"{each['minutes']} min" if "minutes" in each else "")
        print(f"{each['at']}  {each['what']:<12}  {each.get('who', ''):<20}  {'  '.join(filter(None, told))}".rstrip())
    return 0


def _summary(each: audit.Written) -> dict[str, Any]:
    record = each.record
    return {
        "epoch": record.epoch,
        "seq": record.seq,
        "tx": record.tx,
        "order": record.order.id if record.order else None,
        "attempt": record.attempt or None,
        "outcome": record.result.outcome if record.result else None,
        "wall": record.clock.wall.isoformat(timespec="seconds"),
        "digest": each.entry.digest,
        "acceptance": each.acceptance.decision if each.acceptance else None,
    }


def _payload(token: str) -> Any:
    from agent import seal

    return json.loads(seal.read(token, typ=seal.RECORD).payload)


def _chosen(records: list[audit.Written], name: str) -> audit.Written:
    newest = max((each.record.epoch for each in records), default=1)
    place = name if "/" in name else f"{newest}/{name}"
    found = [each for each in records if each.place == place]
    if not found and len(name) >= 6:
        found = [each for each in records if each.entry.digest.startswith(name)]
    if len(found) != 1:
        raise BadInput(f"{name}: {'more than one' if found else 'no'} record; see: prooflight journal list")
    return found[0]


def _verify(found: survey.Survey, settings: config.StationConfig, as_json: bool) -> int:
    amiss = list(audit.faults(found, _trust(settings)))
    counts = {kind: sum(entry.kind == kind for entry in found.entries) for kind in ("record", "receipt", "note")}
    if as_json:
        print(json.dumps({"valid": not amiss, "entries": counts, "faults": amiss}))
    else:
        for line in amiss:
            print(line)
        told = f"{counts['record']} records, {counts['receipt']} acceptances, {counts['note']} notes"
        print(f"{told}: {f'{len(amiss)} faults' if amiss else 'whole, signed, in one chain'}")
    return NOT_VALID if amiss else 0


def _trust(settings: config.StationConfig) -> Trust:
    """The pinned keys; our own key signs our own journal, whether it was enrolled yet or not."""
    pinned = load_trust(settings.trust).keys if settings.trust.exists() else {}
    own = tpm_key.load(settings.key)
    ours = TrustedKey(kid=own.kid, x=own.x, y=own.public().get("y", ""), role="station", name=settings.name)
    return Trust(keys={own.kid: ours, **pinned})
