"""`prooflight virtual`: be an ONT of a family in a captured state, on a real port, until told to end.

Its log-in is made up and printed; it exists to be read by `prooflight read`, the demo and tests.
"""

import argparse
import signal
import threading

from diagnostics.errors import BadInput
from drivers.capture import load_capture
from drivers.profile_file import TRANSPORTS, load_profile
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login, virtual_user
from drivers.virtual.servers import serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight virtual`."""
    parser.add_argument("family", help="an ONT family, see prooflight profile list")
    parser.add_argument("state", nargs="?", default="lit", help="one of its captures (lit)")
    parser.add_argument("--transport", choices=TRANSPORTS, help="without it the family's first")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--think", type=float, default=0.0, metavar="S", help="seconds before each answer (0)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted or terminated."""
    profile = load_profile(arguments.family)
    transport = arguments.transport or profile.transports[0]
    if transport not in profile.transports:
        raise BadInput(f"{profile.family} does not speak {transport}; choose {' or '.join(profile.transports)}")
    if not 0 <= arguments.port <= 65535:
        raise BadInput(f"--port {arguments.port}: must be from 0 to 65535")
    capture = load_capture(profile.family, arguments.state)
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    ont = VirtualOnt(capture=capture, faults=Faults(think_s=max(0.0, arguments.think)))
    with serve(ont, transport, arguments.host, arguments.port) as server:
        print(f"{profile.family} {arguments.state} ({capture.origin}): {transport} on {server.host} port {server.port}")
        print(_log_in(transport), flush=True)
        ending.wait()
    return 0


def _log_in(transport: str) -> str:
    if transport != "snmp":
        login = virtual_login()
        return f"log-in: user {login.username}, password {login.password.reveal()}"
    user = virtual_user()
    return (
        f"log-in: v2c community {virtual_community().community.reveal()}; v3 user {user.username}, "
        f"{user.authentication} {user.authentication_key.reveal()}, {user.privacy} {user.privacy_key.reveal()}"
    )
