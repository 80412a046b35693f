"""An exchange ends within its deadline with an answer or with words, and believes only what it can check."""

import socket
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acceptor.http_exchange import MOST_BYTES, Answer, Request, Trouble, exchange_over
from agent.config_broker import TlsSettings
from agent.config_web import fault_of
from tests.agent.acceptor.web_peer import Never, Reply, reply, serving
from tests.agent.certificates import DAY, Authority

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


def asked_by_tls(shown: TlsSettings, believed: TlsSettings, wanted: Authority | None = None) -> Answer | Trouble:
    """What comes of a question to a server with this certificate, which may want one of ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert shown.certificate
    context.load_cert_chain(shown.certificate, shown.key)
    if wanted:
        context.load_verify_locations(wanted.file)
        context.verify_mode = ssl.CERT_REQUIRED
    with serving(lambda asked: reply(200, {}), context) as peer:
        told = exchange_over(believed, LONG_S)(Request(method="GET", url=peer.url))
    assert len(peer.asked) == isinstance(told, Answer)
    return told


@pytest.mark.parametrize(
    ("host", "ends", "stranger", "revoked", "words"),
    [
        ("127.0.0.1", DAY, False, False, None),
        ("127.0.0.1", DAY, True, False, "its certificate is not believed: unable to get local issuer certificate"),
        ("127.0.0.9", DAY, False, False, "its certificate is not believed: IP address mismatch"),
        ("127.0.0.1", -DAY / 2, False, False, "its certificate is not believed: certificate has expired"),
        ("127.0.0.1", DAY, False, True, "its certificate is not believed: certificate revoked"),
    ],
    ids=["right", "stranger", "other-name", "expired", "revoked"],
)
def test_only_a_certificate_that_can_be_checked_is_believed(
    tmp_path: Path, host: str, ends: timedelta, stranger: bool, revoked: bool, words: str | None
) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "others")
    shown = (theirs if stranger else ours).issue("server", host=host, ends=ends)
    crl = ours.revoke(*([shown] if revoked else []))
    told = asked_by_tls(shown, TlsSettings(ca=ours.file, crl=crl))
    assert isinstance(told, Answer) if words is None else isinstance(told, Trouble) and words in told.words, told


def test_our_own_certificate_is_shown_where_it_is_wanted(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    shown, ours = authority.issue("server"), authority.issue("client")
    assert isinstance(asked_by_tls(shown, ours, authority), Answer)
    assert isinstance(asked_by_tls(shown, TlsSettings(ca=ours.ca), authority), Trouble)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda ours: ours.ca.unlink(), "No such file or directory"),
        (lambda ours: ours.ca.write_text("nothing"), "[mqtt.tls] ca: "),
        (lambda ours: ours.key.chmod(0o644), "others may read this key"),
        (lambda ours: ours.certificate.write_text("nothing"), "is not a whole PEM file"),
    ],
    ids=["no-authority", "no-pem", "open-key", "no-certificate"],
)
def test_certificates_that_cannot_be_used_are_told_in_words(
    tmp_path: Path, spoil: Callable[[TlsSettings], object], words: str
) -> None:
    ours = Authority(tmp_path / "ca").issue("client")
    spoil(ours)
    told = exchange_over(ours, LONG_S)(Request(method="GET", url="https://127.0.0.1:1/"))
    assert isinstance(told, Trouble)
    assert told.words.startswith("our own certificates cannot be used: ") and words in told.words


def test_a_key_with_a_password_asks_nobody(tmp_path: Path) -> None:
    ours = Authority(tmp_path / "ca").issue("client", password=b"secret")
    told = exchange_over(ours, LONG_S)(Request(method="GET", url="https://127.0.0.1:1/"))
    assert isinstance(told, Trouble) and told.words.startswith("our own certificates cannot be used: ")
    assert "wants a password" in told.words


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
