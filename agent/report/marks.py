"""Signs that stand beside every colour, so that none is told by colour alone; pure.

They are characters that the report's font has, hidden from readers that speak the words beside them.
"""

from agent.page import Html, element

_SIGNS = {"good": "✔", "bad": "✘", "open": "?", "calm": "–"}
STATUS_KINDS = {"pass": "good", "marginal": "open", "fail": "bad", "unknown": "calm"}
CHECK_KINDS = {"OK": "good", "FAILED": "bad", "NOT CHECKED": "calm"}
_STATUS_SIGNS = {"marginal": "≈", "unknown": "?", "fail": "✘"}


def sign(kind: str) -> Html:
    """The sign of a kind of news."""
    return element("span", _SIGNS[kind], class_="sign", aria_hidden="true")


def badge(kind: str, told: str, status: str = "") -> Html:
    """A word in its colour with its sign."""
    mark = element("span", _STATUS_SIGNS.get(status, _SIGNS[kind]), aria_hidden="true")
    return element("span", mark, " ", told, class_=f"badge {kind}")
