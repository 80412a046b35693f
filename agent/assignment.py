"""An assignment: a work order as it reaches a station, bare or with the ticket service's signature around it.

The signature is verified and must be for these very bytes, these facts and these criteria; else there is no assignment.
A bare order is one as well, and unanchored.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent import baseline, commitment, seal, signed_order
from agent.baseline import Baseline, BaselineError
from agent.commitment import CIRCUIT, WORK_ORDER, CommitmentError, Disclosure
from agent.fields import Fields
from agent.record import UNANCHORED, OrderRef
from agent.signed_order import OrderRevocation, SignedOrder, SignedOrderError
from agent.trust import Trust
from agent.work_order import MOST_BYTES, OrderError, WorkOrder
from diagnostics import criteria, strict_json
from diagnostics.committed import PREFIX
from diagnostics.line import PERSONAL, Ordered

FORMAT = "prooflight.assignment/1"
REVOCATION_FORMAT = "prooflight.order_revocation/1"
Load = Callable[[str], criteria.Criteria]
FILE_BYTES = 2 * MOST_BYTES  # JSON inside JSON is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A work order with the signed order that anchors it (and that one's token); None where nobody signed.

    `disclosures` are the signed order's, each of them stated there. `baseline` is the line's installation, where the
    back office handed it out.
    """

    order: WorkOrder
    signed: SignedOrder | None = None
    token: str = ""
    disclosures: tuple[Disclosure, ...] = ()
    baseline: Baseline | None = None

    @property
    def ref(self) -> OrderRef:
        """The order as records refer to it."""
        anchor = seal.digest_of(self.token) if self.signed else UNANCHORED
        digest = self.signed.order_digest if self.signed else self.order.digest
        return OrderRef(id=self.order.id, digest=digest, anchor=anchor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A verified revocation of an order, with its token."""

    revocation: OrderRevocation
    token: str


def write(token: str, disclosures: Sequence[Disclosure], work_order: bytes, baseline: str = "") -> bytes:
    """A signed order, what it commits, and its work order as one file: all that only its station may read.

    `baseline` is the record of the line's installation with its acceptance, by `baseline.handed_out`.
    """
    signed = commitment.join(token, disclosures)
    made = {"format": FORMAT, "signed": signed, "work_order": work_order.decode()}
    return strict_json.write(made | ({"baseline": baseline} if baseline else {})) + b"\n"


def write_withdrawal(token: str) -> bytes:
    """A revocation as a file."""
    return strict_json.write({"format": REVOCATION_FORMAT, "signed": token}) + b"\n"


def load(path: Path, trust: Callable[[], Trust], load_criteria: Load = criteria.load) -> Assignment | Withdrawal:
    """The assignment or the revocation in a file."""
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise OrderError(f"{path}: {error.strerror}; name a file with a work order") from error
    try:
        return parse(raw, trust, load_criteria)
    except OrderError as error:
        raise OrderError(f"{path}: {error}") from error


def parse(raw: bytes, trust: Callable[[], Trust], load_criteria: Load = criteria.load) -> Assignment | Withdrawal:
    """What these bytes bring; `trust` is asked only where there is a signature to verify."""
    made = _sealed_document(raw)
    if made is None:
        return Assignment(order=WorkOrder.parse(raw))
    try:
        if made["format"] == REVOCATION_FORMAT:
            return _withdrawal(made, trust())
        return _assignment(made, trust(), load_criteria)
    except (seal.SealError, SignedOrderError, CommitmentError, BaselineError) as error:
        raise OrderError(f"signed order: {error}") from error


def _sealed_document(raw: bytes) -> dict[str, Any] | None:
    """The document where it is one of ours with a signature; the work order's own parser tells of everything else."""
    try:
        made = strict_json.parse(raw, size=FILE_BYTES, depth=2)
    except strict_json.JsonError:
        return None
    known = isinstance(made, dict) and made.get("format") in (FORMAT, REVOCATION_FORMAT)
    return made if known else None


def _assignment(made: dict[str, Any], trust: Trust, load_criteria: Load) -> Assignment:
    handed_out = ("baseline",) if "baseline" in made else ()
    _only(made, ("format", "signed", "work_order", *handed_out))
    token, disclosures = commitment.split(made["signed"])
    opened = seal.open_sealed(token, typ=seal.ORDER, trust=trust)
    signed = signed_order.from_json(opened.content)
    seal.check_validity(opened, signed.issued_at)
    seal.refuse_revoked(opened)
    if signed.issuer != opened.key.name:
        raise SignedOrderError(f"issuer: {signed.issuer} is not {opened.key.name}, whose key signed it")
    content = made["work_order"].encode()
    if not _is_content(content, disclosures, signed.order_digest):
        raise SignedOrderError("order.digest: is for another work order than the one beside it")
    order = WorkOrder.parse(content)
    stated = commitment.stated_in(opened.content) | {PREFIX + signed.order_digest}
    foreign = commitment.unmatched(disclosures, stated)
    if foreign:
        raise SignedOrderError(f"disclosures: {foreign[0][:40]} is not committed in the order before it")
    for name, agrees in (
        ("order.id", signed.order_id == order.id),
        *_ordered(signed.ordered, order.ordered, disclosures),
        ("technicians", {each.commitment for each in disclosures} >= {*signed.technicians}),
        ("circuit", _discloses(disclosures, CIRCUIT, order.circuit, signed.commitments.get(CIRCUIT, ""))),
        ("resource", signed.resource == signed_order.resource_of(order)),
        ("reflectors", signed.reflectors == order.reflectors),
    ):
        if not agrees:
            raise SignedOrderError(f"{name}: is not what the work order beside it says")
    if load_criteria(order.ordered.criteria).digest != signed.criteria.digest:
        wanted = f"{signed.criteria.name} {signed.criteria.version} (sha256 {signed.criteria.digest[:12]}...)"
        raise SignedOrderError(f"criteria: {wanted} are not on this station; install the version that has them")
    found = baseline.believed(made["baseline"], trust) if handed_out else None
    return Assignment(order=order, signed=signed, token=token, disclosures=disclosures, baseline=found)


def _is_content(content: bytes, disclosures: Sequence[Disclosure], digest: str) -> bool:
    """Whether these are the bytes that a signed order names, behind the salt that came with it."""
    found = [each for each in disclosures if each.name == WORK_ORDER and each.commitment == PREFIX + digest]
    return [each.value for each in found] == [hashlib.sha256(content).hexdigest()]


def _ordered(signed: Ordered, ordered: Ordered, disclosures: Sequence[Disclosure]) -> Iterator[tuple[str, bool]]:
    """Whether the ordered facts are the signed ones, by their names: what is personal by its disclosure."""
    clear = {name: getattr(ordered, name) for name in PERSONAL}
    yield "ordered", replace(signed, **clear) == ordered
    for name, value in clear.items():
        yield f"ordered.{name}", _discloses(disclosures, name, value, getattr(signed, name))


def _discloses(disclosures: Sequence[Disclosure], name: str, value: str, stated: str) -> bool:
    """Whether what a signed order states under a name is this very value, or neither is there."""
    found = [(each.value, each.commitment) for each in disclosures if each.name == name]
    return found == ([(commitment.spelt(name, value), stated)] if value or stated else [])


def _withdrawal(made: dict[str, Any], trust: Trust) -> Withdrawal:
    _only(made, ("format", "signed"))
    opened = seal.open_sealed(made["signed"], typ=seal.REVOCATION, trust=trust)
    revocation = signed_order.revocation_from_json(opened.content)
    seal.check_validity(opened, revocation.revoked_at)
    seal.refuse_revoked(opened)
    return Withdrawal(revocation=revocation, token=made["signed"])


def _only(made: dict[str, Any], names: tuple[str, ...]) -> None:
    root = Fields(made, "", SignedOrderError).exactly(*names, of="here")
    for name in names:
        if not isinstance(made[name], str):
            raise root.complain(name, "must be text")
