"""The page's judging scripts in a real browser, asked from Python: one browser for many questions, answers as JSON."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from agent.criteria_shelf import Shelf
from agent.trust import load_trust
from agent.verifier_page.page import JUDGING, knowledge, script
from diagnostics import criteria
from diagnostics.criteria import CriteriaError
from tests.chromium import Chromium, chromium

VECTORS = Path(__file__).parents[1] / "vectors"
ASKING = """
const each = async (list, ask) => {
  const made = [];
  for (const one of list) made.push(await ask(one));
  return JSON.stringify(made);
};
const refusedOr = async (ask) => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
};
const shape = (value) => {
  if (Array.isArray(value)) return ["list", value.map(shape)];
  if (isObject(value)) return ["object", byName(value).map((name) => [name, shape(value[name])])];
  if (typeof value === "bigint") return ["int", String(value)];
  return typeof value === "number" ? ["float", written(value)] : ["other", value];
};
const byName = (value) => Object.keys(value).sort((a, b) => compare([...a], [...b]));
const compare = (a, b) => {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    if (a[at] !== b[at]) return a[at].codePointAt(0) - b[at].codePointAt(0);
  }
  return a.length - b.length;
};
"""
ANSWER = """async (v) => {
  const bundle = await refusedOr(() => parseBundle(decode64(v.base64url)));
  if (bundle === null) return { readable: false };
  const trust = await parseTrust(utf8(v.keys));
  const found = await verifyBundle(bundle, { trust, criteria: known[v.known], now: timeOf(v.now) });
  const checks = Object.fromEntries(found.checks.map(({ name, status }) => [name, status]));
  return { readable: true, valid: found.valid, outcome: found.outcome, checks };
}"""


@contextmanager
def judging(folder: Path) -> Iterator[Chromium]:
    """A browser that has loaded the scripts which judge, and nothing else of the page."""
    code = script(JUDGING, knowledge(map(criteria.load, criteria.names()), None)) + ASKING
    page = folder / "judging.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><script>{code}</script>', encoding="utf-8")
    with chromium() as browser:
        browser.open(page)
        yield browser


def asked(browser: Chromium, about: Sequence[Any], question: str) -> list[Any]:
    """The answer to a question, an async JavaScript function, about each of these."""
    made: list[Any] = json.loads(browser.run(f"each({json.dumps(about)}, {question})"))
    return made


def known_criteria(trust_file: str, folder: str | None) -> dict[str, Any]:
    """The criteria that a page would have built in: those of the software, and those that a pinned key signed."""
    trust = load_trust(VECTORS / trust_file)
    shelf = Shelf(folder=VECTORS / folder if folder else None, trust=lambda: trust)
    found = []
    for name in [*criteria.names(), *(path.stem for path in VECTORS.glob(f"{folder}/*.criteria"))]:
        with suppress(CriteriaError):
            found.append(shelf.load(name))
    made: dict[str, Any] = knowledge(found, None)["criteria"]
    return made


FLIPS = """async ({ raw, trust }, places) => {
  const told = { flips: 0, read: 0, valid: 0 };
  for (const place of places) {
    for (let bit = 1; bit < 256; bit *= 2) {
      raw[place] ^= bit;
      const bundle = await refusedOr(() => parseBundle(raw));
      const by = { trust, criteria: known, now: timeOf("2026-11-22T13:00:00Z") };
      const found = bundle && (await verifyBundle(bundle, by));
      raw[place] ^= bit;
      told.flips += 1;
      told.read += bundle ? 1 : 0;
      told.valid += found?.valid ? 1 : 0;
    }
  }
  return told;
}"""


def signed_places(raw: bytes) -> list[int]:
    """Where in a bundle's bytes its tokens stand."""
    return [place for found in re.finditer(rb'"([\w-]+\.[\w-]+\.[\w-]+)"', raw) for place in range(*found.span(1))]
