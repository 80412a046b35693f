"""An order's report on its own station: made from the journal, kept in a file, and given again as it was kept.

What the journal or the trust file say anew gives a new report. No kept one is needed to make another, so the oldest go.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent import bundle
from agent.chain import Chain
from agent.disk import Disk
from agent.report.sheet import html
from agent.report.statement import LoadCriteria, state
from agent.trust import Trust
from diagnostics.causes import Language
from diagnostics.errors import NotAvailable

MOST_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A report as HTML with its SHA-256."""

    digest: str
    page: bytes


def kept(
    chain: Chain,
    order_id: str,
    language: Language,
    *,
    folder: Path,
    trust: Trust | None,
    load_criteria: LoadCriteria,
    now: datetime,
    most: int = MOST_KEPT,
) -> Kept:
    """The report of an order as its journal stands, without pictures. BundleError where no attempt was made.

    Of those in `folder` the latest `most` are kept.
    """
    made = bundle.collect(chain, order_id)
    stands = hashlib.sha256(bundle.write(made) + repr(trust and sorted(trust.keys.items())).encode()).hexdigest()
    path = folder / f"{stands}-{language}.html"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            stated = state(made, trust=trust, load_criteria=load_criteria, now=now)
            Disk().replace(path, html(stated, language).encode())
            _forget_oldest(folder, most)
        page = path.read_bytes()
    except OSError as error:
        raise NotAvailable(f"{path}: the report cannot be kept: {error.strerror}; free some space") from error
    return Kept(digest=hashlib.sha256(page).hexdigest(), page=page)


def _forget_oldest(folder: Path, most: int) -> None:
    found = sorted(folder.glob("*.html"), key=lambda path: path.stat().st_mtime_ns)
    for path in found[:-most]:
        path.unlink(missing_ok=True)
