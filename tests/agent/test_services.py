"""What an order says of IPTV and voice and a station of names and telephone passwords, and that it stays private."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.config import load_station
from agent.station import instruments_of, line_of
from agent.toml_table import ConfigError
from agent.work_order import OrderError, WorkOrder
from diagnostics.child import never
from diagnostics.line import Multicast, Names, Registrar
from tests.agent.test_config import STATION, written
from tests.agent.test_work_order import INSTALL, SCHEMA

IPTV = {"type": "iptv", "group": "239.1.1.7", "source": "198.18.0.1", "vlans": [45]}
VOICE = {"type": "voice", "registrar": "ims.example", "domain": "example.net", "user": "+8657155550117"}
NAMES = """
[dns]
resolvers = ["198.51.100.53", "2001:db8::53"]
truth_name = "probe.example"
truth_addresses = ["198.51.100.80"]
portal_url = "http://probe.example/204"
[voice]
passwords = "voice.toml"
"""


def ordered(*services: dict[str, Any]) -> WorkOrder:
    document = INSTALL | {"services": [*INSTALL["services"], *services]}
    order = WorkOrder.parse(json.dumps(document).encode())
    jsonschema.validate(document, SCHEMA)
    return order


def test_an_order_names_the_group_and_the_registrar() -> None:
    order = ordered(IPTV, VOICE)
    assert order.multicast == Multicast(group="239.1.1.7", source="198.18.0.1", vlans=(45,))
    assert order.registrar == Registrar(host="ims.example", port=5060, domain="example.net")
    assert order.voice_user == VOICE["user"]
    assert dict(order.unknown) == {}


def test_an_order_may_leave_both_open() -> None:
    order = ordered({"type": "iptv"}, {"type": "voice"})
    assert (order.multicast, order.registrar, order.voice_user) == (None, None, "")


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (IPTV | {"group": "10.0.0.1"}, "services[1].group: must be an IPv4 multicast address"),
        (IPTV | {"group": "ff02::1"}, "services[1].group: must be an IPv4 multicast address"),
        (IPTV | {"igmp_version": 2}, "services[1].source: must be an IPv4 address, and needs igmp_version 3"),
        (IPTV | {"igmp_version": 4}, "services[1].igmp_version: must be a whole number from 2 to 3"),
        (IPTV | {"vlans": [1, 2, 3]}, "services[1].vlans: must be at most two VLANs"),
        (IPTV | {"vlans": [4095]}, "services[1].vlans[0]: must be a VLAN from 1 to 4094"),
        (VOICE | {"user": ""}, "services[1].user: is missing, and a registrar needs one"),
        (VOICE | {"user": 'a" b'}, "services[1].user: must be letters, digits"),
        (VOICE | {"registrar": "a;b"}, "services[1].registrar: must be letters, digits"),
        (VOICE | {"registrar_port": 0}, "services[1].registrar_port: must be a whole number from 1 to 65535"),
    ],
)
def test_a_service_that_cannot_be_is_refused_by_its_field(service: dict[str, Any], words: str) -> None:
    with pytest.raises(OrderError) as caught:
        ordered(service)
    assert str(caught.value).startswith(words)


def test_a_station_says_how_names_are_checked(tmp_path: Path) -> None:
    config = load_station(written(tmp_path, STATION + NAMES), {})
    assert config.names == Names(
        resolvers=("198.51.100.53", "2001:db8::53"),
        truth_name="probe.example",
        truth_addresses=("198.51.100.80",),
        portal_url="http://probe.example/204",
    )
    assert line_of(config).names == config.names


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"198.51.100.53"', '"dns.example"', "[dns] resolvers: must be a list of IP addresses in quotes"),
        ("truth_addresses", "# truth_addresses", "[dns] truth_name: truth_name and truth_addresses go together"),
        ("http:", "https:", "[dns] portal_url: must begin with http://"),
        ("passwords", "password", "[voice] password: is not known here; did you mean passwords?"),
        ("resolvers = [", "resolvers = [1, ", "[dns] resolvers: must be a list of texts in quotes"),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    file = written(tmp_path, STATION + NAMES.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_station(file, {})
    assert str(caught.value).startswith(f"{file}: {words}")


def test_a_telephone_password_is_read_from_a_private_file_and_shown_nowhere(tmp_path: Path) -> None:
    nobody = STATION.replace('logins = "/etc/prooflight/logins.toml"', "")
    config, order = load_station(written(tmp_path, nobody + NAMES), {}), ordered(VOICE)
    passwords = tmp_path / "voice.toml"
    passwords.write_text(f'[password]\n"{VOICE["user"]}" = "s3cret"\n')
    passwords.chmod(0o600)
    assert config.voice.password(order.voice_user) == "s3cret"
    assert config.voice.password("somebody else") == ""
    line = line_of(config, order)
    assert "s3cret" not in repr((config, line)) and VOICE["user"] not in repr(line)
    assert "s3cret" not in repr(instruments_of(config, line, never, order))


def test_a_password_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    config = load_station(written(tmp_path, STATION + NAMES), {})
    (tmp_path / "voice.toml").write_text('[password]\na = "s3cret"\n')
    (tmp_path / "voice.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="others may read this password; run: chmod 600") as caught:
        config.voice.password("a")
    assert "s3cret" not in str(caught.value)
