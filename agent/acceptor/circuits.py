"""Circuits: how the back office knows that two orders are for the same line, without a list of its customers' lines.

A circuit is known by a keyed digest under a secret that lies in a file of its own, so a copy of the ledger alone tells
neither a circuit nor whether one is in it.
"""

import hmac
import os
import secrets
from pathlib import Path

from agent.commitment import CIRCUIT, spelt
from agent.config_broker import read_secret
from diagnostics.errors import BadConfiguration, NotAvailable

SECRET_BYTES = 32
_LEAST_CHARACTERS = 32


class CircuitsError(BadConfiguration):
    """The secret of the circuits is not one; the message names its file and tells nothing of it."""


def secret_in(path: Path) -> bytes:
    """The secret in a private file, which is made where it is not there yet."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise NotAvailable(f"{path}: cannot be made: {error.strerror}; see [acceptor] circuits_key") from error
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    found = read_secret(path)
    if len(found) < _LEAST_CHARACTERS:
        raise CircuitsError(f"{path}: must hold at least {_LEAST_CHARACTERS} characters; restore it from a copy")
    return found.encode()


def keyed(circuit: str, secret: bytes) -> str:
    """The digest by which a circuit is known here; the same for every spelling that is committed alike."""
    return hmac.digest(secret, f"{CIRCUIT}\n{spelt(CIRCUIT, circuit)}".encode(), "sha256").hex()
