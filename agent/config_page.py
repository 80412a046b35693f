"""The table `[web]` of a station's configuration: where the technician's page listens and by which names it is known.

The PIN never stands in a configuration; it lies hashed in a file of its own.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from agent.toml_table import TomlTable

_LISTEN = re.compile(r"(?:(?P<host>[0-9A-Za-z.-]+)|\[(?P<six>[0-9A-Fa-f:]+)\]):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """Where the page is served; `names` are the host names that a browser may ask for it by, beside IP addresses."""

    host: str
    port: int
    pin: Path
    names: tuple[str, ...] = ()


def page_settings(table: TomlTable, station: str, state_dir: Path) -> PageSettings:
    """The settings that the table states; ConfigError names what is wrong."""
    host, port = listen_at(table, "0.0.0.0:8080")
    names = table.texts("names") or (f"{station}.local", "localhost")
    return PageSettings(
        host=host,
        port=port,
        pin=table.path("pin", None) or state_dir / "pin",
        names=tuple(name.lower() for name in names),
    )


def listen_at(table: TomlTable, default: str) -> tuple[str, int]:
    """The address and the port that `listen` names; ConfigError where it names none."""
    found = _LISTEN.fullmatch(table.text("listen", default))
    if found is None or not 0 <= int(found["port"]) <= 65535:
        raise table.complain("listen", f"must be ADDRESS:PORT, such as {default} or [::1]:8080")
    return found["host"] or found["six"], int(found["port"])
