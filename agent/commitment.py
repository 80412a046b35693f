"""Commitments: a personal value's place in a signed object, and the disclosure that opens it; pure.

A disclosure is RFC 9901's (4.2.1): base64url of the JSON array [salt, name, value], without blanks. The commitment is
SHA-256 over that text (4.2.3), in hexadecimal digits as every digest here. Without the salt it tells nothing.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.base64url import Base64Error, decode, encode
from diagnostics import strict_json
from diagnostics.committed import PREFIX, is_commitment
from diagnostics.errors import BadInput
from diagnostics.serials import canonical_label, canonical_serial

SALT_BYTES = 16
ONT_SERIAL, CABLE_LABEL, TECHNICIAN, CIRCUIT = "ont_serial", "cable_label", "technician", "circuit"
WORK_ORDER = "work_order"  # committed by the digest of its text
MOST_COMMITMENTS = 200
_DISCLOSURE_BYTES = 4096
_SEPARATOR = "~"

_SPELLINGS = {ONT_SERIAL: canonical_serial, CABLE_LABEL: canonical_label}

Salt = Callable[[str], bytes]  # name of a field -> its 16 bytes


class CommitmentError(BadInput):
    """A disclosure is not one, or opens nothing here; the message never tells its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One value with the name and the salt it was committed under; it prints neither salt nor value."""

    salt: bytes = field(repr=False)
    name: str
    value: str = field(repr=False)

    @property
    def text(self) -> str:
        """The disclosure as it is handed on, and as it is hashed."""
        return encode(strict_json.write([encode(self.salt), self.name, self.value]))

    @property
    def commitment(self) -> str:
        """What stands in the value's place."""
        return PREFIX + hashlib.sha256(self.text.encode()).hexdigest()


def disclose(name: str, value: str, salt: Salt) -> Disclosure:
    """A value in its one spelling, ready to be committed."""
    return Disclosure(salt=salt(name), name=name, value=spelt(name, value))


def spelt(name: str, value: str) -> str:
    """The one spelling under which a value is committed: a serial's, a label's, else without outer blanks."""
    spelling = _SPELLINGS.get(name)
    return spelling(value) if spelling else value.strip()


def salts(secret: bytes) -> Salt:
    """Salts that follow from one secret: HMAC-SHA-256 over the name, the first 16 bytes."""
    return lambda name: hmac.digest(secret, name.encode(), "sha256")[:SALT_BYTES]


def parse(text: str) -> Disclosure:
    """The disclosure in a text; CommitmentError where it is not one in its one spelling."""
    try:
        made = strict_json.parse(decode(text), size=_DISCLOSURE_BYTES, depth=1)
        if isinstance(made, list) and len(made) == 3 and all(isinstance(part, str) for part in made):
            found = Disclosure(salt=decode(made[0]), name=made[1], value=made[2])
            if len(found.salt) == SALT_BYTES and found.text == text:
                return found
    except (Base64Error, strict_json.JsonError):
        pass
    raise CommitmentError("a disclosure must be [salt of 16 bytes, name, value] in base64url of JSON without blanks")


def join(token: str, disclosures: Iterable[Disclosure]) -> str:
    """A signed object with its disclosures behind it, each ended by a tilde (RFC 9901 4)."""
    return _SEPARATOR.join((token, *(each.text for each in disclosures), ""))


def split(text: str) -> tuple[str, tuple[Disclosure, ...]]:
    """A signed object and the disclosures behind it; CommitmentError where these are not in their form."""
    token, *others = text.split(_SEPARATOR)
    if others and (others.pop() or len(others) > MOST_COMMITMENTS):
        raise CommitmentError(f"at most {MOST_COMMITMENTS} disclosures, the last one with a tilde behind it")
    return token, tuple(map(parse, others))


def unmatched(disclosures: Iterable[Disclosure], stated: Collection[str]) -> list[str]:
    """The names of the disclosures that open none of the stated commitments."""
    return [each.name for each in disclosures if each.commitment not in stated]


def stated_in(content: Any) -> set[str]:
    """Every commitment that stands anywhere in the content of a signed object."""
    if isinstance(content, Mapping):
        return {found for value in content.values() for found in stated_in(value)}
    if isinstance(content, list | tuple):
        return {found for value in content for found in stated_in(value)}
    return {content} if is_commitment(content) else set()
