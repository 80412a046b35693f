"""What the verifier page costs in Chromium against the bare WebCrypto checks in it.

`python -m tests.benchmarks verify_page --flips` also flips each bit of every signed part of a small bundle of the
vectors, which the page verifies as it would any bundle; it takes some minutes, `--flips sound` an hour.
"""

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from agent.base64url import encode
from tests.agent.verifier_page import FLIPS, VECTORS, judging, known_criteria, signed_places
from tests.chromium import Chromium

ROUNDS = 25
BARE = """async ({ bundle, trust }) => {
  const tokens = tokensOf(bundle);
  await Promise.all(tokens.map((token) => sha256(utf8(token))));
  await Promise.all(tokens.map((token) => fits(token, trust.get(claimedKid(token)))));
}"""
WHOLE = """async ({ raw, keys }) => {
  const trust = await parseTrust(utf8(keys));
  return verifyBundle(parseBundle(raw), { trust, criteria: known, now: timeOf("2026-11-22T13:00:00Z") });
}"""


def main(options: list[str]) -> None:
    """Print time and heap of one verification as multiples of its bare digests and signature checks; then the flips."""
    with tempfile.TemporaryDirectory() as folder, judging(Path(folder)) as browser:
        keys = (VECTORS / "trust.jwks").read_text()
        known = known_criteria("trust.jwks", "criteria")
        browser.run(f"globalThis.known = {json.dumps(known)}; 1")
        _give(browser, "sound", keys)
        _ratios(browser)
        if "--flips" in options:
            name = next((word for word in options if not word.startswith("-")), "aborted-only")
            _flips(browser, _give(browser, name, keys))


def _give(browser: Chromium, name: str, keys: str) -> bytes:
    """Hand a bundle of the vectors to the page, with the keys to believe; its bytes."""
    raw = (VECTORS / "bundles" / f"{name}.json").read_bytes()
    browser.run(
        f"""(async () => {{
          globalThis.given = {{ raw: decode64("{encode(raw)}"), keys: {json.dumps(keys)} }};
          given.bundle = parseBundle(given.raw);
          given.trust = await parseTrust(utf8(given.keys));
        }})()"""
    )
    return raw


def _ratios(browser: Chromium) -> None:
    ms: dict[str, list[float]] = {BARE: [], WHOLE: []}
    for _ in range(ROUNDS):
        for work, times in ms.items():
            times.append(
                browser.run(
                    f"(async () => {{ const at = performance.now(); await ({work})(given);"
                    " return performance.now() - at; })()"
                )
            )
    bare, whole = min(ms[BARE]), min(ms[WHOLE])  # each taken in turns; the rest is what else the machine did
    print(f"{'bare digests and signatures':<32} {bare:8.2f} ms")
    print(f"{'the page, keys and bundle':<32} {whole:8.2f} ms   {whole / bare:5.2f} x")
    heap = {work: _heap(browser, work) for work in ms}
    print(f"{'heap: bare':<32} {heap[BARE]:8.0f} KiB")
    print(f"{'heap: the page':<32} {heap[WHOLE]:8.0f} KiB  {heap[WHOLE] / heap[BARE]:5.2f} x")


def _heap(browser: Chromium, work: str) -> float:
    """What one piece of work leaves on a heap that was swept before, garbage and all, in KiB."""
    made = []
    for _ in range(5):
        browser.ask("HeapProfiler.collectGarbage")
        before = browser.ask("Runtime.getHeapUsage")["usedSize"]
        browser.run(f"({work})(given).then(() => 1)")
        made.append((browser.ask("Runtime.getHeapUsage")["usedSize"] - before) / 1024)
    return median(made)


def _flips(browser: Chromium, raw: bytes) -> None:
    places = signed_places(raw)
    told: dict[str, Any] = {"flips": 0, "read": 0, "valid": 0}
    for start in range(0, len(places), 200):
        for name, count in browser.run(f"({FLIPS})(given, {json.dumps(places[start : start + 200])})").items():
            told[name] += count
    print(
        f"{told['flips']} single-bit flips of {len(places)} signed characters: {told['read']} were still a bundle, "
        f"{told['valid']} valid"
    )


if __name__ == "__main__":
    main([])
