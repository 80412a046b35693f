"""Who may come in and who came in when: for those who see to it; nothing here changes anything."""

from agent.acceptor.board.asking import Asking
from agent.acceptor.board.layout import card, page, table
from agent.acceptor.board.people import People
from agent.acceptor.board.trail import Trail
from agent.http_message import Answer
from agent.page import element
from agent.words import time_words

_MOST = 100


def people_page(asking: Asking, people: People, trail: Trail) -> Answer:
    """The users with their roles, and the newest lines of the audit."""
    words = asking.words
    users = [(each.name, words.of("role", each.role), time_words(each.since)) for each in people.values()]
    named = [words("name"), words("role"), words("since_when")]
    how = element("p", words("people_how"), class_="soft")
    command = element("pre", element("code", "prooflight acceptor user add NAME --role viewer|support|reviewer|admin"))
    done = [
        (each["at"], words.of("did", each["what"]), each["name"] or words("nobody"), each["peer"], _rest(each))
        for each in trail.latest(_MOST)
    ]
    headings = [words(f"audit_{name}") for name in ("at", "what", "name", "peer", "rest")]
    return page(
        asking,
        words("tab_people"),
        card(words("users"), table(words("users"), named, users, numbers=[False] * 3), how, command),
        card(words("audit"), table(words("audit"), headings, done, numbers=[False] * 5)),
    )


def _rest(line: dict[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in line.items() if name not in ("at", "what", "name", "peer"))
