"""`prooflight profile capture`: record a real ONT once into a capture folder, scrubbed, for a person to check.

It asks, in a child process, each question of the family's profile (or each command of a list), and changes nothing.
"""

import argparse
from pathlib import Path

from agent.commands.read import explained, login_of
from diagnostics.errors import BadInput
from drivers.new_family import commands_of, new_family
from drivers.profile_file import families, load_profile
from drivers.recording import answers_of, skeleton, write_capture
from drivers.terminal import ChildTerminal


def capture(arguments: argparse.Namespace) -> int:
    """Ask, write the folder, and say what is left to do."""
    if len(arguments.names) != 1:
        raise BadInput("profile capture: give one ADDRESS")
    if bool(arguments.family) == bool(arguments.new):
        raise BadInput("profile capture: give --family F of a known family, or --new NAME with --commands FILE")
    family, commands = arguments.family or arguments.new, _commands(arguments)
    profile = new_family(commands) if commands else load_profile(family, arguments.folder)
    transport = arguments.transport or profile.transports[0]
    home = arguments.out / family / "captures" / arguments.state
    if home.exists():
        raise BadInput(f"{home}: is there already; choose another --state, or remove it")
    address = arguments.names[0]
    reading = ChildTerminal(
        address=address,
        port=arguments.port,
        transport=transport,
        family="" if commands else family,
        folder=arguments.folder,
        login=login_of(arguments, transport),
        scrub=True,
        commands=commands,
        deadline_s=max(6.0, arguments.timeout),
    ).read()
    if not reading.evidence:
        raise explained(address, reading.measurements)
    dialogue = None if transport == "snmp" else profile.dialogue
    written = write_capture(home, reading, dialogue, device=family)
    if commands and profile.dialogue:
        target = arguments.out / family / "profile.toml"
        if not target.exists():
            target.write_text(skeleton(answers_of(reading), profile.dialogue, transport))
    print(f"{home}: {len(written)} files; look through every one of them before you share it")
    print(f"then: prooflight profile test --folder {arguments.out} {family}")
    return 0


def _commands(arguments: argparse.Namespace) -> tuple[str, ...]:
    if not arguments.new:
        return ()
    if arguments.commands is None:
        raise BadInput("--new needs --commands FILE: one command a line, the log-out last")
    if arguments.new in families(arguments.folder):
        raise BadInput(f"--new {arguments.new}: there is such a family; use --family {arguments.new}")
    try:
        made = commands_of(arguments.commands.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{arguments.commands}: cannot be read") from error
    if len(made) < 2:
        raise BadInput(f"{arguments.commands}: needs at least one command, and the log-out as the last line")
    return made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that only capture has."""
    group = parser.add_argument_group("capture")
    group.add_argument("--family", default="", help="the family of the ONT at ADDRESS")
    group.add_argument("--new", default="", metavar="NAME", help="start a new family of this name")
    group.add_argument("--commands", type=Path, metavar="FILE", help="what --new asks: a command a line, log-out last")
    group.add_argument("--state", default="lit", help="the state that the ONT is in: lit, dark, ... (lit)")
    group.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="write FAMILY/captures/STATE there (.)")
    group.add_argument("--transport", choices=("telnet", "ssh", "snmp"), help="without it the family's first")
    group.add_argument("--port", type=int, default=0, help="without it the transport's own")
    group.add_argument("--logins", type=Path, help="file of log-ins, mode 0600; without it you are asked")
    group.add_argument("--timeout", type=float, default=120.0, metavar="S", help="seconds for all of it (120)")
