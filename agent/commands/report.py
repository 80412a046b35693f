"""`prooflight report BUNDLE`: the bundle of an order as people read it, as one HTML page or as PDF."""

import argparse
import hashlib
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agent import bundle, opening, opening_key, photograph, seal
from agent.bundle import Bundle
from agent.case import Openings
from agent.commitment import Disclosure
from agent.criteria_shelf import Shelf
from agent.disk import Disk
from agent.display import language_of
from agent.exits import NOT_VALID
from agent.opening import OpeningError
from agent.report import printing, sheet, statement
from agent.trust import Trust, load_trust
from diagnostics.errors import BadConfiguration, BadInput, NotAvailable

_MOST_PICTURE_BYTES = 64 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the bundle.json of an order")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--html", action="store_true", help="one page without script, nothing from elsewhere (default)")
    form.add_argument("--pdf", action="store_true", help="for paper; needs prooflight[pdf]")
    parser.add_argument("--lang", choices=("en", "zh"), help="English or Chinese (as LANG says)")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="the keys to believe; without, nothing is checked")
    parser.add_argument("--criteria", type=Path, metavar="DIR", help="where signed criteria sets lie; needs --trust")
    parser.add_argument(
        "--open", type=Path, nargs="+", default=[], metavar="KEY", help="private opening keys, or files of openings"
    )
    parser.add_argument(
        "--photo", type=Path, nargs="+", default=[], metavar="FILE", help="photographs that the records name, to show"
    )
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="where the report goes (BUNDLE.html, .pdf)")


def run(arguments: argparse.Namespace) -> int:
    """Write the report and tell its SHA-256; 3 where the bundle was checked and is not valid, else 0."""
    if arguments.criteria and not arguments.trust:
        raise BadConfiguration("--criteria needs --trust: signed criteria are believed by a pinned key only")
    trust = load_trust(arguments.trust) if arguments.trust else None
    shelf = Shelf(folder=arguments.criteria, trust=lambda: trust or Trust())
    made = bundle.load(arguments.bundle)
    stated = statement.state(
        made,
        trust=trust,
        load_criteria=shelf.load,
        now=datetime.now(UTC),
        openings=_openings(arguments.open, made) if arguments.open else None,
        photographs=_photographs(arguments.photo, made),
        digest=hashlib.sha256(arguments.bundle.read_bytes()).hexdigest(),
    )
    out = _out(arguments)
    page = sheet.html(stated, arguments.lang or language_of(os.environ))
    raw = printing.pdf(page) if _is_pdf(arguments, out) else page.encode()
    _write(out, raw, private=bool(arguments.open))
    print(f"{out}: {_checked(stated.valid)}, sha256 {hashlib.sha256(raw).hexdigest()}")
    return NOT_VALID if stated.valid is False else 0


def _checked(valid: bool | None) -> str:
    return {None: "signatures not checked", True: "bundle valid", False: "bundle NOT VALID"}[valid]


def _is_pdf(arguments: argparse.Namespace, out: Path) -> bool:
    return bool(arguments.pdf) or (not arguments.html and out.suffix.lower() == ".pdf")


def _out(arguments: argparse.Namespace) -> Path:
    out: Path = arguments.out or arguments.bundle.with_suffix(".pdf" if arguments.pdf else ".html")
    if out.is_dir() or out == arguments.bundle:
        raise BadInput(f"{out}: the report cannot go there; name a file with -o")
    return out


def _write(out: Path, raw: bytes, *, private: bool) -> None:
    try:
        Disk().replace(out, raw)
        out.chmod(0o600 if private else 0o644)  # to be handed out, unless it tells of persons
    except OSError as error:
        raise NotAvailable(f"{out}: could not be written: {error.strerror}; name another file") from error


def _openings(files: Iterable[Path], made: Bundle) -> Openings:
    """What keys and files open of this bundle, by the digest of the object."""
    found: dict[str, tuple[Disclosure, ...]] = {}
    for file in files:
        told = opening.load_file(file) if _is_openings(file) else _by_key(file, made)
        for digest, disclosures in told.items():
            found[digest] = (*found.get(digest, ()), *disclosures)
    return found


def _is_openings(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opening.FORMAT.encode() in opened.read(200)
    except OSError as error:
        raise OpeningError(f"{file}: {error.strerror}; name a private opening key, or a file of openings") from error


def _by_key(file: Path, made: Bundle) -> dict[str, tuple[Disclosure, ...]]:
    key = opening_key.load_private(file)
    tokens = [token for attempt in made.attempts for token in attempt.openings]
    sealed = {token: opening.read(token) for token in tokens}
    mine = {each.of: opening.opened(token, key) for token, each in sealed.items() if each.kid == key.kid}
    if not mine:
        raise OpeningError(f"{file}: opens nothing in this bundle; its {len(tokens)} openings are for other keys")
    return mine


def _photographs(files: Iterable[Path], made: Bundle) -> list[bytes]:
    """The files, each named by some record of the bundle."""
    named = _evidence(made)
    found: list[bytes] = []
    for file in files:
        try:
            with file.open("rb") as opened:
                raw = opened.read(photograph.MOST_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}; name a photograph") from error
        photograph.format_of(raw, str(file))
        if hashlib.sha256(raw).hexdigest().encode() not in named:
            raise BadInput(f"{file}: no record of this bundle names this picture; hand in the very file")
        found.append(raw)
    if sum(map(len, found)) > _MOST_PICTURE_BYTES:
        raise BadInput(f"photographs of more than {_MOST_PICTURE_BYTES >> 20} MiB; hand in fewer")
    return found


def _evidence(made: Bundle) -> set[bytes]:
    """Every SHA-256 that a visit's record states, as far as it can be read."""
    found: set[bytes] = set()
    for token in (visit for attempt in made.attempts for visit in attempt.visits):
        try:
            found |= set(re.findall(rb"[0-9a-f]{64}", seal.read(token, typ=seal.RECORD).payload))
        except seal.SealError:
            continue  # the report says that it cannot be read
    return found
