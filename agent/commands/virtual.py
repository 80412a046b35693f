"""`prooflight virtual`: be an ONT of a family in a captured state, on a real port, until told to end.

Its log-in is made up and printed; it exists to be read by `prooflight read`, the demo and tests.
"""

import argparse
import signal
import threading
import time

from diagnostics.errors import BadInput
from diagnostics.host import counters
from drivers.capture import Capture, load_capture
from drivers.profile import Profile
from drivers.profile_file import TRANSPORTS, load_profile
from drivers.virtual.live import Overlay, grown, overlay
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login, virtual_user
from drivers.virtual.servers import serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight virtual`."""
    parser.add_argument("family", help="an ONT family, see prooflight profile list")
    parser.add_argument("state", nargs="?", default="lit", help="one of its captures (lit)")
    parser.add_argument("--transport", choices=TRANSPORTS, help="without it the family's first")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--live", metavar="INTERFACE", help="let uptime and LAN port 1's counters grow as this interface's do"
    )
    parser.add_argument(
        "--restart-after", type=int, metavar="BYTES", help="with --live: restart once it has carried so many bytes"
    )
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
    if arguments.restart_after is not None and not arguments.live:
        raise BadInput("--restart-after needs --live INTERFACE, whose bytes it counts")
    live = _live(arguments, capture, profile) if arguments.live else {}
    ont = VirtualOnt(capture=capture, faults=Faults(think_s=max(0.0, arguments.think)), live=live)
    with serve(ont, transport, arguments.host, arguments.port) as server:
        print(f"{profile.family} {arguments.state} ({capture.origin}): {transport} on {server.host} port {server.port}")
        print(_log_in(transport), flush=True)
        ending.wait()
    return 0


def _live(arguments: argparse.Namespace, capture: Capture, profile: Profile) -> Overlay:
    begin, most = time.monotonic(), arguments.restart_after
    restarted_at: list[float] = []
    uptime = capture.values.get("ont_uptime_s", 0)
    uptime_s = float(uptime) if isinstance(uptime, int | float) else 0.0
    try:
        counters(arguments.live)
    except OSError as error:
        raise BadInput(f"--live {arguments.live}: {error.strerror}; name an interface of this namespace") from error

    def growth() -> dict[str, float]:
        counted, now = counters(arguments.live), time.monotonic()
        if most is not None and counted["rx_bytes"] + counted["tx_bytes"] >= most and not restarted_at:
            restarted_at.append(now)
        return grown(counted, now - begin, now - restarted_at[0] if restarted_at else None, uptime_s)

    return overlay(capture, profile, growth)


def _log_in(transport: str) -> str:
    if transport != "snmp":
        login = virtual_login()
        return f"log-in: user {login.username}, password {login.password.reveal()}"
    user = virtual_user()
    return (
        f"log-in: v2c community {virtual_community().community.reveal()}; v3 user {user.username}, "
        f"{user.authentication} {user.authentication_key.reveal()}, {user.privacy} {user.privacy_key.reveal()}"
    )
