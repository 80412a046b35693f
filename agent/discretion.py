"""Discretion: what of one visit is personal, and how it is told without being told.

A personal value stands in a record as a commitment, an address as its network; every other text loses what the order or
the ONT told in confidence. The disclosures are kept here until they are encrypted to the back office; nothing prints
them. Salts come from the signed order where it has them, so that equal values have equal commitments.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from agent import opening
from agent.commitment import CIRCUIT, TECHNICIAN, Disclosure, Salt, disclose, spelt
from agent.redaction import Redaction
from agent.trust import TrustedKey
from agent.work_order import WorkOrder
from diagnostics.committed import is_commitment
from diagnostics.line import PERSONAL, Ordered
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES

# What such a text says is a version and no address, though it may look like one.
_NO_ADDRESSES = ("ont_vendor", "ont_model", "ont_hardware_version", "ont_software_version", "ont_olt_vendor")


class Discretion:
    """One visit's personal values; `key` is the back office's, None where no opening can be made.

    `secrets` are passwords that a peer may repeat: they go into no opening either.
    """

    def __init__(
        self,
        order: WorkOrder,
        salt: Salt,
        *,
        disclosures: Iterable[Disclosure] = (),
        technician: str = "",
        secrets: Iterable[str] = (),
        key: TrustedKey | None = None,
    ) -> None:
        ordered = {each.name: each.salt for each in disclosures}
        self._salt: Salt = lambda name: ordered.get(name) or salt(name)
        self._key = key
        self._made: dict[str, Disclosure] = {}
        self._known, self._secrets = known_of(order, technician), tuple(secrets)
        self._redaction = Redaction(self._known, self._secrets)
        hidden = {name: value and self.commit(name, value) for name, value in personal_of(order.ordered).items()}
        self.ordered: Ordered = replace(order.ordered, **hidden)  # type: ignore[arg-type]
        self.commitments: dict[str, str] = {}
        for name, value in ((TECHNICIAN, technician), (CIRCUIT, order.circuit)):
            if value:
                self.commitments[name] = self.commit(name, value)

    @property
    def opener(self) -> str | None:
        """The id of the key that openings are encrypted to; None: there is none, and no opening."""
        return self._key.kid if self._key else None

    @property
    def disclosures(self) -> tuple[Disclosure, ...]:
        """Everything that was committed so far."""
        return tuple(self._made.values())

    def opening(self, of: str) -> str | None:
        """The disclosures, encrypted to the back office, for the object with this digest."""
        return None if self._key is None else opening.seal(of, self.disclosures, self._key)

    def commit(self, name: str, value: str) -> str:
        """A value's commitment under its name; from now on the value is taken out of words."""
        made = disclose(name, value, self._salt)
        self._made[made.commitment] = made
        return made.commitment

    def words(self, text: str) -> str:
        """A text that may leave the station."""
        return self._redaction.words(text)

    def measurements(self, measured: Iterable[Measurement]) -> tuple[Measurement, ...]:
        """What was measured, as it may leave the station."""
        found = tuple(measured)
        told = {str(m.value): QUANTITIES[m.quantity].personal for m in found if _is_personal(m) and m.value is not None}
        self._known |= {spelt(name, value): name for value, name in told.items()} | told
        self._redaction = Redaction(self._known, self._secrets)
        return tuple(map(self._measurement, found))

    def evidence(self, source: str, raw: bytes) -> bytes:
        """A raw answer as it is kept: behind a salt, so that its digest tells nobody who guesses the answer."""
        return self._salt(f"evidence {source}") + raw

    def run(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """A run's form, its failure's words cut down to what may leave."""
        failure = made["failure"]
        return {**made, "failure": failure and {**failure, "detail": self.words(failure["detail"])}}

    def _measurement(self, made: Measurement) -> Measurement:
        addresses = made.quantity not in _NO_ADDRESSES
        words = partial(self._redaction.words, addresses=addresses)
        failure = made.failure and replace(made.failure, detail=self.words(made.failure.detail))
        plain = replace(made, failure=failure, index=words(made.index), source=words(made.source), raw=words(made.raw))
        if not isinstance(made.value, str):
            return plain
        clear = self._redaction.without_secrets(made.value)
        if _is_personal(made):
            return replace(plain, value=self.commit(QUANTITIES[made.quantity].personal, clear), raw="")
        left = words(made.value)
        if left == made.value or QUANTITIES[made.quantity].kind != "text":
            return plain
        self.commitments[plain.name] = self.commit(plain.name, clear)
        return replace(plain, value=left)


def personal_of(ordered: Ordered) -> dict[str, str]:
    """What was ordered that is personal, by the name of its field."""
    return {name: getattr(ordered, name) for name in PERSONAL}


def known_of(order: WorkOrder, technician: str) -> dict[str, str]:
    """The order's personal values, each with the name that stands in its place in words."""
    made = {
        order.customer: "customer",
        order.telephone: "telephone",
        order.site: "address",
        order.account: "account",
        order.account.partition("@")[0]: "account",
        order.voice_user: "user",
        order.circuit: CIRCUIT,
        **{value: name for name, value in personal_of(order.ordered).items()},
        technician: TECHNICIAN,
    }
    return {value: name for value, name in made.items() if value}


def _is_personal(made: Measurement) -> bool:
    return bool(QUANTITIES[made.quantity].personal) and not is_commitment(made.value)
