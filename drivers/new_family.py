"""A family that nobody has described yet: a command line of the usual kind, and commands that are asked as they stand.

It reads nothing, it only asks; what a command may do to the device is judged by its first word, and refused if unsure.
"""

import re
from collections.abc import Sequence

from diagnostics.errors import BadInput
from drivers.profile import Dialogue, Identity, Profile, Reading

LOGIN, PASSWORD = r"(?i)(?<!last )(?:login|user ?name)\s*:", r"(?i)password\s*:"
PROMPT = r"[A-Za-z0-9_.@~/:()\-]{0,60}[>#$]"
_REFUSED = re.compile(
    r"(?i)^(?:clear|set|unset|reset|reboot|restart|restore|factory|save|write|load|upgrade|update|erase|format"
    r"|flash (?!get)|rm|mv|cp|dd|kill|mtd|del\w*|add|undo|no|config\w*|shutdown|passwd|nv setenv"
    r"|sh|shell|echo|sed|tee|wget|tftp)\b"
    r"|[;&|`$<>]|^diag$"
)
_COMMANDS, _LENGTH = 100, 200


def commands_of(text: str) -> tuple[str, ...]:
    """The commands of a file, one a line; blank lines and lines with # are left out. Raises BadInput."""
    lines = [line.strip() for line in text.splitlines()]
    made = tuple(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    if not 0 < len(made) <= _COMMANDS:
        raise BadInput(f"the list must hold from 1 to {_COMMANDS} commands, one a line")
    for command in made:
        if may_change(command):
            raise BadInput(f"{command[:60]!r} may change the device or never end; a capture only asks, take it out")
    return made


def may_change(command: str) -> bool:
    """Whether a command may change a device, never end, or be more than one command."""
    return bool(_REFUSED.search(command)) or not command.isprintable() or len(command) > _LENGTH


def new_family(commands: Sequence[str]) -> Profile:
    """A profile that asks these commands; the last is the log-out."""
    *asked, log_out = commands
    nothing = re.compile("()")
    return Profile(
        family="new",
        title="",
        transports=("telnet", "ssh"),
        sources=(),
        dialogue=Dialogue(
            login=re.compile(LOGIN), password=re.compile(PASSWORD), prompt=re.compile(PROMPT), last=(log_out,)
        ),
        identity=Identity(command=asked[0], pattern=nothing),
        readings={command: Reading(quantity="ont_model", command=command, pattern=nothing) for command in asked},
        digest="",
    )
