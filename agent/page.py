"""What every page needs: text that is escaped unless it is HTML of our own, and a content policy; pure.

Whatever comes from an order, an ONT or a person goes in as plain text and can never become markup, nor turn the reading
order round. A document asks no network for anything that its policy does not name.
"""

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping

from diagnostics.measurement import FOREIGN

Attribute = str | int | float | bool | None
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_RAW = ("script", "style")


class Html(str):
    """Text that is HTML already: only `escape`, `element` and what is written in our own sources may make it."""

    __slots__ = ()


def escape(text: object) -> Html:
    """Any text as HTML that shows it: markup is spelt out, control, format and bidi characters are left out."""
    if isinstance(text, Html):
        return text
    plain = _CONTROL.sub("", str(text))
    return Html(html.escape("".join(c for c in plain if c.isascii() or unicodedata.category(c) not in FOREIGN)))


def joined(parts: Iterable[object]) -> Html:
    """Several texts one behind the other, each escaped unless it is HTML."""
    return Html("".join(map(escape, parts)))


def element(name: str, /, *content: object, **attributes: Attribute) -> Html:
    """One element; content and attributes are escaped, `class_` and `aria_label` are written `class` and `aria-label`.

    An attribute that is None or False is left out, one that is True stands without a value.
    """
    told = _attributes({key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()})
    if name in _VOID:
        return Html(f"<{name}{told}>")
    if name in _RAW:
        raise ValueError(f"{name}: goes into a document by its own argument, so that the policy knows it")
    return Html(f"<{name}{told}>{joined(content)}</{name}>")


def _attributes(made: Mapping[str, Attribute]) -> str:
    kept = {name: value for name, value in made.items() if value is not None and value is not False}
    return "".join(f" {name}" if value is True else f' {name}="{escape(value)}"' for name, value in kept.items())


def policy(
    *, styles: Iterable[str] = (), scripts: Iterable[str] = (), images: str = "", others: Iterable[str] = ()
) -> str:
    """A content security policy that allows nothing but these texts as styles and scripts, by their hashes.

    `images` are the sources of pictures ("data:"), `others` whole directives, such as "connect-src 'self'".
    """
    allowed = [
        "default-src 'none'",
        *(f"{kind}-src {' '.join(map(_hash, texts))}" for kind, texts in _listed(style=styles, script=scripts)),
        *([f"img-src {images}"] if images else []),
        *others,
    ]
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _listed(**texts: Iterable[str]) -> list[tuple[str, list[str]]]:
    found = [(kind, list(each)) for kind, each in texts.items()]
    return [(kind, each) for kind, each in found if each]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def document(*, language: str, title: str, body: Html, style: str = "", images: str = "", head: str = "") -> str:
    """A whole page of one file: its style is its only one, it runs no script, and its policy stands in its own head.

    `style` is CSS of our own; `head` is HTML that a served page adds. `images` as in `policy`.
    """
    allowed = policy(styles=[style] if style else [], images=images)
    own = [
        element("meta", http_equiv="Content-Security-Policy", content=allowed),
        element("meta", name="referrer", content="no-referrer"),
        Html(f"<style>{style}</style>" if style else ""),
        Html(head),
    ]
    return served(language=language, title=title, body=body, head=joined(own))


def served(*, language: str, title: str, body: Html, head: Html) -> str:
    """A whole page whose policy its server sends; `head` is HTML of our own."""
    opened = joined(
        [
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", title),
            head,
        ]
    )
    whole = element("html", element("head", opened), element("body", body), lang=language)
    return f"<!doctype html>\n{whole}\n"
