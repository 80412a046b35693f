"""The station dials what Debian has: rp-pppoe's pppoe-server for discovery, slirp's PPP with PAP and CHAP behind it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnostics.instruments import Echoes
from diagnostics.scapy_wire import WireChild
from drivers.virtual.peers.concentrator import ACCOUNT, WORD
from tests import slirp_ppp
from tests.diagnostics.wire.peers import NEEDS_ROOT, NETWORK_INTERFACE, STATION_INTERFACE, Wire
from tests.dialled_line import GENEROUS, TUNNEL, holders, session_on, told

pytestmark = [
    *NEEDS_ROOT,
    pytest.mark.skipif(shutil.which("slirp-fullbolt") is None, reason="slirp is not installed"),
    pytest.mark.skipif(
        shutil.which("pppoe-server", path="/usr/sbin:/sbin") is None, reason="rp-pppoe is not installed"
    ),
]
SLIRP = "10.0.2.2"  # slirp's own address, which answers echo requests
DNS = "198.51.100.53"
MOST_DIALS = 20


def listening(line: Wire) -> int:
    """How many sockets listen for discovery frames at the network's end."""
    return line.network.run("cat", "/proc/net/packet").count(" 8863 ")


@contextlib.contextmanager
def server_on(line: Wire, folder: Path, *words: str, options: tuple[str, ...] = ()) -> Iterator[None]:
    """A pppoe-server whose sessions slirp serves, with its account in slirp's secret files."""
    secrets = f'{ACCOUNT} * "{WORD}"\n'
    for name, text in (("options", "\n".join(options)), (".pap-secrets", secrets), (".chap-secrets", secrets)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    starter = folder / "pppd"
    starter.write_text(f'#!/bin/sh\nexec {sys.executable} {slirp_ppp.__file__} {folder} "$@"\n')
    starter.chmod(0o755)
    command = ["/usr/sbin/pppoe-server", "-F", "-I", NETWORK_INTERFACE, "-q", str(starter), *words]
    before = listening(line)
    with (folder / "server.log").open("wb") as log:
        server = line.network.start(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        while listening(line) == before:
            assert server.poll() is None, "pppoe-server ended"
        yield
    finally:
        server.kill()
        server.wait()


@pytest.mark.parametrize(
    ("options", "method", "words"),
    [
        ((), "none", ""),
        (("auth", "+pap", "name BRAS-A"), "pap", "Login ok"),
        (("auth", "+chap", "name BRAS-A"), "chap_md5", "Welcome to "),
    ],
    ids=["none", "PAP", "CHAP"],
)
def test_a_session_comes_up_and_carries_packets(
    line: Wire, tmp_path: Path, options: tuple[str, ...], method: str, words: str
) -> None:
    with server_on(line, tmp_path, "-C", "BRAS-A", options=(*options, "mtu 1492", f"dns {DNS}")):
        session = session_on(line, routes=[SLIRP], linger_s=0.0)
        made = told(session)
        assert made["offer"]["name"] == "BRAS-A"
        assert made["authentication"]["method"] == method
        assert made["authentication"]["words"].startswith(words)
        assert (made["ipcp"]["address"], made["ipcp"]["dns"]) == ("10.0.2.15", [DNS])
        assert made["up"] == {"mtu": 1492, "words": ""}
        echoes = WireChild(STATION_INTERFACE, line.station.path, ip_interface=TUNNEL).echo(
            SLIRP, count=3, interval_s=0.02
        )
        session.release()
    assert isinstance(echoes, Echoes) and echoes.rtts_ms


@pytest.mark.parametrize("method", ["+pap", "+chap"])
def test_a_wrong_password_is_refused_by_the_network(line: Wire, tmp_path: Path, method: str) -> None:
    with server_on(line, tmp_path, "-C", "BRAS-A", options=("auth", method, "name BRAS-A")):
        session = session_on(line, word="wrong")
        made = told(session)
        session.release()
    assert made["ended"]["state"] == "account_refused"
    assert made["ended"]["words"] not in ("", "no answer")


def test_two_servers_are_two_concentrators(line: Wire, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with server_on(line, tmp_path / "a", "-C", "BRAS-A"), server_on(line, tmp_path / "b", "-C", "BRAS-B"):
        session = session_on(line, gather_s=GENEROUS, most_offers=2, linger_s=0.0)
        heard = session.dial()
        session.release()
    assert {line["offer"]["name"] for line in heard.lines if "offer" in line} == {"BRAS-A", "BRAS-B"}


def test_a_service_that_nobody_has_is_no_offer(line: Wire, tmp_path: Path) -> None:
    with server_on(line, tmp_path, "-C", "BRAS-A", "-S", "fast"):
        fitting = session_on(line, service="fast", linger_s=0.0)
        assert "fast" in told(fitting)["offer"]["services"]
        fitting.release()
        session = session_on(line, service="other", longest_s={"offer": 0.5})
        made = told(session)
        session.release()
    assert made["ended"]["state"] == "no_offer"


def test_a_server_without_a_free_session_says_so(line: Wire, tmp_path: Path) -> None:
    with server_on(line, tmp_path, "-C", "BRAS-A", "-N", "1"):
        first, second = session_on(line, linger_s=0.0), session_on(line, linger_s=0.0)
        assert "up" in told(first)
        made = told(second)
        second.release()
        first.release()
        assert (made["ended"]["state"], made["ended"]["words"]) == (
            "no_session",
            "AC-System-Error: RP-PPPoE: Server: No client slots available",
        )
        again = session_on(line, linger_s=0.0)
        assert "up" in told(again), "the slot was given back"
        again.release()


def test_a_server_gets_its_only_session_back_from_a_child_that_was_killed(line: Wire, tmp_path: Path) -> None:
    with server_on(line, tmp_path, "-C", "BRAS-A", "-N", "1"):
        killed = session_on(line, linger_s=0.0)
        assert "up" in told(killed)
        (child,) = holders(line)
        os.kill(child, signal.SIGKILL)
        killed.release()  # returns once the second task has said PADT
        made: dict[str, Any] = {}
        for _ in range(MOST_DIALS):  # the server frees the slot only when what it started has ended
            again = session_on(line, linger_s=0.0)
            made = told(again)
            again.release()
            if "up" in made:
                break
    assert "up" in made, made
