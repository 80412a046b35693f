"""`prooflight read`: ask one ONT everything that its profile knows, and print what came out.

Ends with 0 when anything was read, with 69 and one line naming address, failure and remedy when nothing was.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.config import LineSettings, StationConfig, load_station
from agent.display import Display, measurement_lines
from agent.kit.use import profiles_of
from diagnostics.errors import BadConfiguration, BadInput, NotAvailable
from diagnostics.measurement import Measurement, to_json
from diagnostics.quantities import QUANTITIES
from diagnostics.secret import Secret
from drivers.logins import Login, load_logins
from drivers.profile_file import TRANSPORTS, families, load_profile
from drivers.resource import Resource, is_assisted
from drivers.terminal import ChildTerminal

_REMEDIES = {
    "refused": "check port and transport, and that the ONT allows management from its LAN",
    "timeout": "check address, port and transport; an SNMP agent is also silent to a wrong community",
    "unreachable": "check the address and that this machine is plugged into the ONT",
    "auth_rejected": "check the log-in; it was tried once and is not tried again",
    "locked_out": "wait until the ONT takes log-ins again",
    "busy": "end the other session on the ONT and try again",
    "unknown_firmware": "no profile fits it; see docs/profiles.md for how to describe a family",
    "not_supported": "choose another --transport",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight read`."""
    parser.add_argument("address", help="the ONT's address")
    parser.add_argument("--port", type=int, default=0, help="its port; without it the transport's own")
    parser.add_argument("--transport", choices=TRANSPORTS, default="telnet")
    parser.add_argument("--family", default="", help="its family; without it the ONT is recognised")
    parser.add_argument("--pon-port", default="", metavar="F/S/P", help="ADDRESS is an OLT's: the PON port, in digits")
    parser.add_argument("--onu", type=int, metavar="N", help="ADDRESS is an OLT's: the ONU's number at that port")
    parser.add_argument("--logins", type=Path, help="file of log-ins, mode 0600; without it you are asked")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for all of it (60)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="read over the line of this station, and only there"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Read the ONT and print it."""
    if arguments.family and arguments.family not in families():
        raise BadInput(f"--family {arguments.family}: there is no such family; see prooflight profile list")
    if not 0 <= arguments.port <= 65535:
        raise BadInput(f"--port {arguments.port}: must be from 1 to 65535")
    config = load_station(arguments.config, {}) if arguments.config else None
    line = _line(config)
    terminal = ChildTerminal(
        interface=line.interface if line else "",
        namespace=line.namespace if line else "",
        address=arguments.address,
        port=arguments.port,
        transport=arguments.transport,
        family=arguments.family,
        newer=profiles_of(config) if config else None,
        resource=_resource(arguments),
        login=login_of(arguments, arguments.transport),
        deadline_s=max(6.0, arguments.timeout),
    )
    if arguments.json:
        measurements: Sequence[Measurement] = terminal.read().measurements
        print(json.dumps({"address": arguments.address, "measurements": [to_json(m) for m in measurements]}, indent=1))
    else:
        measurements = _read(terminal)
        if any(m.failure is None for m in measurements):
            _show(Display(), measurements)
    _complain(arguments.address, measurements)
    return 0


def _resource(arguments: argparse.Namespace) -> Resource | None:
    asked = bool(arguments.pon_port) or arguments.onu is not None
    if arguments.family and is_assisted(load_profile(arguments.family)) != asked:
        raise BadInput(
            f"--family {arguments.family}: asks an OLT about an ONT; give --pon-port and --onu with it, only"
        )
    return Resource.parse(arguments.pon_port, arguments.onu) if asked else None


def _line(config: StationConfig | None) -> LineSettings | None:
    """Where the station of a configuration is plugged in; None means over any route, as on a bench."""
    if config is None:
        return None
    if config.line is None:
        raise BadConfiguration(f"{config.file}: [line] is needed to read over the station's line; add it")
    return config.line


def login_of(arguments: argparse.Namespace, transport: str) -> Login:
    """The one log-in for this ONT: from the file of log-ins, else asked for on the terminal."""
    if arguments.logins:
        found = load_logins(arguments.logins).find(family=arguments.family)
        if found is None:
            raise BadInput(f"{arguments.logins}: no log-in for this ONT; add [default], or say --family")
        return found
    if not sys.stdin.isatty():
        raise NotAvailable("no log-in: give --logins FILE, or run this on a terminal to be asked for it")
    if transport == "snmp":
        return Login(community=Secret(getpass.getpass("SNMP community: ")))
    print("user name: ", end="", file=sys.stderr, flush=True)
    username = sys.stdin.readline().strip()
    return Login(username=username, password=Secret(getpass.getpass("password: ")))


def _read(terminal: ChildTerminal) -> tuple[Measurement, ...]:
    if not sys.stderr.isatty():
        return terminal.read().measurements
    with Display(sys.stderr).progress(f"reading the ONT at {terminal.address}"):
        return terminal.read().measurements


def _show(display: Display, measurements: Sequence[Measurement]) -> None:
    told = [m for m in measurements if m.failure is None or m.failure.kind != "not_supported"]
    untold = [m.quantity for m in measurements if m.failure and m.failure.kind == "not_supported"]
    if sys.stdout.isatty():
        _table(told)
    else:
        for line in measurement_lines(told):
            display.say(line)
    if untold:
        display.say(f"not told by this ONT: {', '.join(untold)}")


def _table(measurements: Sequence[Measurement]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("quantity", "value", "source", box=None, pad_edge=False)
    for m in measurements:
        unit = QUANTITIES[m.quantity].unit
        value = Text(f"{m.value} {unit}".strip()) if m.failure is None else Text(str(m.failure), style="red")
        table.add_row(Text(m.name), value, Text(m.source, style="dim"))
    Console(highlight=False).print(table)


def _complain(address: str, measurements: Sequence[Measurement]) -> None:
    if all(m.failure is not None for m in measurements):
        raise explained(address, measurements)


def explained(address: str, measurements: Sequence[Measurement]) -> NotAvailable:
    """That nothing could be read: address, failure and remedy in one line."""
    failures = [m.failure for m in measurements if m.failure]
    failure = next((f for f in failures if f.kind != "not_supported"), failures[0])
    remedy = _REMEDIES.get(failure.kind, "try again; if it stays so, report it with the ONT's model and firmware")
    return NotAvailable(f"{address}: nothing could be read: {failure}; {remedy}")
