"""A bundle taken apart: every sealed object with the five answers about it, and what the later checks ask of them."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from tests.independent.judging import Criteria
from tests.independent.parts import bundle_of
from tests.independent.reading import Piece, time

Load = Callable[[str], Criteria]


class Case:
    """One bundle; `load` gives criteria by name or raises Unknown, `visit` tells a visit's quantities."""

    def __init__(self, raw: bytes, keys: Any, load: Load, now: datetime, visit: set[str]) -> None:
        self.bundle, self.load, self.visit = bundle_of(raw), load, visit
        self.pieces: list[Piece] = []
        make = partial(Piece, keys=keys)
        acceptance = self._acceptance(make, now)
        self.at = time(acceptance.content["issued_at"]) if acceptance and acceptance.believed else now
        signed = self.bundle["order"]["signed"]
        self.order = self._piece(make, signed, "order") if signed else None
        self.attempts = [self._attempt(make, attempt) for attempt in self.bundle["attempts"]]
        self.acceptance = acceptance
        self.pieces += [acceptance] if acceptance else []
        inside = acceptance.content["verdict"] if acceptance and acceptance.content else None
        self.compact = self._piece(make, inside, "verdict") if inside else None
        reviewed = acceptance.content.get("review") if acceptance and acceptance.content else None
        self.review = self._piece(make, reviewed, "review") if reviewed is not None else None

    def _acceptance(self, make: Any, now: datetime) -> Piece | None:
        token = self.bundle["acceptance"]
        if token is None:
            return None
        first: Piece = make(token, "acceptance", at=now)
        if first.content is None:
            return first
        again: Piece = make(token, "acceptance", at=time(first.content["issued_at"]))
        return again if again.believed else make(token, "acceptance", at=now)

    def _piece(self, make: Any, token: str, kind: str) -> Piece:
        made: Piece = make(token, kind, at=self.at)
        self.pieces.append(made)
        return made

    def _attempt(self, make: Any, attempt: dict[str, Any]) -> dict[str, Any]:
        return {
            "open": self._piece(make, attempt["open"], "record"),
            "close": self._piece(make, attempt["close"], "record") if attempt["close"] else None,
            "visits": [self._piece(make, token, "record") for token in attempt["visits"]],
            "receipts": [self._piece(make, token, "receipt") for token in attempt["receipts"]],
        }

    @property
    def records(self) -> list[Piece]:
        return [p for a in self.attempts for p in (a["open"], a["close"], *a["visits"]) if p]

    @property
    def receipts(self) -> dict[str, Any]:
        return {p.digest: p.content for a in self.attempts for p in a["receipts"]}

    @property
    def results(self) -> list[dict[str, Any]]:
        return [a for a in self.attempts if a["close"] and a["close"].content["tx"] == "E"]

    def anchored(self, attempt: dict[str, Any]) -> bool:
        ref = attempt["open"].content.get("order")
        return bool(ref and self.order and ref["anchor"] == self.order.digest)
