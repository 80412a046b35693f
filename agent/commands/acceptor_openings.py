"""`prooflight acceptor openings|forget`: open what stations committed of persons, or give it up for good."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from agent import commitment, opening, opening_key, seal
from agent.acceptor.ledger_reading import Reading
from agent.commitment import Disclosure
from agent.config import AcceptorConfig
from agent.disk import Disk
from diagnostics import strict_json
from diagnostics.errors import BadInput, NotAvailable

if TYPE_CHECKING:
    from agent.acceptor.ledger import Ledger


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of both verbs."""
    openings = verbs.add_parser("openings", help="open the personal data of one work order's records")
    openings.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private opening key")
    openings.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to write it (0600)")
    forget = verbs.add_parser("forget", help="give up the personal data of one work order's records for good")
    for verb in (openings, forget):
        verb.add_argument("order", help="the work order's id")
        verb.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")


def write_openings(settings: AcceptorConfig, arguments: argparse.Namespace) -> int:
    """Write what can be opened into a private file, the disclosures by the digest of their record."""
    key = opening_key.load_private(arguments.key)
    reading = Reading(settings.database)
    try:
        tokens, records = reading.openings(arguments.order), reading.tokens(arguments.order)
    finally:
        reading.close()
    if not tokens:
        raise BadInput(f"{arguments.order}: no openings in {settings.database}; they never came, or were given up")
    made = {digest: _opened(digest, token, records[digest], key) for digest, token in tokens.items()}
    try:
        Disk().replace(arguments.out, opening.write_file(made))
    except OSError as error:
        raise NotAvailable(f"{arguments.out}: cannot be written: {error.strerror}; name another file") from error
    print(f"{sum(map(len, made.values()))} values of {len(made)} records: {arguments.out}")
    return 0


def forget(ledger: "Ledger", arguments: argparse.Namespace) -> int:
    """Give up the openings of one work order."""
    count = ledger.forget(arguments.order)
    print(f"{arguments.order}: {count} openings given up; every signature stays as it was")
    return 0


def _opened(digest: str, token: str, record: str, key: opening_key.OpeningKey) -> tuple[Disclosure, ...]:
    """The disclosures of a record; BadInput where one opens nothing that the record states."""
    made = opening.opened(token, key)
    stated = commitment.stated_in(strict_json.parse_object(seal.read(record, typ=seal.RECORD).payload))
    foreign = commitment.unmatched(made, stated)
    if foreign:
        raise opening.OpeningError(f"record {digest[:12]}...: {foreign[0][:40]} opens nothing that the record states")
    return made
