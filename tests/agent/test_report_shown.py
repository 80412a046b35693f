"""The report in a real browser: seen whole under its own policy, on a phone, in the dark, asking for nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.report.sheet import html
from agent.report.statement import state
from diagnostics import criteria
from diagnostics.causes import Language
from tests.agent import report_samples as samples
from tests.chromium import Chromium, chromium

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
# What a reader with weak eyes is owed (WCAG 2.2, 1.4.3): each text against the first background behind it that is not
# transparent; 4.5, or 3 for what is large. Bold counts as large from 18.66 px on.
FAINT = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const line = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = parts(colour).map((part) => line(part / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest("title")) continue;
    const style = getComputedStyle(element);
    const ink = element.ownerSVGElement ? style.fill : style.color;
    const [a, b] = [light(ink), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.textContent.trim().slice(0, 40)}: ${ink} ${ratio.toFixed(2)}`);
  }
  return found;
})()"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as made:
        yield made


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("en", 390, False), ("zh", 390, True), ("zh", 1100, False), ("en", 1100, True)]
)
def test_it_is_seen_whole_in_a_browser(
    browser: Chromium, tmp_path: Path, language: Language, width: int, dark: bool
) -> None:
    made = samples.weak() if dark else samples.good()
    page = html(state(made, trust=samples.trust(), load_criteria=criteria.load, now=NOW), language)
    path = tmp_path / "report.html"
    path.write_text(page)
    browser.screen(width=width, height=844, dark=dark)
    browser.open(path)
    seen: Any = browser.run(
        """({
          wide: document.documentElement.scrollWidth - innerWidth,
          code: document.querySelector(".qr").naturalWidth,
          banner: getComputedStyle(document.querySelector(".banner")).backgroundColor,
          plots: [...document.querySelectorAll(".plot svg")].map((svg) => svg.getBoundingClientRect().height > 100),
        })"""
    )
    assert browser.complaints() == []
    assert seen["wide"] <= 0
    assert seen["code"] > 0
    assert seen["banner"] == {False: "rgb(228, 245, 234)", True: "rgb(58, 23, 25)"}[dark]  # the style is allowed
    assert seen["plots"] == [True] * len(seen["plots"]) and seen["plots"]
    assert browser.run(FAINT) == []
