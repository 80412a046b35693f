"""Configuration of the look-up of lines that a server of the operator's answers; its token stands in a private file."""

from dataclasses import dataclass
from pathlib import Path

from agent.config_broker import TlsSettings, require_private, tls_settings
from agent.config_web import web_address
from agent.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class LineServiceSettings:
    """Where the look-up is asked; one exchange takes at most `timeout_s`, all tries for one question `patience_s`."""

    url: str
    token_file: Path | None = None
    timeout_s: int = 5
    patience_s: int = 120
    tls: TlsSettings | None = None


def line_service_settings(table: TomlTable) -> LineServiceSettings:
    """The settings that a [lines] table states."""
    made = LineServiceSettings(
        url=web_address(table, "url"),
        token_file=table.path("token_file", None),
        timeout_s=table.whole("timeout_s", 1, 60, 5),
        patience_s=table.whole("patience_s", 1, 3600, 120),
        tls=tls_settings(table.table("tls")) if "tls" in table else None,
    )
    if made.token_file is not None:
        require_private(made.token_file)
    return made
