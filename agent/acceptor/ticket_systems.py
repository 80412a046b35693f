"""The ticket systems that are told: TM Forum's three and a webhook, each by one verb, each able to be told twice.

What was told before is found by its name or by its state and never made a second time; a work order or trouble ticket
that has ended there is left as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from agent.acceptor import webhook
from agent.acceptor.http_exchange import Answer, Trouble
from agent.acceptor.message import Message, judged
from agent.acceptor.tmf_service_test import service_test
from agent.acceptor.tmf_tickets import state_change, status_change, trouble_ticket
from agent.acceptor.web_api import JSON, WebApi, read_json, read_object
from agent.config_broker import read_secret
from agent.config_tickets import ServiceTests, TroubleTickets, Webhook, WorkOrders
from agent.keys import PrivateKey
from diagnostics.criteria import Criteria
from diagnostics.errors import BadConfiguration
from diagnostics.secret import Secret

MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """That a system knows it now, in words, with the ids that it gave to things."""

    words: str
    links: Mapping[str, str] = field(default_factory=dict)


class TicketSystem(Protocol):
    """Somebody who is told what became of work orders."""

    def tell(self, message: Message) -> Told | Trouble:
        """Tell it; Trouble says whether trying again can help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTestBook:
    """TMF653: a service test is made for each attempt that ended."""

    settings: ServiceTests
    api: WebApi
    load_criteria: Callable[[str], Criteria]

    def tell(self, message: Message) -> Told | Trouble:
        """Tell it; Trouble says whether trying again can help."""
        settings = self.settings
        findings = judged(message.record, self.load_criteria)
        body = service_test(message, findings, specification=settings.specification, words=settings.words)
        return _created(self.api, settings.url, body, message, "serviceTest")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderBook:
    """TMF697: a work order's state follows what became of it."""

    settings: WorkOrders
    api: WebApi

    def tell(self, message: Message) -> Told | Trouble:
        """Tell it; Trouble says whether trying again can help."""
        word = self.settings.words[message.event]
        url = _member(self.settings.url, message.links.get("workOrder", message.order_id))
        return _changed(self.api, url, ("state", word), self.settings.final, state_change(word))


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleDesk:
    """TMF621: the trouble ticket of a work order is resolved, and one is opened where the settings say so."""

    settings: TroubleTickets
    api: WebApi

    def tell(self, message: Message) -> Told | Trouble:
        """Tell it; Trouble says whether trying again can help."""
        settings, known = self.settings, message.links.get("troubleTicket", "")
        if not known and message.event in settings.open_for:
            body = trouble_ticket(message, ticket_type=settings.ticket_type, severity=settings.severity)
            return _created(self.api, settings.url, body, message, "troubleTicket")
        if not known or message.event not in settings.words:
            return Told(words="nothing to do: no trouble ticket" if not known else f"trouble ticket {known} stays")
        word = settings.words[message.event]
        url = _member(settings.url, known)
        return _changed(self.api, url, ("status", word), settings.final, status_change(message, word))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The webhook: every event is posted, signed."""

    settings: Webhook
    api: WebApi
    key: PrivateKey

    def tell(self, message: Message) -> Told | Trouble:
        """Tell it; Trouble says whether trying again can help."""
        raw, now_s = webhook.body(message), int(self.api.now().timestamp())
        try:
            headers = self._signed(message, raw, now_s)
        except (BadConfiguration, ValueError) as error:  # a secret that is not there, or no base64 behind whsec_
            return Trouble(words=f"not signed: {error}")
        answer = self.api.ask("POST", self.settings.url, raw, headers=headers)
        return answer if isinstance(answer, Trouble) else Told(words=f"taken with {answer.status}")

    def _signed(self, message: Message, raw: bytes, now_s: int) -> dict[str, str]:
        if self.settings.secret_file is None:
            return webhook.by_key(message, raw, self.key, now_s)
        return webhook.by_secret(message, raw, Secret(read_secret(self.settings.secret_file)), now_s)


def _member(url: str, name: str) -> str:
    return f"{url}/{quote(name, safe='')}"


def _created(api: WebApi, url: str, body: Mapping[str, Any], message: Message, kind: str) -> Told | Trouble:
    """Make something that bears the message's title, unless an earlier attempt made it."""
    if message.repeated and (found := _found(api, url, message.title)) is not None:
        return found if isinstance(found, Trouble) else Told(words=f"{kind} {found} was there", links={kind: found})
    answer = api.ask("POST", url, body, headers={"Idempotency-Key": message.key})
    if isinstance(answer, Trouble):
        conflict = _found(api, url, message.title) if answer.status == 409 else None
        return (
            Told(words=f"{kind} {conflict} was there", links={kind: conflict}) if isinstance(conflict, str) else answer
        )
    name = (read_object(answer) or {}).get("id")
    if isinstance(name, str) and 0 < len(name) <= 200 and name.isprintable():
        return Told(words=f"{kind} {name}", links={kind: name})
    if answer.status == 202:
        return Told(words=f"{kind} accepted")
    return Trouble(words=f"POST was answered {answer.status} without an id")


def _found(api: WebApi, url: str, title: str) -> str | Trouble | None:
    """The id of what bears this very name; None where there is none, or the server cannot be asked so."""
    answer = api.ask("GET", f"{url}?fields=id,name&name={quote(title, safe='')}")
    if isinstance(answer, Trouble):
        return None if answer.final else answer
    listed = read_json(answer)
    # A server that does not know the filter answers with everything.
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("name") == title and isinstance(each.get("id"), str):
            return str(each["id"])
    return None


def _changed(
    api: WebApi, url: str, wanted: tuple[str, str], final: tuple[str, ...], patch: Mapping[str, Any]
) -> Told | Trouble:
    """Set one member to a word by a merge patch, if what is there has not ended; done where it says so already."""
    name, word = wanted
    before = api.ask("GET", url)
    if isinstance(before, Trouble):
        return before
    known = read_object(before)
    if known is None:
        return Trouble(words="GET was answered with something else than an object")
    stands = known.get(name)
    if stands == word:
        return Told(words=f"{name} is {word}")
    if stands in final:
        return Trouble(words=f"it is {stands!r} there, and is left so", final=True, refused=True)
    etag = before.headers.get("etag", "")
    guard = {"If-Match": etag} if etag and etag.isascii() else {}
    answer = api.ask("PATCH", url, patch, kind=MERGE_PATCH, headers=guard)
    if isinstance(answer, Trouble) and answer.status == 415:
        answer = api.ask("PATCH", url, patch, kind=JSON, headers=guard)
    if isinstance(answer, Trouble):
        return answer
    return _confirmed(answer, name, word)


def _confirmed(answer: Answer, name: str, word: str) -> Told | Trouble:
    """What the answer to a patch says of the member; what it does not say is looked up the next time."""
    if answer.status in (202, 204):
        return Told(words=f"{name} set to {word}")
    now = (read_object(answer) or {}).get(name)
    if now == word:
        return Told(words=f"{name} set to {word}")
    return Trouble(words=f"PATCH was answered {answer.status}, and {name} is not said to be {word}")
