"""Configuration of the metrics: where they are served on this machine, and after how long a station is silent."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from agent.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """A loopback address and a port, empty where nothing is served; and a station's silence that is told."""

    host: str = ""
    port: int = 0
    silent_after: timedelta = timedelta(hours=24)


def metrics_settings(table: TomlTable) -> MetricsSettings:
    """The settings that a [metrics] table states."""
    hours = table.whole("silent_hours", 1, 24 * 366, 24)
    if "listen" not in table:
        return MetricsSettings(silent_after=timedelta(hours=hours))
    host, _, port = table.text("listen").rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        loopback = ipaddress.ip_address(host).is_loopback
        number = int(port) if port.isascii() and port.isdecimal() else -1
    except ValueError:
        loopback, number = False, -1
    if not loopback or not 1 <= number <= 65535:
        raise table.complain("listen", "must be a loopback address and a port, like 127.0.0.1:9464")
    return MetricsSettings(host=host, port=number, silent_after=timedelta(hours=hours))
