"""Bearer tokens by OAuth 2.0 client credentials (RFC 6749 4.4): asked for when needed, kept in memory only.

The client's secret is read from its private file at each request for a token; neither ever stands in a print.
"""

import base64
from collections.abc import Callable
from urllib.parse import quote_plus, urlencode

from agent.acceptor.http_exchange import Answer, Exchange, Request, Trouble
from agent.config_broker import read_secret
from agent.config_tickets import ClientCredentials
from diagnostics import strict_json
from diagnostics.errors import BadConfiguration
from diagnostics.secret import Secret

_LIFE_S = 300.0  # where the server does not say how long a token lives
_MARGIN_S = 30.0
_MOST_LIFE_S = 86400.0


class Bearer:
    """Fetches and keeps one token."""

    def __init__(self, client: ClientCredentials, exchange: Exchange, clock: Callable[[], float]) -> None:
        self._client = client
        self._exchange = exchange
        self._clock = clock
        self._token = Secret()
        self._until = 0.0

    def token(self) -> Secret | Trouble:
        """A token that still lives, fetched where there is none."""
        if self._token and self._clock() < self._until:
            return self._token
        try:
            secret = Secret(read_secret(self._client.secret_file))
        except BadConfiguration as error:
            return Trouble(words=str(error))
        answer = self._exchange(self._request(secret))
        if isinstance(answer, Trouble):
            return Trouble(words=f"no token: {answer.words}", least_s=answer.least_s)
        return self._keep(answer)

    def forget(self) -> None:
        """Let go of the token, which a server refused."""
        self._token = Secret()

    def _request(self, secret: Secret) -> Request:
        # RFC 6749 2.3.1: both are form-encoded before they are joined.
        pair = f"{quote_plus(self._client.client_id)}:{quote_plus(secret.reveal())}"
        form = {"grant_type": "client_credentials"} | ({"scope": self._client.scope} if self._client.scope else {})
        return Request(
            method="POST",
            url=self._client.token_url,
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
            },
            body=urlencode(form).encode(),
        )

    def _keep(self, answer: Answer) -> Secret | Trouble:
        try:
            made = strict_json.parse_object(answer.body)
        except strict_json.JsonError:
            made = {}
        if answer.status != 200:
            why = made.get("error")
            told = why if isinstance(why, str) and why.isascii() and why.isprintable() else f"HTTP {answer.status}"
            return Trouble(words=f"no token: {told[:60]}; see [tickets.oauth2] client_id and secret_file")
        token, kind, life = made.get("access_token"), made.get("token_type"), made.get("expires_in", _LIFE_S)
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable() or " " in token:
            return Trouble(words="no token: the authorization server's answer holds none")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            return Trouble(words="no token: the authorization server's token is not of type Bearer")
        number = isinstance(life, int | float) and not isinstance(life, bool)
        lives_s = min(_MOST_LIFE_S, max(0.0, float(life))) if number else _LIFE_S
        self._token = Secret(token)
        self._until = self._clock() + max(lives_s - _MARGIN_S, lives_s / 2)
        return self._token
