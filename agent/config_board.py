"""The table `[board]` of an acceptor's configuration: where the fleet's page listens, and how it is reached.

It is plain HTTP, so it listens on this very machine unless it is told otherwise; no password stands here.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agent.config_page import listen_at
from agent.config_web import is_loopback, web_address
from agent.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """Where it listens, the URL that browsers ask for, and the private files of who may come in and who did."""

    host: str
    port: int
    url: str
    users: Path
    audit: Path

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS, so that its cookie must never leave without."""
        return self.url.startswith("https://")

    @property
    def names(self) -> tuple[str, ...]:
        """The host names by which a browser may ask for it, beside IP addresses."""
        return tuple(name for name in (urlsplit(self.url).hostname, "localhost") if name)


def board_settings(table: TomlTable) -> BoardSettings:
    """The settings that the table states; ConfigError names what is wrong."""
    host, port = listen_at(table, "127.0.0.1:8460")
    if not table.flag("plain", False) and not is_loopback(host):
        demand = (
            "plain HTTP leaves this machine there; name a loopback address behind a proxy with TLS, or plain = true"
        )
        raise table.complain("listen", demand)
    return BoardSettings(
        host=host,
        port=port,
        url=web_address(table, "url") if "url" in table else "",
        users=table.path("users", None) or table.file.parent / "board-users.json",
        audit=table.path("audit"),
    )
