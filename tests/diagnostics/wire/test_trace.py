"""The way to an address over a real router: hop by hop, and never longer than it may."""

from collections.abc import Iterator

import pytest

from diagnostics.scapy_wire import WireChild
from diagnostics.wire.trace import MOST_HOPS, MOST_TRIES, SILENT_HOPS
from tests.diagnostics.wire.peers import (
    GATEWAY_ADDRESS,
    NEEDS_ROOT,
    NOBODYS_ADDRESS,
    STATION_INTERFACE,
    WITHIN_S,
    Wire,
)

pytestmark = NEEDS_ROOT


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    with Wire() as made:
        yield made


def traced(line: Wire, address: str, **request: float) -> list[dict[str, object]]:
    asked = {"address": address, "hops": 20, "tries": 1, "patience_s": 0.05} | request
    heard = WireChild(STATION_INTERFACE, line.station.path).ask("trace", asked, deadline_s=WITHIN_S)
    assert heard.failure is None
    return [dict(told) for told in heard.lines]


def test_the_way_ends_at_the_target(line: Wire) -> None:
    (only,) = traced(line, GATEWAY_ADDRESS, patience_s=30.0, tries=2)
    assert (only["hop"], only["addresses"], only["end"]) == (1, [GATEWAY_ADDRESS], "echo")
    assert len(only["ms"]) == 2  # type: ignore[arg-type]


def test_nobody_is_followed_into_silence_for_ever(line: Wire) -> None:
    hops = traced(line, NOBODYS_ADDRESS)
    assert [told["hop"] for told in hops] == list(range(1, SILENT_HOPS + 1))
    assert not any(told["addresses"] for told in hops)


def test_no_request_makes_it_longer_than_it_may_be(line: Wire) -> None:
    (only,) = traced(line, GATEWAY_ADDRESS, hops=10 * MOST_HOPS, tries=1000, patience_s=30.0)
    assert len(only["ms"]) == MOST_TRIES  # type: ignore[arg-type]


def test_an_interface_that_is_not_there_is_a_failure(line: Wire) -> None:
    heard = WireChild("lan9", line.station.path).ask(
        "trace", {"address": GATEWAY_ADDRESS, "hops": 1, "tries": 1}, deadline_s=WITHIN_S
    )
    assert heard.failure is not None and heard.failure.kind == "instrument_limit"
