"""What all pages of the fleet share: head, navigation by role, notices, cards and tables; no script at all; pure."""

from collections.abc import Iterable, Sequence

from agent.acceptor.board.asking import Asking
from agent.acceptor.board.people import Role
from agent.http_message import Answer
from agent.page import Html, element, escape, joined, served

POLICY = "; ".join(
    [
        *("default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'"),
        *("base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"),
    ]
)
_SHORT = 24
# Which page is whose, in the order in which they are offered.
PLACES: tuple[tuple[str, Role], ...] = (
    *(("/orders", "viewer"), ("/reasons", "viewer"), ("/causes", "viewer"), ("/rates", "viewer"), ("/drift", "viewer")),
    *(("/stations", "support"), ("/review", "reviewer"), ("/people", "admin")),
)


def page(
    asking: Asking, title: str, *content: Html, status: int = 200, headers: Sequence[tuple[str, str]] = ()
) -> Answer:
    """A whole page for a browser."""
    words = asking.words
    links = joined(
        [
            element("link", rel="icon", href="/icon.svg", type="image/svg+xml"),
            element("link", rel="stylesheet", href="/board.css"),
        ]
    )
    main = element("main", element("h1", title), *content, id="main")
    body = joined([element("a", words("skip"), class_="skip", href="#main"), _header(asking), main])
    text = served(language=words.language, title=f"{title} · Prooflight", body=body, head=links)
    return Answer(status=status, body=text.encode(), kind="text/html; charset=utf-8", headers=tuple(headers))


def _header(asking: Asking) -> Html:
    words, person = asking.words, asking.person
    bar = [element("span", words("product"), class_="home"), _languages(asking)]
    if person is None or asking.session is None:
        return element("header", element("div", *bar, class_="bar"))
    who = element("span", person.name, " ", element("small", words.of("role", person.role)), class_="who")
    word = element("input", type="hidden", name="word", value=asking.session.csrf)
    leave = element("button", words("sign_out"), class_="plain")
    out = element("form", word, leave, method="post", action=asking.link("/sign-out"))
    tabs = [_tab(asking, path) for path, least in PLACES if person.may(least)]
    navigation = element("nav", element("ul", *tabs), aria_label=words("pages"))
    return element("header", element("div", *bar, who, out, class_="bar"), navigation)


def _tab(asking: Asking, path: str) -> Html:
    here = asking.request.path == path or asking.request.path.startswith(f"{path}/")
    current = "page" if here else None
    return element("li", element("a", asking.words(f"tab_{path[1:]}"), href=asking.link(path), aria_current=current))


def _languages(asking: Asking) -> Html:
    other = "zh" if asking.words.language == "en" else "en"
    shown = asking.request.path if asking.request.method != "POST" else "/"
    place = asking.link(shown, **{**asking.request.query, "lang": other})
    return element("a", asking.words("language"), class_="language", href=place, lang=other, hreflang=other)


def card(title: str, *content: Html) -> Html:
    """A part of a page under a heading."""
    return element("section", element("h2", title), *content, class_="card")


def notice(kind: str, told: str) -> Html:
    """One sentence that must be seen; `kind` is good, bad, open or calm."""
    return element("p", told, class_=f"notice {kind}", role="status")


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[bool]) -> Html:
    """A table that scrolls by itself where it is too wide; `numbers` says which columns stand to the right."""
    kinds = ["number" if number else None for number in numbers]
    head = [element("th", text, scope="col", class_=kind) for text, kind in zip(headings, kinds, strict=True)]
    lines = [element("tr", *(_cell(text, kind) for text, kind in zip(row, kinds, strict=True))) for row in rows]
    whole = element(
        "table",
        element("caption", caption, class_="hidden"),
        element("thead", element("tr", *head)),
        element("tbody", *lines),
    )
    return element("div", whole, class_="scrolls", tabindex="0", role="region", aria_label=caption)


def _cell(told: object, kind: str | None) -> Html:
    """One cell; what is short is never broken into lines."""
    text = escape(told)
    return element("td", text, class_=kind or ("whole" if len(text) <= _SHORT else None))


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Names with what belongs to them."""
    return element("dl", *(element("div", element("dt", name), element("dd", told)) for name, told in pairs))


def field(label: str, name: str, **attributes: str | bool | None) -> Html:
    """A labelled field of a form."""
    return element("label", element("span", label), element("input", name=name, **attributes), class_="field")
