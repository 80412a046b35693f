"""The report on paper: every letter is in its one font, its text can be read again, its code verifies as pictured."""

import hashlib
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from agent import report_printer
from agent.compact_check import verify_compact
from agent.report import printing
from agent.report.printing import pdf
from agent.report.sheet import html
from agent.report.statement import state
from agent.report.words import texts
from diagnostics import causes, criteria, quantity_texts
from diagnostics.child import Ending
from diagnostics.errors import NotAvailable
from tests.agent import report_samples as samples

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good line's report in Chinese, as PDF."""
    page = html(state(samples.good(), trust=samples.trust(), load_criteria=criteria.load, now=NOW), "zh")
    path = tmp_path_factory.mktemp("report") / "report.pdf"
    path.write_bytes(pdf(page))
    return path


def tool(*words: object) -> str:
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=True, timeout=120).stdout


def letters(text: str) -> str:
    """A text without its spaces: on paper its lines are broken."""
    return re.sub(r"\s", "", text)


def test_the_text_can_be_read_out_of_the_paper_again(printed: Path) -> None:
    told = letters(tool("pdftotext", printed, "-"))
    for words in (
        "线路合格",
        "工单已由desk竣工",
        "光猫接收光功率",
        "-18.2dBm",
        "不低于450Mbit/s",
        "装维上门",
        "物理上限941.5",
    ):
        assert words in told
    assert "\ufffd" not in told and "[U+" not in told
    assert "1/" in told


def test_the_paper_holds_the_one_font_as_a_part_of_it(printed: Path) -> None:
    lines = tool("pdffonts", printed).splitlines()[2:]
    assert lines
    for line in lines:
        assert "WenQuanYi-Micro-Hei" in line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"]  # embedded, a subset, with its Unicode


def test_the_code_on_the_first_page_verifies(printed: Path, tmp_path: Path) -> None:
    tool("pdftoppm", "-r", "150", "-f", "1", "-l", "1", "-png", "-singlefile", printed, tmp_path / "page")
    (found,) = zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    checked = verify_compact(found.text, samples.trust(), None, NOW)
    assert checked.valid and checked.verdict and checked.verdict.decision == "closed"


def test_the_same_page_is_printed_to_the_same_bytes(printed: Path) -> None:
    page = "<!doctype html><html lang=zh><title>t</title><p>光猫 ✔"
    assert hashlib.sha256(pdf(page)).digest() == hashlib.sha256(pdf(page)).digest()


def test_every_letter_of_our_own_texts_is_in_the_font() -> None:
    own = [text for each in texts().values() for text in each.values()]
    own += [text for each in causes.texts().values() for text in each.values()]
    own += [text for each in quantity_texts.texts().values() for text in each.values()]
    wanted = {ord(letter) for letter in "".join(own) + "✔✘≈?–…" if letter.isprintable()}
    assert len(wanted) > 500
    assert not {chr(code) for code in wanted - report_printer.letters_of(report_printer.font_file())}


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("光猫 é", "光猫 é"),
        ("ok \U0001f600!", "ok [U+1F600]!"),
        ("\u0e01\u0e01", "[U+0E01][U+0E01]"),
        ("<p>\n", "<p>\n"),
    ],
)
def test_a_letter_that_the_font_lacks_is_spelt_by_its_number(text: str, spelt: str) -> None:
    assert report_printer.spelt(text, report_printer.letters_of(report_printer.font_file())) == spelt


def test_nothing_is_fetched_from_disk_or_network(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("told by the disk")
    near = (tmp_path / "secret.txt").as_uri()
    page = (
        f'<!doctype html><title>t</title><style>@import url("{near}")</style><link rel=stylesheet href="{near}">'
        f'<img src="{near}" alt="first gone"><img src="http://127.0.0.1:9/x.png" alt="second gone">'
        f'<object data="{near}">third gone</object><a rel=attachment href="{near}">x</a>'
    )
    made = tmp_path / "page.pdf"
    made.write_bytes(pdf(page))
    told = tool("pdftotext", made, "-")
    assert [words in told for words in ("first gone", "second gone", "third gone")] == [True] * 3
    assert "told by the disk" not in told
    assert b"EmbeddedFile" not in made.read_bytes()


def test_what_this_machine_lacks_is_one_line_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    matching = tmp_path / "fc-match"  # a machine whose fontconfig knows no Chinese font
    matching.write_text("#!/bin/sh\nprintf 'DejaVu Sans\\n/usr/share/fonts/DejaVuSans.ttf'\n")
    matching.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(NotAvailable, match="install Debian's fonts-wqy-microhei"):
        pdf("<p>x")
    hidden = tmp_path / "weasyprint"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise OSError('cannot load library libpangoft2')\n")
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")
    with pytest.raises(NotAvailable, match=re.escape("install prooflight[pdf]")):
        pdf("<p>x")


def test_a_printer_that_dies_is_one_line_too() -> None:
    told = str(printing.failed(Ending(kind="crashed", detail="exit -9: no word")))
    assert told == "the report could not be printed: exit -9: no word; take --html, and print that"
