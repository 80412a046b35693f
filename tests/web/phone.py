"""A phone with the page on it: what a technician sees and presses, pictured on the way, and looked over by axe.

Pictures are taken where PROOFLIGHT_ARTEFACTS names a folder for them. Every wait is for something that the page will
show, with a generous bound.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from tests.chromium import Chromium, chromium

WIDE, HIGH = 390, 844
_HANDS = """
globalThis.until = async (found) => {
  const end = Date.now() + 180000;
  while (!found()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${found}; the page says: ${document.body.innerText}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return true;
};
globalThis.words = (box) => document.querySelector(box)?.innerText ?? "";
globalThis.thing = (box, words) =>
  [...document.querySelectorAll(`${box} :is(button, a, summary, label)`)].find(
    (each) => each.innerText.trim().startsWith(words) && !each.disabled,
  );
"""


class Phone:
    """One phone's browser."""

    def __init__(self, browser: Chromium, folder: Path | None, name: str) -> None:
        self.browser = browser
        self._folder, self._name, self._count = folder, name, 0

    def open(self, url: str) -> None:
        """Go to an address, or once more to the same one."""
        self.browser.screen(width=WIDE, height=HIGH)
        self.browser.visit(url)
        self.browser.run(_HANDS)

    def reload(self) -> None:
        """Load the page again, as it stands."""
        self.browser.events.clear()
        self.browser.ask("Page.reload")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.browser.events):
            self.browser.run("1")
        self.browser.run(_HANDS)

    def sees(self, words: str, box: str = "body") -> None:
        """Wait until words stand somewhere."""
        self.browser.run(f"until(() => words({json.dumps(box)}).includes({json.dumps(words)}))")

    def waits(self, box: str) -> None:
        """Wait until something is there."""
        self.browser.run(f"until(() => document.querySelector({json.dumps(box)}))")

    def presses(self, words: str, box: str = "body") -> None:
        """Press what begins with these words, once it is there."""
        wanted = f"thing({json.dumps(box)}, {json.dumps(words)})"
        self.browser.run(f"until(() => {wanted})")
        self.browser.run(f"{wanted}.click()")

    def taps(self, box: str) -> None:
        """Touch the middle of something as a finger does, which a browser takes for somebody's own will."""
        self.waits(box)
        self.browser.run(f"document.querySelector({json.dumps(box)}).scrollIntoView({{ block: 'center' }})")
        place = f"document.querySelector({json.dumps(box)}).getBoundingClientRect()"
        x, y = self.browser.run(f"[{place}.left + {place}.width / 2, {place}.top + {place}.height / 2]")
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def types(self, box: str, text: str) -> None:
        """Type into a field."""
        self.waits(box)
        self.browser.run(f"document.querySelector({json.dumps(box)}).focus()")
        self.browser.run(f"document.querySelector({json.dumps(box)}).value = ''")
        self.browser.ask("Input.insertText", text=text)

    def photographs(self, box: str, file: Path) -> None:
        """Take a photograph where a button asks for one."""
        self.waits(f"{box} input[type=file]")
        self.browser.give(f"{box} input[type=file]", file)

    def signs(self, box: str) -> None:
        """Draw with the finger."""
        self.browser.run(f"document.querySelector({json.dumps(box)}).scrollIntoView({{ block: 'center' }})")
        place = f"document.querySelector({json.dumps(box)}).getBoundingClientRect()"
        left, top = self.browser.run(f"[{place}.left, {place}.top]")
        strokes = [("mousePressed", 40, 60), *(("mouseMoved", 40 + 9 * n, 60 + 30 * (n % 2)) for n in range(20))]
        for kind, x, y in [*strokes, ("mouseReleased", 220, 60)]:
            self.browser.ask(
                "Input.dispatchMouseEvent", type=kind, x=left + x, y=top + y, button="left", buttons=1, clickCount=1
            )

    def text(self, box: str = "body") -> str:
        """The words in a part of the page."""
        return str(self.browser.run(f"words({json.dumps(box)})"))

    def pictured(self, what: str) -> None:
        """Keep a picture of the whole page, light and dark, where pictures are wanted."""
        if self._folder is None:
            return
        self._count += 1
        self.browser.run("scrollTo(0, 0)")
        for dark in (False, True):
            name = f"{self._name}-{self._count:02d}-{what}{'-dark' if dark else ''}.png"
            self.browser.look(self._folder / name, width=WIDE, height=HIGH, dark=dark, whole=True)
        self.browser.screen(width=WIDE, height=HIGH)

    def wide(self, what: str) -> None:
        """Keep a picture of the whole page on a wide screen, light and dark, where pictures are wanted."""
        for dark in (False, True) if self._folder else ():
            name = f"{self._name}-{self._count:02d}-{what}-wide{'-dark' if dark else ''}.png"
            self.browser.look(self._folder / name, width=1280, height=860, dark=dark, whole=True)  # type: ignore[operator]
        self.browser.screen(width=WIDE, height=HIGH)

    def submits(self, box: str) -> None:
        """Send a form, and wait until what it brings is loaded."""
        self.browser.events.clear()
        self.browser.run(f"document.querySelector({json.dumps(box)}).requestSubmit()")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.browser.events):
            self.browser.run("1")
        self.browser.run(_HANDS)

    def faults(self) -> list[str]:
        """What axe finds of weight in the page as it stands, in light and in dark; and whether it is too wide."""
        if not self.browser.run("'axe' in globalThis"):
            self.browser.run((resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
        found: list[str] = []
        options: dict[str, Any]
        for dark, options in ((False, {}), (True, {"runOnly": ["color-contrast"]})):
            options["resultTypes"] = ["violations"]
            self.browser.screen(width=WIDE, height=HIGH, dark=dark)
            made: list[dict[str, Any]] = self.browser.run(
                f"axe.run(document, {json.dumps(options)}).then(({{ violations }}) => violations)"
            )
            weighty = [each for each in made if each["impact"] in ("serious", "critical")]
            found += [f"{each['id']}: {node['html']}" for each in weighty for node in each["nodes"]]
        if self.browser.run("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append("wider than the phone")
        self.browser.screen(width=WIDE, height=HIGH)
        return found


@contextmanager
def phone(language: str) -> Iterator[Phone]:
    """A phone of its own, in a language."""
    wanted = os.environ.get("PROOFLIGHT_ARTEFACTS")
    if wanted:
        Path(wanted).mkdir(parents=True, exist_ok=True)
    with chromium(language) as browser:
        yield Phone(browser, Path(wanted) if wanted else None, language)
