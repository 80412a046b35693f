"""A virtual line with a peer of our own at its network's end, shared by the tests of a module."""

from collections.abc import Iterator

import pytest

from drivers.virtual.line import VirtualLine
from tests.dialled_line import RunningPeer, peer_on


@pytest.fixture(scope="module")
def line() -> Iterator[VirtualLine]:
    with VirtualLine() as made:
        yield made


@pytest.fixture(scope="module")
def peer(line: VirtualLine) -> Iterator[RunningPeer]:
    with peer_on(line) as made:
        yield made
