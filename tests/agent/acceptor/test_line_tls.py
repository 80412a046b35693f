"""The server of lines over TLS: [lines.tls] says whom we believe and who we are; a bad certificate is no line."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.acceptor.http_exchange import exchange_over
from agent.acceptor.line_binding import Circuit, Unanswered
from agent.acceptor.line_service import Found, asking
from agent.config_broker import TlsSettings
from agent.config_lines import line_service_settings
from agent.config_tickets import ticket_settings
from agent.toml_table import load
from tests.agent.acceptor.line_server import OURS
from tests.agent.acceptor.web_peer import WebPeer, reply, serving
from tests.agent.certificates import DAY, Authority

AT = datetime(2026, 11, 22, 9, 29, tzinfo=UTC)
LINE = (Circuit(olt="OLT-1", pon_port="0/2/5", onu_id=17),)


def over(shown: TlsSettings, clients: Authority | None = None) -> ssl.SSLContext:
    """What a server shows, and whose certificates it wants of everybody."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert shown.certificate
    made.load_cert_chain(shown.certificate, shown.key)
    if clients is not None:
        made.load_verify_locations(clients.file)
        made.verify_mode = ssl.CERT_REQUIRED
    return made


def asked(peer: WebPeer, believed: TlsSettings) -> Found:
    """What comes of a question by the configuration that names these files."""
    file = believed.ca.parent / "acceptor.toml"
    own = f'certificate = "{believed.certificate}"\nkey = "{believed.key}"\n' if believed.certificate else ""
    file.write_text(f'[lines]\nurl = "{peer.url}/lines"\n[lines.tls]\nca = "{believed.ca}"\n{own}')
    root = load(file)
    lines = line_service_settings(root.table("lines"))
    root.done()
    return asking(lines, exchange_over(lines.tls, 60.0))("198.18.0.0/24", AT)


BAD = {
    "a foreign authority": ({}, True, "unable to get local issuer certificate"),
    "another host": ({"host": "lines.example"}, False, "IP address mismatch"),
    "expired": ({"ends": -DAY / 2}, False, "certificate has expired"),
}


def test_a_server_with_a_good_certificate_is_believed(tmp_path: Path) -> None:
    ours = Authority(tmp_path / "ours")
    with serving(lambda request: reply(200, OURS), over(ours.issue("lines"))) as peer:
        assert asked(peer, TlsSettings(ca=ours.file)) == LINE


@pytest.mark.parametrize(("issued", "foreign", "words"), BAD.values(), ids=BAD)
def test_a_server_with_a_bad_certificate_is_asked_nothing_and_names_no_line(
    tmp_path: Path, issued: dict[str, object], foreign: bool, words: str
) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "others")
    shown = (theirs if foreign else ours).issue("lines", **issued)  # type: ignore[arg-type]
    with serving(lambda request: reply(200, OURS), over(shown)) as peer:
        found = asked(peer, TlsSettings(ca=ours.file))
    assert isinstance(found, Unanswered) and words in found.words, found
    assert peer.asked == []


def test_our_certificate_is_shown_where_the_server_wants_one(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "others")
    client, stranger = ours.issue("desk"), theirs.issue("desk")
    with serving(lambda request: reply(200, OURS), over(ours.issue("lines"), ours)) as peer:
        assert asked(peer, client) == LINE
        foreign = TlsSettings(ca=ours.file, certificate=stranger.certificate, key=stranger.key)
        for without in (TlsSettings(ca=ours.file), foreign):
            found = asked(peer, without)
            assert isinstance(found, Unanswered) and found.words.isprintable(), found
    assert len(peer.asked) == 1


@pytest.mark.parametrize("table", ["lines", "tickets"])
def test_a_file_that_cannot_be_used_is_named_by_its_own_table(tmp_path: Path, table: str) -> None:
    file = tmp_path / "acceptor.toml"
    file.write_text(f'[lines]\nurl = "https://127.0.0.1:1/"\n[{table}.tls]\nca = "none.pem"\n')
    root = load(file)
    tls = {"lines": line_service_settings, "tickets": ticket_settings}[table](root.table(table)).tls
    with serving(lambda request: reply(200, OURS)) as peer:
        exchange = exchange_over(tls, 60.0)
        found = asking(line_service_settings(root.table("lines")), exchange)("198.18.0.0/24", AT)
    assert peer.asked == [] and isinstance(found, Unanswered)
    assert f"[{table}.tls] ca: {tmp_path / 'none.pem'}: No such file or directory" in found.words
