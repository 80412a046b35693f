"""The checks of each sealed object by itself: what it is, its algorithm, signature, key, and whether that was revoked.

Pure; each check is one small function that looks at one object, and they are a table. None of them believes another.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from agent import seal
from agent.case import Checked, Piece, Status
from agent.seal import SealError

Look = Callable[[Piece, datetime], tuple[Status, str]]
_OK: tuple[Status, str] = ("OK", "")
_UNREAD: tuple[Status, str] = ("NOT CHECKED", "could not be read")
_NO_KEY: tuple[Status, str] = ("NOT CHECKED", "names no pinned key")
_SIGNER = {
    seal.RECORD: "station",
    seal.RECEIPT: "reflector",
    seal.REVIEW: "reviewer",
}  # where an object names its signer


def types(piece: Piece, at: datetime) -> tuple[Status, str]:
    """One spelling, the right `typ`, strict JSON, and the form that such an object has."""
    if piece.trouble is None or piece.trouble.reason == "header":
        return _OK
    return "FAILED", str(piece.trouble)


def algorithms(piece: Piece, at: datetime) -> tuple[Status, str]:
    """A header with exactly alg, kid and typ, and the algorithm of every pinned key."""
    if piece.trouble is not None and piece.trouble.reason == "header":
        return "FAILED", str(piece.trouble)
    return _OK if piece.envelope else _UNREAD


def signatures(piece: Piece, at: datetime) -> tuple[Status, str]:
    """The signature fits the exact text under the pinned key, whatever role that has."""
    if piece.envelope is None or piece.key is None:
        return _NO_KEY if piece.envelope else _UNREAD
    try:
        seal.verify_signature(piece.envelope, piece.key.x, piece.key.y)
    except SealError as error:
        return "FAILED", str(error)
    return _OK


def keys(piece: Piece, at: datetime) -> tuple[Status, str]:
    """A pinned key of the right role and of the name that the object states, valid at that time."""
    if piece.envelope is None:
        return _UNREAD
    if piece.key is None:
        return "FAILED", f"key {piece.envelope.kid[:50]!r} is not in the trust file"
    try:
        seal.check_role(piece.key, piece.typ)
        seal.check_dates(piece.key, at)
    except SealError as error:
        return "FAILED", str(error)
    stated = getattr(piece.made, _SIGNER.get(piece.typ, ""), piece.key.name)
    if stated != piece.key.name:
        return "FAILED", f"names {_SIGNER[piece.typ]} {stated}, but {piece.key.name} signed it"
    return _OK


def revocation(piece: Piece, at: datetime) -> tuple[Status, str]:
    """The key was not revoked by then, or this is among the last good records of its station."""
    if piece.envelope is None or piece.key is None:
        return _NO_KEY if piece.envelope else _UNREAD
    try:
        seal.check_revocation(piece.key, piece.content, at)
    except SealError as error:
        return "FAILED", str(error)
    return _OK


OBJECT_CHECKS: dict[str, Look] = {
    "types": types,
    "algorithms": algorithms,
    "signatures": signatures,
    "keys": keys,
    "revocation": revocation,
}
_FINE = {
    "types": "{count} objects, each of its type and form",
    "algorithms": "every header names the algorithm of pinned keys and nothing foreign",
    "signatures": "{count} signatures fit",
    "keys": "signed by {names}",
    "revocation": "no key was revoked by then",
}


def looked(piece: Piece, at: datetime) -> dict[str, tuple[Status, str]]:
    """What each check says of one object; it is believed where all say OK."""
    return {name: look(piece, at) for name, look in OBJECT_CHECKS.items()}


def told(found: Sequence[tuple[Piece, dict[str, tuple[Status, str]]]]) -> list[Checked]:
    """Each check over all objects: FAILED, or else NOT CHECKED, by the first object that is."""
    names = ", ".join(sorted({f"{piece.key.role} {piece.key.name}" for piece, _ in found if piece.key}))
    made = []
    for name in OBJECT_CHECKS:
        worst = next(
            (each for wanted in ("FAILED", "NOT CHECKED") for each in found if each[1][name][0] == wanted), None
        )
        if worst is None:
            words = _FINE[name].format(count=len(found), names=names)
            made.append(Checked(name=name, status="OK", words=words))
        else:
            status, words = worst[1][name]
            made.append(Checked(name=name, status=status, words=f"{worst[0].where}: {words}"))
    return made
