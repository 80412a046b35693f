"""An order of a bridged line is dialled with its own account, its password comes from a private file or a prompt."""

import contextlib
import fcntl
import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from agent.config import load_station
from agent.station import instruments_of, line_of
from agent.subscriber import asked_password, load_passwords, session_of
from agent.toml_table import ConfigError
from agent.work_order import WorkOrder
from diagnostics.check import Context, run_checks
from diagnostics.checks import dns, path, pppoe, reach, throughput
from diagnostics.checks.beside import watched
from diagnostics.child import never
from diagnostics.instruments import Window
from diagnostics.secret import Secret
from drivers.virtual.namespace import may_make_namespaces
from drivers.virtual.peers.concentrator import ACCOUNT, DNS, SERVER, WORD
from tests.diagnostics.wire.peers import NETWORK_INTERFACE, STATION_INTERFACE, Wire, dnsmasq
from tests.dialled_line import peer_on

EXAMPLES = Path(__file__).parents[2] / "agent" / "examples"


def order(**broadband: Any) -> WorkOrder:
    made = json.loads((EXAMPLES / "install.json").read_bytes())
    made["services"][0] |= {"mode": "bridge", "account": ACCOUNT, "down_mbps": 10, "up_mbps": 10} | broadband
    made["reflectors"] = [{"host": SERVER}]
    return WorkOrder.parse(json.dumps(made).encode())


def config_in(folder: Path, namespace: str = "", pppoe: str = 'passwords = "passwords.toml"') -> Path:
    passwords = folder / "passwords.toml"
    passwords.touch(mode=0o600)
    passwords.write_text(f'[password]\n"{ACCOUNT}" = "{WORD}"\n')
    file = folder / "station.toml"
    file.write_text(
        '[station]\nname = "s1"\nstate_dir = "state"\nkey = "key"\ntrust = "trust"\n'
        f'[line]\ninterface = "{STATION_INTERFACE}"\nnamespace = "{namespace}"\n'
        f'[ont]\naddress = "198.18.0.5"\n[pppoe]\n{pppoe}\n'.replace('namespace = ""\n', "")
    )
    return file


@pytest.mark.parametrize(
    ("broadband", "dialled"),
    [({}, True), ({"mode": "route"}, False), ({"access": "ipoe"}, False)],
    ids=["bridge", "route", "ipoe"],
)
def test_only_a_bridged_line_has_a_session_and_its_own_interface(
    tmp_path: Path, broadband: dict[str, Any], dialled: bool
) -> None:
    config, wanted = load_station(config_in(tmp_path), {}), order(**broadband)
    line = line_of(config, wanted)
    assert (session_of(config, line, wanted, None, never) is not None) == dialled
    assert line.ip_interface == ("dial-lan0" if dialled else "lan0")
    assert session_of(config, line_of(config), None, None, never) is None


def test_the_password_of_the_account_is_found_in_its_file(tmp_path: Path) -> None:
    config, wanted = load_station(config_in(tmp_path), {}), order()
    assert asked_password(config, line_of(config, wanted), wanted) == Secret(WORD)
    assert repr(load_passwords(tmp_path / "passwords.toml")) == f"{{'{ACCOUNT}': <secret>}}"


def test_nobody_is_asked_where_nobody_sits_or_nobody_dials(tmp_path: Path) -> None:
    config = load_station(config_in(tmp_path, pppoe=""), {})
    for wanted in (order(), order(mode="route")):
        assert asked_password(config, line_of(config, wanted), wanted) is None


ASK = """
import json, sys
from pathlib import Path
from agent.config import load_station
from agent.station import line_of
from agent.subscriber import asked_password
from agent.work_order import WorkOrder
config, order = load_station(Path(sys.argv[1]), {}), WorkOrder.parse(Path(sys.argv[2]).read_bytes())
typed = asked_password(config, line_of(config, order), order)
print(json.dumps([repr(typed), typed.reveal() if typed else None]))
"""


@pytest.mark.parametrize(("keys", "told"), [(b"typed\n", ["<secret>", "typed"]), (b"\n", ["None", None])])
def test_a_password_in_no_file_is_asked_for_at_the_terminal(tmp_path: Path, keys: bytes, told: list[str]) -> None:
    config = config_in(tmp_path, pppoe="")
    (tmp_path / "order.json").write_bytes(order().raw)
    ours, theirs = pty.openpty()
    asking = subprocess.Popen(
        [sys.executable, "-c", ASK, str(config), str(tmp_path / "order.json")],
        stdin=theirs,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - only makes the terminal its own
    )
    os.close(theirs)
    seen = b""
    while b"(empty: none): " not in seen:
        seen += os.read(ours, 1024)
    assert ACCOUNT.encode() in seen
    os.write(ours, keys)
    assert json.loads(asking.communicate()[0]) == told
    os.close(ours)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (f'[password]\n"a" = "{WORD}"\n', 0o644, "others may read this password; run: chmod 600"),
        (f'[pasword]\n"a" = "{WORD}"\n', 0o600, "was it mistyped as pasword?"),
        (f'[password]\n"a" = "{WORD}\n', 0o600, "not TOML"),
        (f'[password]\n"a" = ["{WORD}"]\n', 0o600, "[password] a: must be text"),
    ],
)
def test_a_wrong_file_is_named_and_never_quoted(tmp_path: Path, text: str, mode: int, words: str) -> None:
    file = tmp_path / "passwords.toml"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        load_passwords(file)
    assert words in str(caught.value) and str(file) in str(caught.value)
    assert WORD not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_passwords(tmp_path / "none.toml")


@pytest.mark.root
@pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root")
def test_reach_and_throughput_run_inside_the_dialled_session(tmp_path: Path) -> None:
    wanted = order()
    with Wire() as wire, peer_on(wire) as peer, contextlib.ExitStack() as served:
        peer.become(forward=True)
        wire.network.start_until("Server listening", ["iperf3", "-s", "--forceflush"])
        for resolver in DNS:
            wire.network.run("ip", "address", "add", f"{resolver}/32", "dev", NETWORK_INTERFACE)
        served.enter_context(dnsmasq(wire.network, tmp_path, "--local=/invalid/", "--local=/com/", dns=True))
        config = load_station(config_in(tmp_path, wire.station.path), os.environ)
        line = line_of(config, wanted)
        context = Context(
            line=line,
            instruments=instruments_of(config, line, never, wanted),
            window=Window(discard_s=0, average_s=1, streams=1),
        )
        stages = [
            [pppoe.CHECK],
            [reach.CHECK, path.CHECK, dns.CHECK],
            [watched(throughput.DOWN, "down")],
            [throughput.UP],
        ]
        made = {m.name: m.failure or m.value for m in run_checks(stages, context)}
        assert peer.wait_for("padt") == 0x4711
    assert made["pppoe_state"] == "up"
    assert made["pppoe_authentication"] == "chap_md5"
    assert made["reach_loss_ratio[reflector]"] != 1
    assert made["path_mtu_bytes"] == 1492
    assert made["dns_state"] == "honest", "the resolvers that the session named answer inside it"
    assert made["latency_down_loss_ratio"] != 1, "the echoes beside the run pass the session as well"
    for way in ("down", "up"):
        rate = made[f"throughput_{way}_mbps"]
        assert isinstance(rate, float) and rate > 0
