"""One set of keys for all frauds, and a house of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.conftest import Ring, ring
from tests.frauds.house import House

__all__ = ["house", "ring"]


@pytest.fixture
def house(tmp_path: Path, ring: Ring) -> Iterator[House]:
    made = House(tmp_path, ring)
    yield made
    made.close()
