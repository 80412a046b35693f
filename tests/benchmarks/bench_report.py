"""What a report costs, printed against bare WeasyPrint and as HTML, its sizes, and a report of every vector's bundle.

`python -m tests.benchmarks report`. Nothing is asserted of times; that every bundle gets a report is.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from agent import bundle
from agent.bundle import BundleError
from agent.criteria_shelf import Shelf
from agent.report.printing import pdf
from agent.report.sheet import html
from agent.report.statement import state
from agent.trust import load_trust
from diagnostics import criteria
from diagnostics.causes import Language
from tests.agent import report_samples as samples

VECTORS = Path(__file__).parents[1] / "vectors"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
ROUNDS = 7
BARE = "import sys; from weasyprint import HTML; HTML(filename=sys.argv[1]).write_pdf(sys.argv[2])"


def main() -> None:
    """Print times side by side, then sizes, then how many bundles of the vectors gave a report."""
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            _measure(Path(folder), language)
    _every_bundle()


def _measure(folder: Path, language: Language) -> None:
    def shown() -> str:
        made = state(samples.good(), trust=samples.trust(), load_criteria=criteria.load, now=NOW)
        return html(made, language)

    page, paper = folder / "report.html", folder / "bare.pdf"
    page.write_text(shown())
    whole = pdf(shown())
    works: dict[str, Callable[[], object]] = {
        "bare WeasyPrint": lambda: subprocess.run([sys.executable, "-c", BARE, page, paper], check=True, timeout=300),
        "verify, state, show, print": lambda: pdf(shown()),
        "verify, state, show": shown,
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - begin)
    base = median(times["bare WeasyPrint"])
    for name, taken in times.items():
        print(f"{language} {name:<28} {median(taken) * 1000:8.0f} ms   {median(taken) / base:5.2f} x")
    bare = paper.stat().st_size
    print(f"{language} HTML {len(page.read_bytes()):8} B   PDF {len(whole):8} B   {len(whole) / bare:5.2f} x of bare")


def _every_bundle() -> None:
    trust = load_trust(VECTORS / "trust.jwks")
    shelf = Shelf(folder=VECTORS / "criteria", trust=lambda: trust)
    made = refused = 0
    for path in sorted((VECTORS / "bundles").glob("*.json")):
        try:
            found = bundle.load(path)
        except BundleError:
            refused += 1
            continue
        for believed in (trust, None):
            stated = state(found, trust=believed, load_criteria=shelf.load, now=NOW)
            for language in LANGUAGES:
                assert html(stated, language).startswith("<!doctype html>")
                made += 1
    print(f"bundles of the vectors: {made} reports, {refused} files that are no bundle")


if __name__ == "__main__":
    main()
