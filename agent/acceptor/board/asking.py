"""Who asks for what: a request with the person, the words of the language wanted, and links that keep to it."""

from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from agent.acceptor.board.people import Person
from agent.http_message import Refused, Request
from agent.sessions import Session
from agent.words import Words, load
from diagnostics.causes import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One request to show something; `person` and `session` are None where nobody is signed in."""

    request: Request
    words: Words
    person: Person | None = None
    session: Session | None = None

    def link(self, path: str, **query: str) -> str:
        """The address of another page, in the language that was chosen by hand, if one was."""
        chosen = {"lang": self.request.query["lang"]} if "lang" in self.request.query else {}
        told = urlencode({name: text for name, text in {**chosen, **query}.items() if text})
        return f"{path}?{told}" if told else path


def words_for(request: Request) -> Words:
    """The words in the language that the address names, else in the first of the browser's that we speak."""
    return Words(load("agent.acceptor.board"), _language(request))


def _language(request: Request) -> Language:
    wanted = request.query.get("lang", "")
    if wanted and wanted not in LANGUAGES:
        raise Refused(400, "odd_request", "lang")
    accepted = [
        part.partition(";")[0].strip().lower() for part in request.headers.get("accept-language", "").split(",")
    ]
    told = [wanted] if wanted else accepted
    known = (language for each in told for language in LANGUAGES if each == language or each.startswith(f"{language}-"))
    return next(known, "en")
