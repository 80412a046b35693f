"""What every page of ours asks of a request before it looks at it, and sends along with each answer; pure.

A foreign host name is not ours, another site has nothing done here, and no answer leaves without a content policy.
"""

from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address
from typing import Any

from agent.http_message import Answer, Refused, Request

_POLICY = "Content-Security-Policy"
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


def refuse_host(host: str, names: Collection[str]) -> None:
    """Refuse a foreign name that leads here (DNS rebinding); an address cannot be rebound. Raises Refused."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name.lower().rstrip(".") not in names and not _is_address(name):
        raise Refused(421, "wrong_host", ", ".join(names))


def refuse_foreign(request: Request) -> None:
    """Refuse what another site's page has a browser send, signed in or not. Raises Refused."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    if origin is not None and origin.partition("://")[2] != host:
        raise Refused(403, "foreign")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403, "foreign")


def replied(
    environ: Mapping[str, Any],
    begin: Callable[..., Any],
    answer: Answer,
    *,
    policy: str,
    permissions: str,
    referrer: str = "no-referrer",
) -> list[bytes]:
    """Give an answer to a WSGI server, with what keeps a browser from doing anything else with it.

    `policy` holds where the answer brings no content policy of its own; a page with forms needs `referrer` same-origin,
    for a browser that may tell no referrer says of no form where it comes from.
    """
    own = any(name == _POLICY for name, _ in answer.headers)
    first = [("Content-Type", answer.kind), ("Content-Length", str(len(answer.body)))]
    told = [("Referrer-Policy", referrer), ("Permissions-Policy", permissions)]
    safety = [*([] if own else [(_POLICY, policy)]), *_HEADERS, *told]
    begin(answer.line, [*first, *safety, *answer.headers])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name.strip("[]")))
    except ValueError:
        return False
