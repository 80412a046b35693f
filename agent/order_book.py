"""The order book: the signed orders and revocations that this station has seen, kept in its journal and nowhere else.

An order that is not for this station, expired by the proved time, revoked or used up is refused before the line is
touched. The station's own clock never decides; the newest time that a server has signed does.
"""

from collections.abc import Sequence
from typing import Literal

from agent import seal, signed_order
from agent.assignment import Assignment, Withdrawal
from agent.chain import Chain
from agent.commitment import TECHNICIAN, Disclosure
from agent.signed_order import SignedOrder, SignedOrderError
from agent.survey import JournalError
from agent.work_order import OrderError
from diagnostics import strict_json

Objection = Literal["other_station", "other_technician", "revoked", "expired", "used_up"]


class OrderRefused(OrderError):
    """A genuine order that this station must not work on; the message says why, `kind` in one word."""

    def __init__(self, kind: Objection, words: str) -> None:
        super().__init__(words)
        self.kind: Objection = kind


class OrderBook:
    """What one station's journal knows of signed orders."""

    def __init__(self, chain: Chain, *, technician: str = "") -> None:
        self._chain = chain
        self._technician = technician
        self._orders: dict[str, SignedOrder] = {}
        self._revoked: dict[str, str] = {}
        for entry in chain.journal.entries:
            if entry.kind in ("order", "revoked"):
                self._take_in(entry.kind, chain.journal.read(entry))

    def admit(self, assignment: Assignment) -> None:
        """Save a signed order, so that its time counts from now on; OrderRefused where it must not be worked on."""
        signed = assignment.signed
        if signed is None:
            return
        self._refuse(signed, assignment.ref.anchor, assignment.disclosures)
        if assignment.ref.anchor not in self._orders:
            self._chain.journal.append("order", assignment.token)
            self._take_in("order", assignment.token)

    def objection(self, assignment: Assignment) -> OrderRefused | None:
        """Why an order must not be worked on now; None where it may."""
        try:
            if assignment.signed is not None:
                self._refuse(assignment.signed, assignment.ref.anchor, assignment.disclosures)
        except OrderRefused as error:
            return error
        return None

    def revoke(self, withdrawal: Withdrawal) -> None:
        """Save a revocation, also of an order that has not come yet."""
        if withdrawal.revocation.order not in self._revoked:
            self._chain.journal.append("revoked", withdrawal.token)
            self._take_in("revoked", withdrawal.token)

    def _refuse(self, signed: SignedOrder, anchor: str, disclosures: Sequence[Disclosure]) -> None:
        name = f"order {signed.order_id}"
        if self._chain.station not in signed.stations:
            raise OrderRefused(
                "other_station", f"{name} is for station {', '.join(signed.stations)}, this is {self._chain.station}"
            )
        allowed = [each.value for each in disclosures if each.name == TECHNICIAN]
        if signed.technicians and self._technician not in allowed:
            raise OrderRefused("other_technician", f"{name} is for another technician; see [station] technician")
        if anchor in self._revoked:
            raise OrderRefused(
                "revoked", f"{name} was revoked: {self._revoked[anchor]}; ask the back office for a new one"
            )
        if self._chain.floor > signed.expires_at:
            expired = signed.expires_at.isoformat(timespec="minutes")
            raise OrderRefused("expired", f"{name} expired at {expired}; ask the back office for a new one")
        used = sum(
            link.tx == "B" and link.order is not None and link.order.anchor == anchor for link in self._chain.links
        )
        if used >= signed.attempts:
            raise OrderRefused(
                "used_up", f"{name} allows {signed.attempts} attempts, all are used; ask the back office for a new one"
            )

    def _take_in(self, kind: str, token: str) -> None:
        """Read what was verified before it was saved."""
        try:
            typ = seal.ORDER if kind == "order" else seal.REVOCATION
            content = strict_json.parse_object(seal.read(token, typ=typ).payload)
            if kind == "order":
                signed = signed_order.from_json(content)
                self._orders[seal.digest_of(token)] = signed
                self._chain.raise_floor(signed.issued_at)
            else:
                revocation = signed_order.revocation_from_json(content)
                self._revoked[revocation.order] = revocation.reason
                self._chain.raise_floor(revocation.revoked_at)
        except (seal.SealError, strict_json.JsonError, SignedOrderError) as error:
            where = f"{self._chain.journal.directory}: an {kind} entry"
            raise JournalError(f"{where} is not of this software: {error}; name another state_dir") from error
