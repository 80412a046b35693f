"""A cable with a peer of our own at its network's end, shared by the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.diagnostics.wire.peers import Wire
from tests.dialled_line import RunningPeer, peer_on


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    with Wire() as made:
        yield made


@pytest.fixture(scope="module")
def peer(line: Wire) -> Iterator[RunningPeer]:
    with peer_on(line) as made:
        yield made
