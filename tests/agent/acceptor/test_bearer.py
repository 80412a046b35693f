"""A token is asked for with the secret of a private file, kept while it lives, and never shown."""

from pathlib import Path
from typing import Any

import pytest

from agent.acceptor.bearer import Bearer
from agent.acceptor.http_exchange import Trouble, exchange_over
from agent.config_tickets import ClientCredentials
from diagnostics.secret import Secret
from tests.agent.acceptor.web_peer import Asked, Reply, reply, serving

GRANT = {"access_token": "tok-1", "token_type": "Bearer", "expires_in": 100}


class Bench:
    """A client of an authorization server that answers so, and the client's clock."""

    def __init__(self, folder: Path, url: str, secret: str = "s3cr:et%") -> None:
        self.file = folder / "secret"
        self.file.write_text(secret + "\n")
        self.file.chmod(0o600)
        self.now = 0.0
        client = ClientCredentials(token_url=f"{url}/token", client_id="desk", secret_file=self.file, scope="tmf")
        self.bearer = Bearer(client, exchange_over(None, 60.0), lambda: self.now)


def test_a_token_is_fetched_once_and_again_when_it_nears_its_end(tmp_path: Path) -> None:
    with serving(lambda asked: reply(200, GRANT)) as peer:
        bench = Bench(tmp_path, peer.url)
        for bench.now, fetched in ((0.0, 1), (69.0, 1), (70.0, 2), (139.0, 2)):
            assert bench.bearer.token() == Secret("tok-1")
            assert len(peer.asked) == fetched
        bench.bearer.forget()
        bench.bearer.token()
    assert len(peer.asked) == 3
    asked = peer.asked[0]
    assert (asked.method, asked.path) == ("POST", "/token")
    assert asked.headers["authorization"] == "Basic ZGVzazpzM2NyJTNBZXQlMjU="
    assert asked.body == b"grant_type=client_credentials&scope=tmf"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(401, {"error": "invalid_client"}), "no token: invalid_client; see [tickets.oauth2]"),
        (reply(401, {"error": "x\u202e" * 90}), "no token: HTTP 401"),
        (reply(500, b"<html>"), "no token: HTTP 500"),
        (reply(200, b"<html>"), "holds none"),
        (reply(200, {}), "holds none"),
        (reply(200, GRANT | {"access_token": "a b"}), "holds none"),
        (reply(200, GRANT | {"access_token": "a\r\nX-Evil: 1"}), "holds none"),
        (reply(200, GRANT | {"token_type": "mac"}), "not of type Bearer"),
        (reply(200, {"access_token": "tok-1"}), "not of type Bearer"),
        (b"", "no token: 127.0.0.1: the connection was cut"),
    ],
)
def test_what_is_no_token_is_told_in_words(tmp_path: Path, answer: Reply, words: str) -> None:
    with serving(lambda asked: answer) as peer:
        told = Bench(tmp_path, peer.url).bearer.token()
    assert isinstance(told, Trouble)
    assert words in told.words
    assert "s3cr" not in repr(told)


@pytest.mark.parametrize("life", [None, "soon", -5, 1e300, True, 0])
def test_an_odd_life_of_a_token_does_no_harm(tmp_path: Path, life: Any) -> None:
    with serving(lambda asked: reply(200, GRANT | {"expires_in": life})) as peer:
        assert Bench(tmp_path, peer.url).bearer.token() == Secret("tok-1")


def test_a_secret_that_others_may_read_is_not_sent(tmp_path: Path) -> None:
    def never(asked: Asked) -> Reply:
        raise AssertionError

    with serving(never) as peer:
        bench = Bench(tmp_path, peer.url)
        bench.file.chmod(0o644)
        told = bench.bearer.token()
    assert isinstance(told, Trouble)
    assert f"chmod 600 {bench.file}" in told.words
    assert peer.asked == []
