"""What the tests of kits share."""

from pathlib import Path

import pytest

from agent.chain import Chain
from tests.agent.conftest import Ring
from tests.agent.kit.house import House


@pytest.fixture
def house(tmp_path: Path, ring: Ring, station: Chain) -> House:
    return House(tmp_path, station, ring)
