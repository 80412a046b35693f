"""The fleet's page in a real browser: each page in both languages, light and dark, on a phone and on a wide screen.

Pictures are taken where PROOFLIGHT_ARTEFACTS names a folder for them. The browser reaches nothing but this page.
"""

import pytest

from agent.acceptor.board.layout import PLACES
from tests.agent.acceptor.board.conftest import SmallFleet
from tests.agent.acceptor.board.house import PASSWORD, House
from tests.web.phone import Phone, phone

WORDS = {"en": ("Sign in", "Work orders by state", "Sign out"), "zh": ("登录", "按状态统计的工单", "退出")}


_REFUSED = "Failed to load resource: the server responded with a status of 4"  # what a browser says of a page with one


def looked_at(browser: Phone, url: str, what: str) -> None:
    """Open a page, picture it small and wide, and have axe and the console say whether anything is amiss."""
    own = f"asked for http://{url.split('/')[2]}/"
    browser.open(url)
    browser.waits("main h1")
    browser.pictured(what)
    assert browser.faults() == [], what
    wide = browser.browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{what}: wider than a phone"
    browser.wide(what)
    assert [told for told in browser.browser.complaints() if not told.startswith((own, _REFUSED))] == [], what


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_shown_in_the_browsers_language_without_fault(
    language: str, served: House, fleet: SmallFleet
) -> None:
    enter, states, leave = WORDS[language]
    url = f"http://{served.host}"
    with phone(language) as browser:
        looked_at(browser, f"{url}/", "entrance")
        browser.types("input[name=name]", "admin")
        browser.types("input[name=password]", "wrong words entirely")
        browser.submits("main form")
        browser.waits(".notice.bad")
        browser.types("input[name=name]", "admin")
        browser.types("input[name=password]", PASSWORD.reveal())
        browser.submits("main form")
        browser.sees(states)
        for path, _ in PLACES if language == "en" else PLACES[::4]:
            looked_at(browser, f"{url}{path}", path[1:])
        if language == "en":
            looked_at(browser, f"{url}/review/{fleet.waits}", "case")
            looked_at(browser, f"{url}/causes?by=family&area=nowhere", "nothing")
            looked_at(browser, f"{url}/orders?since=yesterday", "refused")
        browser.sees(leave, "header")
        browser.submits("header form")
        browser.sees(enter, "main")
