"""Configuration of the broker: where it is and who we are there; and files that hold one secret.

A password is read from a file of its own, only when it is needed, and only where nobody else could read it.
"""

import stat
from dataclasses import dataclass
from pathlib import Path

from agent.toml_table import ConfigError, TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Which authority signs the server's certificate, and our own certificate and key where the server wants one.

    `crl` is the authority's list of certificates that it revoked; `table` the table that says so.
    """

    ca: Path
    certificate: Path | None = None
    key: Path | None = None
    crl: Path | None = None
    table: str = "mqtt.tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Where the broker is and who we are there; `tenant` is the first level of our topics."""

    host: str
    port: int
    tenant: str
    username: str = ""
    password_file: Path | None = None
    tls: TlsSettings | None = None

    def password(self) -> str:
        """The password, read from its file; ConfigError where others could read that file."""
        return "" if self.password_file is None else read_secret(self.password_file)


def mqtt_settings(table: TomlTable) -> MqttSettings:
    """The settings that a [mqtt] table states."""
    tls = table.table("tls") if "tls" in table else None
    made = MqttSettings(
        host=table.text("host"),
        port=table.whole("port", 1, 65535, 8883 if tls else 1883),
        tenant=table.name("tenant"),
        username=table.text("username", ""),
        password_file=table.path("password_file", None),
        tls=None if tls is None else tls_settings(tls),
    )
    if made.password_file and not made.username:
        raise table.complain("password_file", "needs a username beside it")
    return made


def tls_settings(table: TomlTable) -> TlsSettings:
    """What a table says of certificates."""
    own = {name: table.path(name, None) for name in ("certificate", "key", "crl")}
    made = TlsSettings(ca=table.path("ca"), table=table.title, **own)
    if (made.certificate is None) != (made.key is None):
        raise table.complain("certificate", "certificate and key go together")
    return made


def read_secret(path: Path) -> str:
    """The first line of a file that only we can read."""
    require_private(path)
    try:
        return path.read_text().split("\n", 1)[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: a password file that cannot be read; write the password into it") from error


def require_private(path: Path, what: str = "password") -> None:
    """Refuse a file with a password or a key that is not there, or that others could read."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{path}: a {what} file that cannot be read; write the {what} into it") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{path}: others may read this {what}; run: chmod 600 {path}")
