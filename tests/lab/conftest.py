"""The lab for tests: a line that a module shares; it skips, and says why, where namespaces cannot be made."""

from collections.abc import Iterator

import pytest

from drivers.virtual.line import VirtualLine
from drivers.virtual.namespace import may_make_namespaces


@pytest.fixture(scope="session")
def root() -> None:
    """Skips without the right to make network namespaces."""
    if not may_make_namespaces():
        pytest.skip("network namespaces need root")


@pytest.fixture(scope="module")
def line(root: None) -> Iterator[VirtualLine]:
    """A clean line of 200 Mbit/s down and 100 up for a whole module; what a test puts on it, it takes off again."""
    with VirtualLine(down_mbit=200, up_mbit=100) as made:
        yield made
