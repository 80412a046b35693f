"""Certificates on both sides: each way in which one can be bad ends in one plain line that says which."""

import queue
import shutil
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent import mqtt_link
from agent.config_broker import MqttSettings, TlsSettings
from agent.mqtt_link import Connected, Event, Link, Lost
from agent.toml_table import ConfigError
from tests.agent.broker import Broker, mosquitto
from tests.agent.certificates import DAY, Authority, broker_lines

WAIT_S = 30.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that everybody believes."""
    made = Authority(tmp_path_factory.mktemp("house"))
    for name in ("broker", "station"):
        made.issue(name)
    return made


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody believes."""
    return Authority(tmp_path_factory.mktemp("foreign"), "foreign")


def shown(house: Authority, name: str) -> TlsSettings:
    folder = house.folder
    return TlsSettings(ca=house.file, certificate=folder / f"{name}.pem", key=folder / f"{name}.key")


def first(settings: MqttSettings) -> Event:
    """What comes of a connection first: that it stands, or why it does not."""
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    link = Link(settings, client_id="prooflight-north-station-1", tell=told.put)
    try:
        return told.get(timeout=WAIT_S)
    finally:
        link.close()


def over_tls(broker: Broker, tls: TlsSettings) -> MqttSettings:
    return replace(broker.settings, tls=tls)


def refused(broker: Broker, tls: TlsSettings) -> str:
    lost = first(over_tls(broker, tls))
    assert isinstance(lost, Lost)
    assert "\n" not in lost.why and lost.why.startswith(f"broker 127.0.0.1:{broker.port}: ")
    return lost.why.partition(f"{broker.port}: ")[2]


def test_good_certificates_on_both_sides_connect(tmp_path: Path, house: Authority) -> None:
    with mosquitto(tmp_path, *broker_lines(shown(house, "broker"), house)) as broker:
        assert isinstance(first(over_tls(broker, shown(house, "station"))), Connected)
        unrevoked = replace(shown(house, "station"), crl=house.revoke())
        assert isinstance(first(over_tls(broker, unrevoked)), Connected)


Issue = Callable[[Authority, Authority], TlsSettings]
SHOWN_BY_THE_BROKER: dict[str, tuple[Issue, str]] = {
    "expired": (
        lambda house, foreign: house.issue("b", begins=-2 * DAY, ends=-timedelta(hours=1)),
        "its certificate has expired; renew it, or set this machine's clock",
    ),
    "not yet valid": (
        lambda house, foreign: house.issue("b", begins=timedelta(hours=1)),
        "its certificate is not valid yet; see whether this machine's clock is right",
    ),
    "for another address": (
        lambda house, foreign: house.issue("b", host="127.0.0.9"),
        "its certificate is for another host; see [mqtt] host",
    ),
    "for another name": (
        lambda house, foreign: house.issue("b", host="broker.example"),
        "its certificate is for another host; see [mqtt] host",
    ),
    "of an unknown authority": (
        lambda house, foreign: foreign.issue("b"),
        "its certificate is not signed by the authority in [mqtt.tls] ca",
    ),
    "of an authority that only calls itself ours": (
        lambda house, foreign: Authority(foreign.folder / "forger").issue("b"),
        "its certificate is not signed by the authority in [mqtt.tls] ca",
    ),
    "signed by itself": (
        lambda house, foreign: replace(foreign.issue("b"), certificate=foreign.file, key=_key_of(foreign)),
        "its certificate is signed by itself, and not the one in [mqtt.tls] ca",
    ),
}


def _key_of(authority: Authority) -> Path:
    from cryptography.hazmat.primitives import serialization

    path = authority.folder / "ca.key"
    path.touch(mode=0o600)
    how = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(authority.key.private_bytes(*how))
    return path


@pytest.mark.parametrize(("issue", "words"), SHOWN_BY_THE_BROKER.values(), ids=SHOWN_BY_THE_BROKER)
def test_a_broker_with_a_bad_certificate_is_refused_in_one_plain_line(
    tmp_path: Path, house: Authority, foreign: Authority, issue: Issue, words: str
) -> None:
    with mosquitto(tmp_path, *broker_lines(issue(house, foreign), house)) as broker:
        assert refused(broker, shown(house, "station")) == words


def test_a_broker_whose_certificate_was_revoked_is_refused_where_a_list_says_so(
    tmp_path: Path, house: Authority, foreign: Authority
) -> None:
    with mosquitto(tmp_path, *broker_lines(shown(house, "broker"), house)) as broker:
        ours = shown(house, "station")
        revoked = replace(ours, crl=house.revoke(shown(house, "broker")))
        assert refused(broker, revoked) == "its certificate has been revoked"
        other = replace(ours, crl=foreign.revoke())
        assert refused(broker, other) == "no revocation list of the authority is in [mqtt.tls] crl; fetch it"


SHOWN_BY_US: dict[str, tuple[Issue, str]] = {
    "none": (
        lambda house, foreign: TlsSettings(ca=house.file),
        "it wants a certificate of ours; see [mqtt.tls] certificate and key",
    ),
    "of another authority": (
        lambda house, foreign: replace(foreign.issue("s"), ca=house.file),
        "it does not know the authority that signed our certificate",
    ),
    "expired": (
        lambda house, foreign: house.issue("s", begins=-2 * DAY, ends=-timedelta(hours=1)),
        "our certificate has expired; renew it",
    ),
    "not yet valid": (
        lambda house, foreign: house.issue("s", begins=timedelta(hours=1)),
        "it does not take our certificate: not valid yet, or not for a client",
    ),
}


@pytest.mark.parametrize(("issue", "words"), SHOWN_BY_US.values(), ids=SHOWN_BY_US)
def test_when_the_broker_does_not_take_our_certificate_we_say_why(
    tmp_path: Path, house: Authority, foreign: Authority, issue: Issue, words: str
) -> None:
    with mosquitto(tmp_path, *broker_lines(shown(house, "broker"), house)) as broker:
        for _ in range(5):  # TLS 1.3 says it after the handshake, while we write already
            assert refused(broker, issue(house, foreign)) == words


def test_a_certificate_that_was_revoked_opens_no_broker_that_has_the_list(tmp_path: Path, house: Authority) -> None:
    gone = house.issue("gone")
    lines = broker_lines(shown(house, "broker"), house)
    with mosquitto(tmp_path, *lines, f"crlfile {house.revoke(gone)}") as broker:
        assert refused(broker, gone) == "our certificate has been revoked; ask for a new one"
        assert isinstance(first(over_tls(broker, shown(house, "station"))), Connected)


def bad_files(house: Authority, folder: Path) -> dict[str, tuple[TlsSettings, str]]:
    good = shown(house, "station")
    broken, open_key = folder / "broken.pem", folder / "open.key"
    broken.write_text(house.file.read_text()[:200])
    shutil.copy(good.key or "", open_key)
    open_key.chmod(0o644)
    copied = folder / "copied.key"
    shutil.copy(broken, copied)
    copied.chmod(0o600)
    return {
        "key does not fit": (replace(good, key=house.folder / "broker.key"), "is not the key of"),
        "broken certificate": (replace(good, certificate=broken), "broken.pem or the key beside it is not a whole PEM"),
        "broken key": (replace(good, key=copied), "or the key beside it is not a whole PEM file; copy it again"),
        "broken authority": (replace(good, ca=broken), "[mqtt.tls] ca: "),
        "broken list": (replace(good, crl=broken), "[mqtt.tls] crl: "),
        "no such authority": (replace(good, ca=folder / "none"), "none: No such file or directory; name the file"),
        "key that others may read": (replace(good, key=open_key), "others may read this key; run: chmod 600"),
        "no such key": (replace(good, key=folder / "none"), "a key file that cannot be read"),
        "key with a password": (house.issue("locked", password=b"secret"), "wants a password; store it without one"),
    }


def test_files_that_cannot_be_used_are_told_before_anything_is_started(tmp_path: Path, house: Authority) -> None:
    for kind, (tls, words) in bad_files(house, tmp_path).items():
        settings = MqttSettings(host="127.0.0.1", port=1, tenant="north", tls=tls)
        with pytest.raises(ConfigError) as told:
            mqtt_link.check_settings(settings)
        assert words in str(told.value), kind
        assert "\n" not in str(told.value), kind


def test_tls_on_one_side_only_is_told(tmp_path: Path, house: Authority) -> None:
    with mosquitto(tmp_path) as broker:
        assert "TLS at this port" in refused(broker, TlsSettings(ca=house.file))
    (tmp_path / "tls").mkdir()
    with mosquitto(tmp_path / "tls", *broker_lines(shown(house, "broker"), house)) as broker:
        lost = first(broker.settings)
    assert isinstance(lost, Lost)
    assert lost.why.endswith("the connection ended before it answered; it may want TLS at this port, see [mqtt.tls]")


def test_what_is_older_than_tls_1_2_is_not_spoken(house: Authority) -> None:
    hellos: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                hellos.append(connection.recv(4096))
                connection.sendall(bytes.fromhex("15030300020246"))  # alert: protocol version

        thread = threading.Thread(target=answer)
        thread.start()
        settings = MqttSettings(host="127.0.0.1", port=server.getsockname()[1], tenant="north")
        lost = first(replace(settings, tls=TlsSettings(ca=house.file)))
        thread.join(WAIT_S)
    assert isinstance(lost, Lost) and lost.why.endswith("it offers no TLS 1.2 or newer")
    offered = hellos[0].partition(bytes.fromhex("002b"))[2][2:]  # the extension supported_versions
    assert offered[1 : 1 + offered[0]] == bytes.fromhex("03040303")
