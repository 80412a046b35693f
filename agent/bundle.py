"""The bundle: all that a customer or a regulator needs of one order, as the exact texts that were signed.

It holds no personal data and states nothing of its own: what it says is believed only from the seals inside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import seal
from agent.disk import Disk
from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput, NotAvailable

if TYPE_CHECKING:  # whoever only verifies needs no journal
    from agent.chain import Chain
    from agent.link import Link

FORMAT = "prooflight.bundle/1"
MOST_BYTES = 16 << 20
_MOST_ATTEMPTS = 1000
_LISTS = ("receipts", "visits", "openings")
_TOKEN_LENGTH = 100_000


class BundleError(BadInput):
    """A file is not a bundle; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledAttempt:
    """The open and close record of one attempt, the receipts of its reflectors, and the records of its visit.

    `openings` hold the personal data of its close record and of its visits, encrypted; without them every signature is
    as good.
    """

    open: str
    close: str | None
    receipts: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    openings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One order's attempts, oldest first, and the last word of the acceptor; `signed_order` has its place.

    `acceptance` is for the last visit where that is answered, else for the last result.
    """

    order_id: str
    order_digest: str
    signed_order: str | None = None
    attempts: tuple[BundledAttempt, ...]
    acceptance: str | None = None


def collect(chain: "Chain", order_id: str) -> Bundle:
    """The bundle of an order, from what the station's journal holds of it now."""
    links = [link for link in chain.links if link.order and link.order.id == order_id]
    opened = [link for link in links if link.tx == "B"]
    if not opened or opened[-1].order is None:
        raise BundleError(f"no attempt for order {order_id} in this journal; see: prooflight journal list")
    ends = {link.open: link for link in links if link.tx not in ("B", "V")}
    visits = [link for link in links if link.tx == "V"]
    attempts = [(chain.token(link), ends.get(link.digest)) for link in opened]
    results = [link for link in links if link.tx == "E"]
    closing = [link for link in visits if results and link.open == results[-1].open]
    answers = [token for link in (*results[-1:], *closing) if (token := chain.receipt(link))]
    return Bundle(
        order_id=order_id,
        order_digest=opened[-1].order.digest,
        signed_order=chain.kept("order", opened[-1].order.anchor),
        attempts=tuple(
            BundledAttempt(
                open=token,
                close=None if end is None else chain.token(end),
                receipts=chain.witnesses(seal.digest_of(token)),
                visits=tuple(chain.token(link) for link in visits if link.open == seal.digest_of(token)),
                openings=_openings(chain, end, [link for link in visits if link.open == seal.digest_of(token)]),
            )
            for token, end in attempts
        ),
        acceptance=answers[-1] if answers else None,
    )


def _openings(chain: "Chain", end: "Link | None", visits: "list[Link]") -> tuple[str, ...]:
    found = (chain.opening(link) for link in (end, *visits) if link)
    return tuple(opening for opening in found if opening)


def write(bundle: Bundle) -> bytes:
    """The bundle as the bytes of its file."""
    attempts = [
        {"open": a.open, "close": a.close, **{name: list(getattr(a, name)) for name in _LISTS}} for a in bundle.attempts
    ]
    made: dict[str, Any] = {
        "format": FORMAT,
        "order": {"id": bundle.order_id, "digest": bundle.order_digest, "signed": bundle.signed_order},
        "attempts": attempts,
        "acceptance": bundle.acceptance,
    }
    return strict_json.write(made) + b"\n"


def save(path: Path, bundle: Bundle) -> None:
    """Put the bundle into a file, whole or not at all."""
    put(path, write(bundle))


def put(path: Path, raw: bytes) -> None:
    """Put a bundle's bytes into a file, and its folder where that is missing. Raises NotAvailable."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Disk().replace(path, raw)
    except OSError as error:
        raise NotAvailable(f"{path}: the bundle could not be written: {error.strerror}; name another file") from error


def load(path: Path) -> Bundle:
    """The bundle in a file."""
    try:
        with path.open("rb") as file:
            return parse(file.read(MOST_BYTES + 1))
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}; name a bundle.json") from error
    except BundleError as error:
        raise BundleError(f"{path}: not a bundle: {error}") from error


def parse(raw: bytes) -> Bundle:
    """The bundle that these bytes state; no seal is looked at."""
    try:
        made = strict_json.parse_object(raw, size=MOST_BYTES)
    except strict_json.JsonError as error:
        raise BundleError(str(error)) from error
    root = Fields(made, "", BundleError).exactly("format", "order", "attempts", "acceptance", of="of a bundle")
    root.text("format", one_of=(FORMAT,))
    order = root.object("order").exactly("id", "digest", "signed", of="of a bundle")
    attempts = root.objects("attempts", least=1)
    if len(attempts) > _MOST_ATTEMPTS:
        raise root.complain("attempts", f"must be at most {_MOST_ATTEMPTS}")
    return Bundle(
        order_id=order.text("id"),
        order_digest=digest(order, "digest"),
        signed_order=_token(order, made["order"], "signed"),
        attempts=tuple(_attempt(*pair) for pair in zip(attempts, made["attempts"], strict=True)),
        acceptance=_token(root, made, "acceptance"),
    )


def _attempt(fields: Fields, made: Mapping[str, Any]) -> BundledAttempt:
    fields.exactly("open", "close", *_LISTS, of="of a bundle")
    token = fields.text("open", longest=_TOKEN_LENGTH)
    lists = {name: _tokens(fields, name) for name in _LISTS}
    return BundledAttempt(open=token, close=_token(fields, made, "close"), **lists)


def _tokens(fields: Fields, name: str) -> tuple[str, ...]:
    tokens = fields.items(name)
    if not all(isinstance(token, str) for token in tokens):
        raise fields.complain(name, "must be a list of sealed objects")
    return tuple(tokens)


def _token(fields: Fields, made: Mapping[str, Any], name: str) -> str | None:
    return None if made[name] is None else fields.text(name, longest=_TOKEN_LENGTH)
