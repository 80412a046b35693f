"""A cable for the tests of one file; who changes its ends makes one of his own."""

from collections.abc import Iterator

import pytest

from tests.diagnostics.wire.peers import Wire


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    """Two hosts and a cable."""
    with Wire() as made:
        yield made
