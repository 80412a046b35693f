"""What the TUN relay carries inside a PPPoE session, beside the bare line, and what it costs; one run each way."""

import contextlib
import time
from pathlib import Path

from diagnostics.instruments import Direction, Run, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Reflector
from diagnostics.pppoe_session import PppoeSession
from drivers.virtual.peers.concentrator import SERVER
from tests.diagnostics.wire.peers import GATEWAY_ADDRESS, STATION_INTERFACE, Wire
from tests.dialled_line import TUNNEL, peer_on, session_on

WINDOW = Window(discard_s=1, average_s=5, streams=8)


def main() -> None:
    """Print the rates over the session and over the bare line, and how much of a processor the relay wanted."""
    with Wire() as line, peer_on(line) as peer:
        peer.become(forward=True)
        line.network.start_until("Server listening", ["iperf3", "-s", "--forceflush"])
        session = session_on(line)
        heard = session.dial()
        assert any("up" in told for told in heard.lines), heard
        assert peer.wait_for("forwarding") == "yes"
        try:
            for way in ("down", "up"):
                _measure(line, session, way)
        finally:
            session.release()


def _measure(line: Wire, session: PppoeSession, way: Direction) -> None:
    session.load_ratio()
    before, begin = _ran_s(line), time.monotonic()
    inside = _run(line, TUNNEL, SERVER, way)
    taken, after = time.monotonic() - begin, _ran_s(line)
    bare = _run(line, STATION_INTERFACE, GATEWAY_ADDRESS, way)
    share = max(after[pid] - ran for pid, ran in before.items()) / taken
    print(f"{way}: {inside:.0f} Mbit/s inside the session, {inside / bare:.3f} x of the bare line")
    print(f"  the relay's busier process ran {share:.2f} of the time, and wanted {session.load_ratio():.2f}")
    print(f"  with a processor of its own: {inside / share:.0f} Mbit/s")


def _ran_s(line: Wire) -> dict[str, float]:
    """Seconds that each process of the relay ran so far."""
    home = Path(line.station.path).readlink()
    ran = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "ns/net").readlink() == home and b"scapy_wire" in (process / "cmdline").read_bytes():
                ran[process.name] = int((process / "schedstat").read_text().split()[0]) / 1e9
    return ran


def _run(line: Wire, interface: str, host: str, way: Direction) -> float:
    made = Iperf3Child(interface, line.station.path).run(way, Reflector(host=host), WINDOW, lambda mbps: None)
    assert isinstance(made, Run), made
    return made.mbps


if __name__ == "__main__":
    main()
