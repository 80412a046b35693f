"""The table `[hook]` of a station's configuration: the command that is told what the station does, as for a lamp."""

from dataclasses import dataclass

from agent.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """The command with its words, and how many seconds it may take."""

    command: tuple[str, ...]
    seconds: int = 5


def hook_settings(table: TomlTable) -> HookSettings:
    """The settings that the table states; ConfigError names what is wrong."""
    command = table.texts("command")
    if not command or not command[0].startswith("/"):
        raise table.complain("command", 'must be a list that begins with a whole path, such as ["/usr/local/bin/lamp"]')
    return HookSettings(command=command, seconds=table.whole("seconds", 1, 60, 5))
