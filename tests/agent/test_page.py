"""What every page needs: nothing that somebody else wrote becomes markup, and the policy names all that is allowed."""

import base64
import hashlib
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.page import Html, document, element, escape, joined, policy


class Read(HTMLParser):
    """What a reader of HTML sees: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_becomes_markup(content: str, attribute: str) -> None:
    read = Read(element("p", content, title=attribute))
    assert [name for name, _ in read.elements] == ["p"]
    assert list(read.elements[0][1]) == ["title"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("\" onload='x'", "&quot; onload=&#x27;x&#x27;"),
        ("right \u202eto left", "right to left"),
        ("\x1b[31mred\x9b\x00", "[31mred"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("光猫 -18.2 dBm", "光猫 -18.2 dBm"),
        ("line\nline", "line\nline"),
        (12.5, "12.5"),
    ],
)
def test_a_text_is_shown_as_it_is_without_what_hides_or_turns(text: object, shown: str) -> None:
    assert escape(text) == shown


def test_what_is_html_is_not_escaped_again() -> None:
    inner = element("b", "a & b")
    assert joined([inner, "<"]) == "<b>a &amp; b</b>&lt;"
    assert element("p", inner, class_="good", hidden=True, title=None, aria_label="x") == (
        '<p class="good" hidden aria-label="x"><b>a &amp; b</b></p>'
    )


@pytest.mark.parametrize("name", ["script", "style"])
def test_styles_and_scripts_cannot_slip_in_beside_the_policy(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        element(name, "x")


def test_a_document_allows_its_own_style_and_nothing_else() -> None:
    style = "p{color:red}"
    page = document(language="zh", title="<t>", body=element("p", "hello"), style=style, images="data:")
    read = Read(page)
    named = {name: attributes for name, attributes in read.elements if name != "meta"}
    metas = [attributes for name, attributes in read.elements if name == "meta"]
    allowed = next(made["content"] for made in metas if made.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert named["html"] == {"lang": "zh"}
    assert allowed == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "unsafe" not in allowed
    assert "<t>" in read.text
    assert "hello" in read.text


def test_a_policy_without_anything_allows_nothing() -> None:
    assert policy() == "default-src 'none'; base-uri 'none'; form-action 'none'"
    assert "connect-src 'self'" in policy(scripts=["1"], others=["connect-src 'self'"])
    assert isinstance(escape("x"), Html)
