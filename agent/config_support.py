"""Configuration of the engineer who supports stations from afar: which key signs, which are believed, which broker.

It belongs to a person: without `--config` and PROOFLIGHT_CONFIG it is looked for in that person's own directory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.config_broker import MqttSettings, mqtt_settings
from agent.toml_table import load

OWN_FILE = ".config/prooflight/support.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportConfig:
    """All that one engineer's machine must know.

    `trust` pins the keys of the stations, `counter` holds the number of the last command that was signed.
    """

    file: Path
    key: Path
    trust: Path
    counter: Path
    mqtt: MqttSettings


def load_support(given: Path | None, environ: Mapping[str, str]) -> SupportConfig:
    """The file given, else the one that PROOFLIGHT_CONFIG names, else the person's own; ConfigError names the key."""
    own = Path(environ.get("HOME", "/")) / OWN_FILE
    root = load(given or Path(environ.get("PROOFLIGHT_CONFIG") or own))
    support = root.table("support", required=True)
    key = support.path("key")
    made = SupportConfig(
        file=root.file,
        key=key,
        trust=support.path("trust"),
        counter=support.path("counter", None) or key.with_name(f"{key.name}.counter"),
        mqtt=mqtt_settings(root.table("mqtt", required=True)),
    )
    root.done()
    return made
