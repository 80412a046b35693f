"""Log-ins of ONTs: read from a private file or handed in, and never printed.

There are no password lists: for one ONT there is at most one log-in.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from diagnostics.errors import BadConfiguration
from diagnostics.secret import Secret
from drivers.toml_table import Table, load

AUTHENTICATIONS = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIVACIES = ("des", "aes", "aes192", "aes256")
SNMP_VERSIONS = ("1", "2c")  # of a community; a user name means version 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What one ONT is told to let us in: user and password, an SNMP community (2c, or 1 where stated), or a v3 user."""

    username: str = ""
    password: Secret = field(default_factory=Secret)
    community: Secret = field(default_factory=Secret)
    snmp_version: str = ""
    authentication: str = ""
    authentication_key: Secret = field(default_factory=Secret)
    privacy: str = ""
    privacy_key: Secret = field(default_factory=Secret)

    def secrets(self) -> tuple[str, ...]:
        """Every word that must not be stored."""
        every = (self.password, self.community, self.authentication_key, self.privacy_key)
        return tuple(secret.reveal() for secret in every if secret)

    def to_request(self) -> dict[str, str]:
        """The log-in in clear, for the standard input of the reading child and nothing else."""
        return {f.name: _revealed(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_request(cls, made: Mapping[str, Any]) -> "Login":
        """The log-in that `to_request` wrote. Raises ValueError."""
        if not all(isinstance(made.get(f.name, ""), str) for f in fields(cls)):
            raise ValueError("a log-in consists of strings")
        return cls(**{f.name: _hidden(f.name, made.get(f.name, "")) for f in fields(cls)})


def _revealed(value: "str | Secret") -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _hidden(name: str, value: str) -> Any:
    return Secret(value) if name == "password" or name == "community" or name.endswith("_key") else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Logins:
    """The log-ins of a station: by the ONT's serial, by its family, or for any."""

    by_serial: Mapping[str, Login]
    by_family: Mapping[str, Login]
    default: Login | None = None

    def find(self, *, family: str = "", serial: str = "") -> Login | None:
        """The one log-in for this ONT: its own, else its family's, else the default, else the only family's."""
        only = next(iter(self.by_family.values())) if len(self.by_family) == 1 and not family else None
        return self.by_serial.get(serial) or self.by_family.get(family) or self.default or only


def load_logins(path: Path) -> Logins:
    """The log-ins in a TOML file of mode 0600. Raises BadConfiguration, which never quotes what is in the file."""
    try:
        status = path.stat()
    except OSError as error:
        raise BadConfiguration(f"{path}: cannot be read: {error.strerror}") from error
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadConfiguration(f"{path}: others may read it; run chmod 600 {path}")
    table = load(path, str(path))
    serials, families = table.table("serial", {}), table.table("family", {})
    default = table.optional_table("default")
    made = Logins(
        by_serial={name: _login(serials.table(name)) for name in serials.names()},
        by_family={name: _login(families.table(name)) for name in families.names()},
        default=_login(default) if default else None,
    )
    table.done()
    return made


def _login(table: Table) -> Login:
    made = Login(**{f.name: _hidden(f.name, table.text(f.name, "")) for f in fields(Login)})
    table.done()
    for key, value, known in (
        ("authentication", made.authentication, AUTHENTICATIONS),
        ("privacy", made.privacy, PRIVACIES),
    ):
        if value and value not in known:
            raise table.error(f"{key} must be one of {', '.join(known)}")
        if bool(value) != bool(getattr(made, f"{key}_key")):
            raise table.error(f"{key} and {key}_key belong together; give both or neither")
    if made.snmp_version and (made.snmp_version not in SNMP_VERSIONS or not made.community):
        raise table.error(f"snmp_version must be one of {', '.join(SNMP_VERSIONS)}, and needs a community")
    if made.privacy and not made.authentication:
        raise table.error("privacy needs authentication as well")
    return made
