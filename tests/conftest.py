"""What all tests share: hypothesis without deadlines and with the same examples in every run, and how files are spread.

A file stays whole on one worker, for what it shares. What fills a line or a processor runs on one worker, one after the
other and first, so that two such tests never take from each other what they measure.
"""

from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

FILLS_A_LINE = (
    "tests/lab/",
    "tests/chaos/",
    "tests/test_demo.py",
    "tests/test_privacy.py",
    "tests/test_diagnose.py",
    "tests/test_serve.py",
    "tests/diagnostics/test_bad_reflectors.py",
    "tests/diagnostics/test_line_instruments.py",
    "tests/drivers/test_scenarios.py",
)
NEEDS_AN_IDLE_MACHINE = "tests/lab/test_diagnosis.py"
TAKES_LONG = "tests/web/test_page_visit.py"


def _worker_of(nodeid: str) -> str:
    """What a test shares its worker with: its file, or everything that fills a line beside others."""
    path = nodeid.partition("::")[0]
    return "line" if path.startswith(FILLS_A_LINE) and path != NEEDS_AN_IDLE_MACHINE else path


def _turn(nodeid: str) -> int:
    if nodeid.startswith(NEEDS_AN_IDLE_MACHINE):
        return 3
    return 0 if _worker_of(nodeid) == "line" else 1 if nodeid.startswith(TAKES_LONG) else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, and what needs an idle machine last, when the other workers are nearly done."""
    items.sort(key=lambda item: _turn(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Spread the tests over the workers of `-n` so."""
    from xdist.scheduler import LoadScopeScheduling

    class Spread(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _worker_of(nodeid)

    return Spread(config, log)
