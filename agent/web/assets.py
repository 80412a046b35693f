"""The page itself, of our own files: one HTML, one style, one script; read once, and nothing of anybody else in it."""

from functools import cache
from importlib import resources
from types import MappingProxyType

from agent.http_message import Answer

SCRIPTS = (
    *(
        "words",
        "words_line",
        "words_visit",
        "words_strict",
        "words_support",
        "elements",
        "talk",
        "plots",
        "findings",
        "sign_in",
        "orders",
    ),
    *("order", "running", "result", "evidence", "appointment", "delivery", "tone", "watch", "support", "page"),
)
POLICY = "; ".join(
    [
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'"),
        *("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"),
        *("require-trusted-types-for 'script'", "trusted-types 'none'"),
    ]
)
_KINDS = MappingProxyType(
    {
        "/": ("page.html", "text/html; charset=utf-8"),
        "/page.css": ("page.css", "text/css; charset=utf-8"),
        "/page.js": ("", "text/javascript; charset=utf-8"),
        "/icon.svg": ("icon.svg", "image/svg+xml"),
    }
)


def asset(path: str) -> Answer | None:
    """One of the page's own files; None where there is none at this path."""
    if path not in _KINDS:
        return None
    name, kind = _KINDS[path]
    return Answer(body=_read(name) if name else script(), kind=kind)


@cache
def script() -> bytes:
    """The page's one script: its sources one after the other."""
    parts = [_read(f"{name}.js").decode() for name in SCRIPTS]
    return f'(() => {{\n"use strict";\n{chr(10).join(parts)}\n}})();\n'.encode()


@cache
def _read(name: str) -> bytes:
    return (resources.files("agent.web") / "page" / name).read_bytes()
