"""The technician's PIN: only a salted scrypt hash of it is kept, in a file of mode 0600.

A PIN is short: what protects it is the wait after wrong ones (`agent.web.sign_in`), and that nobody reads the file.
"""

import json
from itertools import pairwise
from pathlib import Path

from agent import scrypt
from agent.config_broker import require_private
from agent.disk import Disk
from diagnostics.errors import BadConfiguration, BadInput, NotAvailable
from diagnostics.secret import Secret

LEAST, MOST = 6, 12
_COST = {"n": 1 << 14, "r": 8, "p": 1}


class PinError(BadInput):
    """A PIN that cannot be used; the message says what one looks like and never quotes it."""


def check(pin: Secret) -> None:
    """PinError where a PIN is not 6 to 12 digits, or too easily guessed."""
    digits = pin.reveal()
    if not (digits.isascii() and digits.isdigit() and LEAST <= len(digits) <= MOST):
        raise PinError(f"a PIN has {LEAST} to {MOST} digits and nothing else")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(digits)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise PinError("this PIN is guessed first (equal digits, or digits in a row); choose another one")


def save(path: Path, pin: Secret) -> None:
    """Put the hash of a PIN into its file. Raises PinError, NotAvailable."""
    check(pin)
    made = {"v": 1, **scrypt.hashed(pin, _COST)}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Disk().replace(path, json.dumps(made).encode() + b"\n")
    except OSError as error:
        raise NotAvailable(f"{path}: the PIN cannot be saved: {error.strerror}") from error


def matches(path: Path, pin: Secret) -> bool:
    """Whether this is the PIN; BadConfiguration where there is none, or its file is not one of ours."""
    if not path.exists():
        raise BadConfiguration(f"{path}: no PIN is set; run: prooflight pin set")
    require_private(path)
    try:
        return scrypt.matches(json.loads(path.read_text()), pin, _COST)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadConfiguration(f"{path}: is not a PIN file; run: prooflight pin set") from error
