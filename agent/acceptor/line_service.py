"""The look-up of lines that asks a server of the operator's: what is asked, and what its answer says; pure.

Whatever is not exactly an answer is trouble with words of its own, and never taken for "no line".
"""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from agent.acceptor.http_exchange import Answer, Exchange, Request, Trouble
from agent.acceptor.line_binding import Circuit, Unanswered
from agent.config_broker import read_secret
from agent.config_lines import LineServiceSettings
from diagnostics import strict_json
from diagnostics.errors import BadConfiguration
from diagnostics.measurement import sanitised

Found = tuple[Circuit, ...] | Unanswered
MOST_CIRCUITS = 256
_LONGEST_NAME = 200


def asking(settings: LineServiceSettings, exchange: Exchange) -> Callable[[str, datetime], Found]:
    """The question to the server as a function, one exchange each; the token is read from its file each time."""

    def ask(network: str, at: datetime) -> Found:
        try:
            token = read_secret(settings.token_file) if settings.token_file else ""
        except BadConfiguration as error:
            return Unanswered(words=str(error))
        answer = exchange(request_of(settings.url, token, network, at))
        return Unanswered(words=answer.words) if isinstance(answer, Trouble) else circuits_of(answer)

    return ask


def request_of(url: str, token: str, network: str, at: datetime) -> Request:
    """The request that asks which lines a network served at a time."""
    query = urlencode({"network": network, "at": at.astimezone(UTC).isoformat(timespec="milliseconds")})
    joined = f"{url}{'&' if '?' in url else '?'}{query}"
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return Request(method="GET", url=joined, headers={"Accept": "application/json", **bearer})


def circuits_of(answer: Answer) -> Found:
    """The lines that an answer names; none is an answer too."""
    if answer.status != 200:
        return Unanswered(words=f"the look-up of lines answered HTTP {answer.status}")
    try:
        made = strict_json.parse_object(answer.body)
    except strict_json.JsonError as error:
        return Unanswered(words=f"the look-up of lines answered no JSON object: {sanitised(str(error), 80)}")
    listed = made.get("circuits")
    if set(made) != {"circuits"} or not isinstance(listed, list) or len(listed) > MOST_CIRCUITS:
        return Unanswered(words=f"the look-up of lines must answer one list, circuits, of at most {MOST_CIRCUITS}")
    circuits = tuple(_circuit(each) for each in listed)
    if None in circuits:
        return Unanswered(words="the look-up of lines names a circuit that is not olt, pon_port and onu_id")
    return tuple(each for each in circuits if each is not None)


def _circuit(made: object) -> Circuit | None:
    if not isinstance(made, dict) or set(made) != {"olt", "pon_port", "onu_id"}:
        return None
    onu = made["onu_id"]
    if not (onu is None or (isinstance(onu, int) and not isinstance(onu, bool) and 0 <= onu < 1024)):
        return None
    names = [made["olt"], made["pon_port"]]
    if not all(isinstance(name, str) and name and sanitised(name, _LONGEST_NAME) == name for name in names):
        return None
    return Circuit(olt=made["olt"], pon_port=made["pon_port"], onu_id=onu)
