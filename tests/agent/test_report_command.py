"""`prooflight report` as people call it: where the page goes, what it tells, what each bad input gets."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent import bundle, opening, opening_key, seal
from agent.cli import main
from agent.trust import parse_trust
from tests.agent import report_samples as samples
from tests.vectors import ring

JPEG = b"\xff\xd8\xff\xe0 a picture"


def report(folder: Path, *words: object, language: str = "C.UTF-8") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", "report", *map(str, words)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()), "LANG": language}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, cwd=folder, env=environment
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle whose personal data one key can open, its photograph, and a trust file."""
    made = samples.good((("device", hashlib.sha256(JPEG).hexdigest()),))
    key = opening_key.new_private(tmp_path / "keys" / "opening.key")
    entry = {**key.public(), "kid": key.kid, "alg": "ECDH-ES", "role": "opening", "name": "back office"}
    (trusted,) = parse_trust(json.dumps({"keys": [entry]}).encode(), "t").keys.values()
    close = made.attempts[1].close or ""
    sealed = opening.seal(seal.digest_of(close), samples.openings(made)[seal.digest_of(close)], trusted)
    attempts = (made.attempts[0], replaced(made.attempts[1], sealed))
    (tmp_path / "bundle.json").write_bytes(bundle.write(bundle.Bundle(**fields(made) | {"attempts": attempts})))
    (tmp_path / "trust.jwks").write_bytes(ring.trust_file())
    (tmp_path / "device.jpg").write_bytes(JPEG)
    (tmp_path / "other.jpg").write_bytes(JPEG + b"changed")
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    opening_key.new_private(tmp_path / "other" / "opening.key")
    (tmp_path / "openings.json").write_bytes(opening.write_file(samples.openings(made)))
    (tmp_path / "nothing.json").write_text("{}")
    return tmp_path


def fields(made: bundle.Bundle) -> dict[str, object]:
    return {name: getattr(made, name) for name in bundle.Bundle.__slots__}


def replaced(attempt: bundle.BundledAttempt, opened: str) -> bundle.BundledAttempt:
    named = {name: getattr(attempt, name) for name in bundle.BundledAttempt.__slots__}
    return bundle.BundledAttempt(**named | {"openings": (opened,)})


def test_the_page_goes_beside_the_bundle_and_its_digest_is_told(folder: Path) -> None:
    done = report(folder, "bundle.json", "--trust", "trust.jwks", language="zh_CN.UTF-8")
    page = (folder / "bundle.html").read_bytes()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"bundle.html: bundle valid, sha256 {hashlib.sha256(page).hexdigest()}\n"
    assert "线路合格" in page.decode()
    assert hashlib.sha256((folder / "bundle.json").read_bytes()).hexdigest() in page.decode()
    assert (folder / "bundle.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("opener", ["keys/opening.key", "openings.json"])
def test_what_tells_of_persons_is_written_for_oneself(folder: Path, opener: str) -> None:
    words = ("--trust", "trust.jwks", "--lang", "en", "--open", opener, "--photo", "device.jpg", "-o", "mine.html")
    done = report(folder, "bundle.json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    page = (folder / "mine.html").read_text()
    assert "HWTC4D2A9C17" in page and "data:image/jpeg;base64," in page
    assert (folder / "mine.html").stat().st_mode & 0o777 == 0o600


def test_a_name_that_ends_in_pdf_is_printed(folder: Path) -> None:
    done = report(folder, "bundle.json", "-o", "paper.pdf")
    assert done.returncode == 0, done.stderr
    assert "paper.pdf: signatures not checked" in done.stdout
    assert (folder / "paper.pdf").read_bytes().startswith(b"%PDF-")


def test_a_bundle_that_is_not_valid_gives_a_report_that_says_so(folder: Path) -> None:
    made = (folder / "bundle.json").read_text()
    (folder / "bundle.json").write_text(made.replace("WO-2026-000117", "WO-2026-000118", 1))
    done = report(folder, "bundle.json", "--trust", "trust.jwks", "--lang", "en")
    assert done.returncode == 3
    assert "bundle.html: bundle NOT VALID" in done.stdout
    assert "Not valid: do not rely on this report" in (folder / "bundle.html").read_text()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("missing.json",), 65, "missing.json: No such file"),
        (("nothing.json",), 65, "nothing.json: not a bundle"),
        (("device.jpg",), 65, "device.jpg: not a bundle"),
        (("bundle.json", "--open", "other/opening.key"), 65, "opens nothing in this bundle"),
        (("bundle.json", "--open", "missing.key"), 65, "missing.key: No such file"),
        (("bundle.json", "--open", "device.jpg"), 65, "device.jpg"),
        (("bundle.json", "--photo", "other.jpg"), 65, "other.jpg: no record of this bundle names this picture"),
        (("bundle.json", "--photo", "drawing.svg"), 65, "drawing.svg: is no photograph"),
        (("bundle.json", "--photo", "missing.jpg"), 65, "missing.jpg: No such file"),
        (("bundle.json", "--criteria", "."), 78, "--criteria needs --trust"),
        (("bundle.json", "--trust", "nothing.json"), 78, "nothing.json"),
        (("bundle.json", "-o", "bundle.json"), 65, "the report cannot go there"),
        (("bundle.json", "-o", "no/such/folder.html"), 69, "could not be written"),
        (("bundle.json", "--lang", "fr"), 64, "--lang"),
        (("bundle.json", "--html", "--pdf"), 64, "not allowed with"),
    ],
)
def test_bad_input_gets_one_line(
    folder: Path,
    words: tuple[str, ...],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    try:
        ended = main(["report", *words])
    except SystemExit as left:
        ended = int(left.code or 0)
    told = capsys.readouterr().err
    assert (ended, told.count("\n")) == (code, 1), told
    assert says in told
    assert not list(folder.glob("*.html"))
