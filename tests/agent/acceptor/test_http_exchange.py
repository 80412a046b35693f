"""An exchange ends within its deadline with an answer or with words, and believes only what it can check."""

import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acceptor.http_exchange import MOST_BYTES, Answer, Request, Trouble, exchange_over
from agent.config_broker import TlsSettings
from agent.config_web import fault_of
from tests.agent.acceptor.web_peer import Never, Reply, reply, serving

LONG_S, SHORT_S = 60.0, 0.3


def asked_once(answer: Reply, deadline_s: float = LONG_S) -> Answer | Trouble:
    with serving(lambda asked: answer) as peer:
        return exchange_over(None, deadline_s)(Request(method="POST", url=f"{peer.url}/a", body=b"{}"))


def test_a_request_arrives_whole_and_its_answer_comes_back() -> None:
    with serving(lambda asked: reply(201, {"id": "7"}, ETag='"x"')) as peer:
        url = f"{peer.url}/tmf-api/serviceTest"
        made = exchange_over(None, LONG_S)(Request(method="POST", url=url, headers={"X-Is": "1"}, body=b'{"a":1}'))
    assert isinstance(made, Answer)
    assert (made.status, made.headers["etag"], made.body) == (201, '"x"', b'{"id":"7"}')
    (asked,) = peer.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/tmf-api/serviceTest", b'{"a":1}')
    assert asked.headers["x-is"] == "1"
    assert asked.headers["host"] == url.split("/")[2]


def test_a_redirect_is_not_followed() -> None:
    made = asked_once(reply(307, None, Location="http://127.0.0.1:1/"))
    assert isinstance(made, Answer)
    assert made.status == 307


@pytest.mark.parametrize(
    ("answer", "deadline_s", "words"),
    [
        (b"", LONG_S, "the connection was cut"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", LONG_S, "not an answer in HTTP"),
        (b"\x00\xff" * 50_000, LONG_S, "not an answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", LONG_S, "the answer was cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", LONG_S, "the connection was cut"),
        (reply(200, b"x" * (MOST_BYTES + 1)), LONG_S, "longer than 1048576 bytes"),
        (Never(), SHORT_S, "no answer within 0.3 s"),
        (Never(first=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nsh"), SHORT_S, "no answer within 0.3 s"),
        (Never(first=b"HTTP/1.1 200 OK\r\n", drip=b"x"), SHORT_S, "no answer within 0.3 s"),
    ],
    ids=["nothing", "another-protocol", "garbage", "cut", "bad-chunk", "endless", "silent", "half", "drip"],
)
def test_what_goes_wrong_is_told_in_words_within_the_deadline(answer: Reply, deadline_s: float, words: str) -> None:
    made = asked_once(answer, deadline_s)
    assert isinstance(made, Trouble)
    assert words in made.words
    assert made.final == ("longer" in words)  # which does not get better by asking again


@settings(max_examples=30)
@given(st.binary(max_size=300))
def test_no_answer_makes_an_exception(raw: bytes) -> None:
    assert isinstance(asked_once(raw), Answer | Trouble)


def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = exchange_over(None, LONG_S)(Request(method="GET", url=f"http://127.0.0.1:{port}/"))
    assert made == Trouble(words="127.0.0.1: connection refused")


def certificate(folder: Path, name: str, days: int = 2) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "prooflight test")])
    now = datetime.datetime.now(datetime.UTC)
    san = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=5))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(san, critical=False)
        .sign(key, hashes.SHA256())
    )
    ca, private = folder / f"{name}.{days}.pem", folder / f"{name}.{days}.key"
    ca.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ca, private


@pytest.mark.parametrize(
    ("server", "believed", "words"),
    [
        (("127.0.0.1", 2), ("127.0.0.1", 2), None),
        (("127.0.0.1", 2), ("127.0.0.9", 2), "its certificate is not believed: self-signed certificate"),
        (("127.0.0.9", 2), ("127.0.0.9", 2), "its certificate is not believed: IP address mismatch"),
        (("127.0.0.1", -1), ("127.0.0.1", -1), "its certificate is not believed: certificate has expired"),
    ],
    ids=["right", "stranger", "other-name", "expired"],
)
def test_only_a_certificate_that_can_be_checked_is_believed(
    tmp_path: Path, server: tuple[str, int], believed: tuple[str, int], words: str | None
) -> None:
    made = {pair: certificate(tmp_path, *pair) for pair in {server, believed}}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made[server])
    with serving(lambda asked: reply(200, {}), context) as peer:
        told = exchange_over(TlsSettings(ca=made[believed][0]), LONG_S)(Request(method="GET", url=peer.url))
    assert isinstance(told, Answer if words is None else Trouble)
    assert words is None or (isinstance(told, Trouble) and words in told.words), told
    assert len(peer.asked) == (words is None)


def test_a_missing_authority_is_told_in_words(tmp_path: Path) -> None:
    told = exchange_over(TlsSettings(ca=tmp_path / "none"), LONG_S)(Request(method="GET", url="https://127.0.0.1:1/"))
    assert told == Trouble(words="the certificates of [tickets.tls] cannot be used: No such file or directory")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://tickets.example:8443/api/v4", ""),
        ("http://localhost:8080/api", ""),
        ("http://[::1]/api", ""),
        ("http://tickets.example/api", "must begin with https://"),
        ("http://127.0.0.1.example/api", "must begin with https://"),
        ("ftp://127.0.0.1/", "must begin with https://"),
        ("https://user:pass@tickets.example/", "must be a URL like"),
        ("https://tickets.example/?a=1", "must be a URL like"),
        ("https://tickets.example/a b", "must be a URL like"),
        ("https://tickéts.example/", "must be a URL like"),
        ("https:///api", "must be a URL like"),
        ("https://tickets.example:99999/", "is not a URL"),
    ],
)
def test_credentials_go_only_where_nobody_reads_them_on_their_way(url: str, fault: str) -> None:
    assert fault_of(url).startswith(fault) and bool(fault_of(url)) == bool(fault)
