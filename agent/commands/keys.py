"""`prooflight keys new|show|enrol|revoke`: make a key, show its public half, pin one in a trust file, revoke one."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from agent import enrolment, opening_key, tpm_key
from agent.keys import KeyFileError, PrivateKey, new_private
from agent.opening_key import OpeningKey
from agent.trust import ROLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="new|show|enrol|revoke")
    new = verbs.add_parser("new", help="make a private key")
    show = verbs.add_parser("show", help="show the public half of a key")
    for verb in (new, show):
        verb.add_argument("file", type=Path, help="the private key file")
        verb.add_argument("--json", action="store_true", help="print one JSON document")
    new.add_argument("--role", choices=ROLES, help="opening: a key that opens personal data; all others sign alike")
    tpm = f"make it in a TPM, for a station; TCTI says how that is reached (default {tpm_key.TCTI})"
    new.add_argument("--tpm", nargs="?", const=tpm_key.TCTI, metavar="TCTI", help=tpm)
    new.add_argument("--handle", default=tpm_key.HANDLE, help=f"where in the TPM it stays (default {tpm_key.HANDLE})")
    show.add_argument("--request", action="store_true", help="print only the enrolment request")
    enrol = verbs.add_parser("enrol", help="pin the key of an enrolment request in a trust file")
    enrol.add_argument("request", help="the file that holds the request, - for standard input")
    enrol.add_argument("--role", required=True, choices=ROLES, help="the one role of the key")
    enrol.add_argument("--name", required=True, help="whose key it is; a station's as in its configuration")
    enrol.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the trust file")
    enrol.add_argument("--until", type=_time, metavar="DATE", help="the last day on which it is valid, 2027-12-31")
    revoke = verbs.add_parser("revoke", help="stop believing a pinned key")
    revoke.add_argument("kid", help="the key's id, or at least its first 8 characters; behind -- if it begins so")
    revoke.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the trust file")
    revoke.add_argument("--reason", required=True, help="why, in plain words")
    revoke.add_argument("--since", type=datetime.fromisoformat, metavar="TIME", help="from when on (default: now)")
    good = "a station's newest record that stays good whenever it comes"
    revoke.add_argument("--last-good", type=_place, metavar="EPOCH/SEQ", help=good)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if arguments.verb == "enrol":
        kid = enrolment.enrol(
            arguments.trust,
            _request(arguments.request),
            role=arguments.role,
            name=arguments.name,
            not_after=arguments.until,
        )
        may = "open" if arguments.role == opening_key.ROLE else "sign"
        print(f"{kid} may {may} as {arguments.role} {arguments.name}: {arguments.trust}")
        return 0
    if arguments.verb == "revoke":
        return _revoke(arguments)
    key = _new(arguments) if arguments.verb == "new" else _load(arguments.file)
    if arguments.verb == "show" and arguments.request:
        print(enrolment.request(key))
    else:
        _show(arguments.file, key, arguments.json)
    return 0


def _new(arguments: argparse.Namespace) -> PrivateKey | OpeningKey:
    if arguments.tpm and arguments.role not in (None, "station"):
        raise KeyFileError(f"--tpm: is for the key of a station, not of role {arguments.role}")
    if arguments.tpm:
        return tpm_key.new(arguments.file, arguments.tpm, arguments.handle)
    return (
        opening_key.new_private(arguments.file) if arguments.role == opening_key.ROLE else new_private(arguments.file)
    )


def _load(file: Path) -> PrivateKey | OpeningKey:
    return opening_key.load_private(file) if opening_key.is_opening_key(file) else tpm_key.load(file)


def _revoke(arguments: argparse.Namespace) -> int:
    since: datetime = arguments.since or datetime.now(UTC)
    kid = enrolment.revoke(
        arguments.trust,
        arguments.kid,
        reason=arguments.reason,
        at=since if since.tzinfo else since.replace(tzinfo=UTC),
        last_good=arguments.last_good,
    )
    print(f"{kid} is revoked: {arguments.trust}")
    return 0


def _show(file: Path, key: PrivateKey | OpeningKey, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"kid": key.kid, "jwk": key.public(), "request": enrolment.request(key)}))
        return
    kind = "Ed25519" if key.public()["crv"] == "Ed25519" else "P-256"
    print(f"{file}: {kind} key {key.kid}")
    print(f"public: {json.dumps(key.public())}")
    print(
        f"to enrol it: prooflight keys show {file} --request | prooflight keys enrol - --role R --name N --trust FILE"
    )


def _request(name: str) -> str:
    try:
        text = sys.stdin.read(10_000) if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file made by: prooflight keys show FILE --request"
        raise KeyFileError(f"{name}: cannot be read; {remedy}") from error
    return text.strip()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=23, minute=59, second=59, tzinfo=UTC)


def _place(text: str) -> tuple[int, int]:
    epoch, _, seq = text.partition("/")
    return int(epoch), int(seq)
