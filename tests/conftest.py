"""What all tests share: hypothesis without deadlines and with the same examples in every run, and how files are spread.

A file stays whole on one worker, for what it shares. What fills a line or a processor runs on one worker, one after the
other and first, so that two such tests never take from each other what they measure.
"""

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

FILLS_A_LINE = (
    "tests/lab/",
    "tests/test_demo.py",
    "tests/test_diagnose.py",
    "tests/test_serve.py",
    "tests/diagnostics/test_bad_reflectors.py",
    "tests/diagnostics/test_line_instruments.py",
    "tests/drivers/test_scenarios.py",
)


@pytest.hookimpl(tryfirst=True)  # the workers read the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test for `--dist loadgroup`; what fills a line comes first."""
    for item in items:
        path = item.location[0]
        item.add_marker(pytest.mark.xdist_group("line" if path.startswith(FILLS_A_LINE) else path))
    items.sort(key=lambda item: not item.location[0].startswith(FILLS_A_LINE))
