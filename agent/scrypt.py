"""Words that people sign in with, kept as salted scrypt hashes: from what is kept nobody reads the word."""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from diagnostics.secret import Secret

Cost = Mapping[str, int]
_MOST_BYTES = 64 << 20


def hashed(word: Secret, cost: Cost) -> dict[str, Any]:
    """What is kept of a word, as JSON has it; `cost` is n, r and p of scrypt."""
    salt = os.urandom(16)
    return {**cost, "salt": salt.hex(), "hash": _hash(word, salt, cost).hex()}


def matches(kept: Mapping[str, Any], word: Secret, cost: Cost) -> bool:
    """Whether this is the word. Raises ValueError, KeyError or TypeError where that is no hash of this cost."""
    if {name: kept[name] for name in cost} != dict(cost):
        raise ValueError("another cost")
    known = bytes.fromhex(kept["hash"])
    return hmac.compare_digest(_hash(word, bytes.fromhex(kept["salt"]), cost), known)


def _hash(word: Secret, salt: bytes, cost: Cost) -> bytes:
    raw = word.reveal().encode(errors="replace")
    return hashlib.scrypt(raw, salt=salt, dklen=32, maxmem=_MOST_BYTES, **cost)
