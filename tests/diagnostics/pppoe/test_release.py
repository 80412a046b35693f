"""A session is given back whoever dies, and its password is seen by nobody."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from drivers.virtual.peers.concentrator import ACCOUNT, WORD
from tests.diagnostics.wire.peers import NEEDS_ROOT, STATION_INTERFACE, Wire
from tests.dialled_line import TUNNEL, RunningPeer, holders, session_on, told

pytestmark = NEEDS_ROOT


def test_a_child_that_is_killed_leaves_no_session_behind(line: Wire, peer: RunningPeer) -> None:
    peer.become()
    session = session_on(line)
    assert "up" in told(session)
    (child,) = holders(line)
    os.kill(child, signal.SIGKILL)
    assert peer.wait_for("terminated") is True
    assert peer.wait_for("padt") == 0x4711, "ended by the second task, before anybody asks for it"
    session.release()
    fault = session.fault()
    assert fault is not None and fault.kind == "instrument_limit"


def test_a_station_that_is_killed_leaves_no_session_behind(line: Wire, peer: RunningPeer) -> None:
    dial = (
        "import sys; from diagnostics.pppoe_session import PppoeSession;"
        "from diagnostics.secret import Secret;"
        f"s = PppoeSession({STATION_INTERFACE!r}, {line.station.path!r}, account={ACCOUNT!r},"
        f" password=Secret({WORD!r}), tunnel={TUNNEL!r});"
        "s.dial(); print('up', flush=True); sys.stdin.read()"
    )
    peer.become()
    station = subprocess.Popen([sys.executable, "-c", dial], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert station.stdout is not None and station.stdin is not None
    assert station.stdout.readline() == b"up\n"
    station.kill()
    station.wait()
    assert peer.wait_for("padt") == 0x4711
    station.stdin.close()
    station.stdout.close()


def test_a_dial_that_is_cancelled_ends_its_session(line: Wire, peer: RunningPeer) -> None:
    stop: list[bool] = []
    peer.become(decide=False)
    session = session_on(line, cancelled=lambda: bool(stop))

    def tell(words: str) -> None:
        if words == "pppoe: lcp":
            stop.append(True)

    heard = session.dial(tell)
    session.release()
    assert peer.wait_for("padt") == 0x4711
    assert not any("ended" in told or "up" in told for told in heard.lines)


def test_the_password_is_nowhere_but_on_the_childs_standard_input(line: Wire, peer: RunningPeer) -> None:
    peer.become(authentication="pap", words=f"{WORD} of ACCOUNT")
    session = session_on(line)
    heard = session.dial()
    for pid in holders(line):
        for name in ("cmdline", "environ"):
            assert WORD.encode() not in (Path("/proc") / str(pid) / name).read_bytes()
    session.release()
    assert WORD not in repr(heard) and ACCOUNT not in repr(heard) and WORD not in repr(vars(session))
    assert any(line.get("authentication", {}).get("words") == "<secret> of <account>" for line in heard.lines)
