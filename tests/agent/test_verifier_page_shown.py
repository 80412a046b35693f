"""The page as its reader meets it: what is opened is shown, never green without proof, and nothing leaves the page."""

import base64
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.verifier_page import VECTORS
from tests.chromium import Chromium, chromium

SOUND = VECTORS / "bundles" / "sound.json"
TRUST = VECTORS / "trust.jwks"
ASKING = """
const answered = async (number) => {
  const page = document.getElementById("page");
  while (page.dataset.answered !== String(number)) await new Promise((done) => setTimeout(done, 5));
  const checks = [...document.querySelectorAll("[data-check]")].map(({ dataset }) => [dataset.check, dataset.status]);
  const banner = document.getElementById("banner");
  return {
    banner: banner?.dataset.state ?? "", green: banner?.classList.contains("good") ?? false,
    checks: Object.fromEntries(checks), text: document.body.innerText, language: document.documentElement.lang,
  };
};
const dropped = async (number, texts) => {
  const data = new DataTransfer();
  for (const [name, text] of texts) {
    data.items.add(new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name));
  }
  dispatchEvent(new DragEvent("drop", { dataTransfer: data }));
  return answered(number);
};
"""


def prooflight(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", "verifier-page", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page that believes the keys of the vectors, and one that asks its reader for a trust file."""
    folder = tmp_path_factory.mktemp("page")
    pinned, asking = folder / "pinned.html", folder / "asking.html"
    for done in (
        prooflight("--out", pinned, "--trust", TRUST, "--criteria", VECTORS / "criteria"),
        prooflight("--out", asking),
    ):
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert "sha256" in done.stdout
    assert pinned.stat().st_mode & 0o777 == 0o644
    return {"pinned": pinned, "asking": asking}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as made:
        yield made


def begun(browser: Chromium, page: Path) -> Chromium:
    """The page, loaded, with what this file asks it by."""
    browser.open(page)
    browser.run(f"(() => {{ {ASKING} Object.assign(globalThis, {{ answered, dropped }}); }})()")
    return browser


def shown(browser: Chromium, number: int, *files: tuple[str, bytes]) -> dict[str, Any]:
    """What the page shows once its `number`-th question, these files dropped on it, is answered."""
    texts = [(name, base64.b64encode(raw).decode()) for name, raw in files]
    made: dict[str, Any] = browser.run(f"dropped({number}, {json.dumps(texts)})")
    return made


def test_a_chosen_bundle_is_shown_with_all_its_checks(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"]).give("#files", SOUND)
    found = browser.run("answered(1)")
    assert (found["banner"], found["green"], found["language"]) == ("valid", True, "en")
    assert len(found["checks"]) == len(json.loads((VECTORS / "bundles.json").read_bytes())[0]["checks"])
    for told in (
        "Genuine",
        "Line accepted",
        "WO-2026-000117",
        "498.1 Mbit/s",
        "% of the 500 Mbit/s ordered",
        "tickets",
    ):
        assert told in found["text"]
    assert browser.complaints() == []


def test_it_speaks_chinese_at_the_push_of_a_button(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"]).give("#files", SOUND)
    browser.run("answered(1)")
    found = browser.run("(() => { document.getElementById('language').click(); return answered(1); })()")
    assert found["language"] == "zh-CN"
    assert "凭证真实" in found["text"] and "线路合格" in found["text"]
    assert (found["banner"], found["green"]) == ("valid", True)


def test_a_page_without_keys_asks_for_them_and_proves_nothing(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["asking"])
    first = shown(browser, 1, ("bundle.json", SOUND.read_bytes()))
    assert (first["banner"], first["checks"]) == ("", {})
    assert "No trust file yet" in first["text"]
    found = shown(browser, 2, ("trust.jwks", TRUST.read_bytes()))
    assert found["banner"] == "open", "the criteria of the vectors are not built into this page"
    assert found["checks"]["criteria"] == "NOT CHECKED" and found["checks"]["signatures"] == "OK"


def test_built_in_keys_are_not_replaced_by_a_file(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"])
    found = shown(browser, 1, ("mine.jwks", b'{"keys":[]}'), ("bundle.json", SOUND.read_bytes()))
    assert found["banner"] == "valid"
    assert "mine.jwks was not taken" in found["text"]


@pytest.mark.parametrize(
    ("name", "banner"),
    [
        ("rejected", "valid"),
        ("inconclusive", "valid"),
        ("a-broken-signature-of-a-record", "failed"),
        ("a-finding-prettified", "failed"),
        ("an-attempt-left-out", "failed"),
    ],
)
def test_only_a_proven_good_line_is_green(browser: Chromium, pages: dict[str, Path], name: str, banner: str) -> None:
    begun(browser, pages["pinned"])
    found = shown(browser, 1, ("bundle.json", (VECTORS / "bundles" / f"{name}.json").read_bytes()))
    assert (found["banner"], found["green"]) == (banner, False)


def test_a_browser_without_the_algorithm_says_so_and_proves_nothing(pages: dict[str, Path]) -> None:
    with chromium() as old:
        refuse = "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('', 'NotSupportedError'); };"
        old.ask("Page.addScriptToEvaluateOnNewDocument", source=refuse)
        found = shown(begun(old, pages["pinned"]), 1, ("bundle.json", SOUND.read_bytes()))
    assert (found["banner"], found["checks"]["signatures"]) == ("open", "NOT CHECKED")
    assert "this browser cannot check Ed25519 signatures" in found["text"]


def test_what_a_bundle_says_stays_text(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"])
    made = json.loads(SOUND.read_bytes())
    made["order"]["id"] = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    found = shown(browser, 1, ("<b>bundle</b>.json", json.dumps(made).encode()))
    assert found["banner"] == "failed"
    assert made["order"]["id"] in found["text"]
    assert browser.run("document.querySelectorAll('img, b > b').length") == 0
    assert browser.run("document.title") == "Prooflight verifier"


def test_the_page_may_reach_no_network(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"])
    for attempt in ("fetch('http://127.0.0.1:9/')", "import('http://127.0.0.1:9/x.js')"):
        assert browser.run(f"{attempt}.then(() => 'reached', () => 'refused')") == "refused"
    refused = "new Promise((done) => addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective)))"
    image = f"(() => {{ const told = {refused}; new Image().src = 'http://127.0.0.1:9/x'; return told; }})()"
    assert browser.run(image) == "img-src"
    assert "unsafe" not in pages["pinned"].read_text()


def spoilt(count: int) -> list[bytes]:
    """Bundles, trust files and other texts with something changed, and plain garbage."""
    chance = random.Random(9)
    seeds = [SOUND.read_bytes(), TRUST.read_bytes(), (VECTORS / "bundles" / "still-open.json").read_bytes()]
    made = [b"", b"\0" * 100, b"[" * 5000, b"eyJ", b"null", b'{"format":"prooflight.bundle/1"}', chance.randbytes(500)]
    while len(made) < count:
        raw = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 5)):
            place = chance.randrange(len(raw))
            match chance.randrange(4):
                case 0:
                    raw[place] ^= 1 << chance.randrange(8)
                case 1:
                    del raw[place : place + chance.randrange(40)]
                case 2:
                    raw[place:place] = raw[:: max(1, len(raw) // 50)][: chance.randrange(50)]
                case _:
                    del raw[place + 1 :]
        made.append(bytes(raw))
    return made


def test_what_is_spoilt_is_never_valid_and_never_an_error_of_ours(browser: Chromium, pages: dict[str, Path]) -> None:
    begun(browser, pages["pinned"])
    for number, raw in enumerate(spoilt(120), 1):
        found = shown(browser, number, ("some.json", raw))
        assert found["banner"] in ("", "failed", "open"), raw
        assert "verifier itself failed" not in found["text"], raw
    assert browser.complaints() == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 64, "--out"),
        (["--out", "/nonexistent/page.html"], 69, "/nonexistent/page.html"),
        (["--out", "x.html", "--trust", "/nonexistent"], 78, "/nonexistent"),
        (["--out", "x.html", "--criteria", "."], 78, "--criteria needs --trust"),
    ],
)
def test_what_is_wrong_is_one_line(words: list[str], code: int, told: str) -> None:
    done = prooflight(*words)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert told in done.stderr


def test_opened_personal_data_is_shown_only_where_it_matches(browser: Chromium, pages: dict[str, Path]) -> None:
    right, wrong = (
        next(vector for vector in json.loads((VECTORS / "openings.json").read_bytes()) if vector["openings"] == status)
        for status in ("OK", "FAILED")
    )
    begun(browser, pages["pinned"])
    committed = (VECTORS / right["bundle"]).read_bytes()
    closed = shown(browser, 1, ("bundle.json", committed))
    assert "T-4711" not in closed["text"] and closed["banner"] == "valid"
    opened = shown(browser, 2, ("openings.json", right["text"].encode()))
    assert "T-4711" in opened["text"] and opened["checks"]["openings"] == "OK"
    forged = shown(browser, 3, ("openings.json", wrong["text"].encode()))
    assert (forged["banner"], forged["checks"]["openings"]) == ("failed", "FAILED")
    assert "T-471" not in forged["text"]


def test_a_compact_verdict_is_shown_where_it_is_believed(browser: Chromium, pages: dict[str, Path]) -> None:
    vectors = {vector["name"]: vector for vector in json.loads((VECTORS / "compact.json").read_bytes())}
    begun(browser, pages["pinned"])
    good = shown(browser, 1, ("verdict.txt", vectors["alone"]["text"].encode()))
    assert (good["checks"]["signatures"], good["checks"]["bundle"]) == ("OK", "NOT CHECKED")
    assert "Genuine" in good["text"] and "work order closed" in good["text"]
    forged = shown(browser, 2, ("verdict.txt", vectors["a broken signature"]["text"].encode()))
    assert "Not valid" in forged["text"] and "work order closed" not in forged["text"]
    other = shown(browser, 3, ("verdict.txt", vectors["nothing"]["text"].encode() + b"no verdict"))
    assert "could not be read" in other["text"]
