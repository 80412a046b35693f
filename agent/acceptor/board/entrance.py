"""The page by which people sign in: a form that only says that something was wrong, never which part of it."""

from agent.acceptor.board.asking import Asking
from agent.acceptor.board.layout import card, field, notice, page
from agent.http_message import Answer
from agent.page import element


def entrance(asking: Asking, *, status: int = 200, told: str = "", wait_s: int = 0) -> Answer:
    """The form, with what came of the last try; `wait_s` is how long the name must wait."""
    words = asking.words
    name = field(words("name"), "name", type="text", autocomplete="username", required=True, maxlength="64")
    password = field(
        words("password"), "password", type="password", autocomplete="current-password", required=True, maxlength="128"
    )
    enter = element("button", words("sign_in"), class_="main")
    form = element("form", name, password, enter, method="post", action=asking.link("/sign-in"), class_="entrance")
    said = [notice("bad", told)] if told else []
    headers = [("Retry-After", str(wait_s))] if wait_s else []
    return page(asking, words("sign_in"), *said, card(words("board"), form), status=status, headers=headers)
