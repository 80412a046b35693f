"""Who may see the fleet's page: names with a role each, in one private file; of passwords only salted scrypt hashes.

Each role sees what the one before it sees, and more. No key of anybody lies here: a role decides what is shown, never
what is signed.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from agent import scrypt
from agent.config_broker import require_private
from agent.disk import Disk
from agent.fields import Fields
from diagnostics import strict_json
from diagnostics.errors import BadConfiguration, BadInput, NotAvailable
from diagnostics.secret import Secret

Role = Literal["viewer", "support", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
LEAST, MOST = 12, 128
COST = {"n": 1 << 14, "r": 8, "p": 5}  # as hard as OWASP asks for, in 16 MiB
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_FILE_BYTES = 1 << 20


class PersonError(BadInput):
    """A name, role or password that cannot be used; the message never quotes a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person: the name to sign in by, the role, since when, and what is kept of the password."""

    name: str
    role: Role
    since: datetime
    kept: Mapping[str, Any] = field(repr=False)

    @property
    def mark(self) -> str:
        """What a session remembers: another one as soon as the password is set anew."""
        return f"{self.name}/{self.kept['salt']}"

    def may(self, least: Role) -> bool:
        """Whether the role is this one or above it."""
        return ROLES.index(self.role) >= ROLES.index(least)

    def matches(self, password: Secret) -> bool:
        """Whether this is the password."""
        return scrypt.matches(self.kept, password, COST)


People = Mapping[str, Person]
# Whoever asks by an unknown name waits for a hash like all others; no password has this one.
NOBODY = Person(name="", role="viewer", since=datetime.min, kept={**COST, "salt": "00" * 16, "hash": "00" * 32})


def person(name: str, role: str, password: Secret, at: datetime) -> Person:
    """Somebody new. Raises PersonError."""
    if not _NAME.fullmatch(name):
        raise PersonError(
            "a name has at most 64 letters, digits, dots, dashes, @ and _, and begins with one of the first"
        )
    _check(password, name)
    return Person(name=name, role=_role(role), since=at, kept=scrypt.hashed(password, COST))


def _check(password: Secret, name: str) -> None:
    word = password.reveal()
    if not LEAST <= len(word) <= MOST or not word.isprintable():
        raise PersonError(f"a password has {LEAST} to {MOST} characters that can be typed")
    if len(set(word)) < 5 or name.lower() in word.lower():
        raise PersonError("this password is guessed first (few different characters, or the name in it)")


def _role(role: str) -> Role:
    for known in ROLES:
        if known == role:
            return known
    raise PersonError(f"a role is one of {', '.join(ROLES)}")


def load(path: Path) -> People:
    """The people of a file. Raises BadConfiguration where there is none, or it is not one of ours."""
    if not path.exists():
        raise BadConfiguration(f"{path}: nobody may sign in yet; run: prooflight acceptor user add NAME --role admin")
    require_private(path, "file of users")
    try:
        root = Fields(strict_json.parse_object(path.read_bytes(), size=_FILE_BYTES), "", PersonError)
        root.exactly("v", "users", of="of a file of users").version(1)
        found = [_read(each) for each in root.objects("users")]
    except (OSError, strict_json.JsonError, PersonError) as error:
        remedy = "bring back a copy, or remove it and add the users again"
        raise BadConfiguration(f"{path}: is not a file of users: {error}; {remedy}") from error
    return {each.name: each for each in found}


def _read(made: Fields) -> Person:
    made.exactly("name", "role", "since", "scrypt", of="of a user")
    kept = made.object("scrypt").exactly(*COST, "salt", "hash", of="of a hash")
    cost = {name: kept.whole(name, known, known) for name, known in COST.items()}
    hexes = {name: kept.text(name) for name in ("salt", "hash")}
    if any(set(text) - set("0123456789abcdef") or len(text) % 2 for text in hexes.values()):
        raise made.complain("scrypt", "must hold a salt and a hash in hexadecimal digits")
    if not _NAME.fullmatch(name := made.text("name")):
        raise made.complain("name", "must be a name to sign in by")
    since = made.required_time("since")
    return Person(name=name, role=_role(made.text("role")), since=since, kept={**cost, **hexes})


def save(path: Path, people: Iterable[Person]) -> None:
    """Put these people into the file, whole. Raises NotAvailable."""
    listed = [
        {"name": each.name, "role": each.role, "since": each.since.isoformat(), "scrypt": dict(each.kept)}
        for each in sorted(people, key=lambda each: each.name)
    ]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Disk().replace(path, json.dumps({"v": 1, "users": listed}, indent=1).encode() + b"\n")
    except OSError as error:
        raise NotAvailable(f"{path}: the users cannot be saved: {error.strerror}") from error
