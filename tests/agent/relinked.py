"""A sound bundle whose objects state anything, each signed by its own right key and named by the next ones."""

from collections.abc import Callable
from typing import Any

from agent import bundle, seal
from agent.bundle import Bundle, BundledAttempt
from diagnostics import strict_json
from tests.vectors.ring import key, parts
from tests.vectors.story import bundle as bundle_of
from tests.vectors.story import sound

Content = dict[str, Any]
Change = Callable[[str, Content], Content]
SIGNERS = {"order": "order", "open": "station", "down": "reflector", "up": "reflector", "close": "station"}
TYPES = {"order": seal.ORDER, "open": seal.RECORD, "down": seal.RECEIPT, "up": seal.RECEIPT, "close": seal.RECORD}
OBJECTS = (*SIGNERS, "verdict", "acceptance")


def _content(token: str) -> Content:
    return strict_json.parse_object(parts(token)[1])


def _sound() -> dict[str, Content]:
    made = sound()
    (attempt,) = made.attempts
    down, up = attempt.receipts
    tokens = {"order": made.signed_order, "open": attempt.open, "down": down, "up": up, "close": attempt.close}
    contents = {name: _content(token or "") for name, token in tokens.items()}
    acceptance = _content(made.acceptance or "")
    return contents | {"acceptance": acceptance, "verdict": _content(acceptance["verdict"])}


SOUND = _sound()


def relinked(change: Change) -> Bundle:
    """The bundle in which `change` had its way with the content of every object just before it was signed."""
    tokens: dict[str, str] = {}

    def signed(name: str, typ: str, signer: str, links: Content) -> str:
        content = change(name, _linked(SOUND[name], links))
        tokens[name] = seal.seal(strict_json.write(content), typ=typ, key=key(signer)).token
        return seal.digest_of(tokens[name])

    order = signed("order", TYPES["order"], "order", {})
    opened = signed("open", TYPES["open"], "station", {"order": {"anchor": order}})
    runs = [signed(way, TYPES[way], "reflector", {"order": order, "open": opened}) for way in ("down", "up")]
    links = {"order": {"anchor": order}, "prev": opened, "open": opened, "receipts": runs}
    close = signed("close", TYPES["close"], "station", links)
    signed("verdict", seal.VERDICT, "acceptor", {"record": close})
    answer = {"record": close, "order": {"anchor": order}, "verdict": tokens["verdict"]}
    signed("acceptance", seal.ACCEPTANCE, "acceptor", answer)
    attempt = BundledAttempt(open=tokens["open"], close=tokens["close"], receipts=(tokens["down"], tokens["up"]))
    return bundle_of(tokens["order"], attempt, accepted=tokens["acceptance"])


def _linked(content: Content, links: Content) -> Content:
    """The content with what it says of others put right."""
    within = {name: content[name] | value for name, value in links.items() if isinstance(value, dict)}
    return content | links | within


def reread(made: Bundle) -> Bundle:
    """The bundle as it comes out of its file."""
    return bundle.parse(bundle.write(made))


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a JSON document, the document itself left out."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [found for name, value in inner for found in ((*path, name), *places(value, (*path, name)))]


def put(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return value
    copy = dict(content) if isinstance(content, dict) else list(content)
    copy[path[0]] = put(content[path[0]], path[1:], value)
    return copy
