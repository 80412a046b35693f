"""Receipts for tests, and a result whose runs they are for: 498.1 Mbit/s down and 99.5 up by both ends' count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent import receipt, seal
from agent.chain import Chain
from agent.keys import PrivateKey
from agent.receipt import Health, Receipt
from agent.record import OrderRef, Result
from diagnostics.instruments import Direction
from tests.agent import samples

ADMITTED = datetime(2026, 11, 22, 9, 29, tzinfo=UTC)
PAYLOAD: dict[Direction, int] = {"down": 124_530_750, "up": 24_875_000}
US = 2_000_050
DOWN_RUN = samples.RUN
UP_RUN = samples.RUN | {"direction": "up", "payload_bytes": PAYLOAD["up"], "us": US}


def made(direction: Direction = "down", *, ratio: float = 1.0, **changes: Any) -> Receipt:
    """A reflector's receipt of a run; `ratio` is what it counted of what the station did."""
    each = int(PAYLOAD[direction] * ratio / 2)
    whole = Receipt(
        reflector="reflector-1",
        order="a" * 64,
        open="b" * 64,
        station="station-1",
        run=1 if direction == "down" else 2,
        direction=direction,
        source="198.18.0.0/24",
        state="completed",
        reason="",
        ok=True,
        admitted_at=ADMITTED,
        first_byte_at=ADMITTED + timedelta(seconds=1),
        last_byte_at=ADMITTED + timedelta(seconds=4),
        bytes=3 * each + 65536,
        series=(*((s * 1_000_000, 65536 + s * each) for s in range(4)), (3_100_000, 65536 + 3 * each)),
        min_rtt_us=400,
        retransmits=0,
        health=Health(cpu_permille=300, run_permille=200, sessions=1, capacity=4),
    )
    return replace(whole, **changes)


def sealed(made: Receipt, key: PrivateKey) -> str:
    """A receipt's token."""
    return seal.seal(receipt.write(made), typ=seal.RECEIPT, key=key).token


def result(down: str | None = "d" * 64, up: str | None = "e" * 64, **values: Any) -> Result:
    """A good result of one run each way, which name these receipts."""
    counts = {f"throughput_{way}_bytes": count for way, count in PAYLOAD.items()}
    figures = counts | {f"throughput_{way}_us": US for way in PAYLOAD}
    rates = {"throughput_down_mbps": 498.11, "throughput_up_mbps": 99.497}
    whole = samples.result(samples.GOOD | figures | rates | values)
    receipts = (down, up) if down or up else ()
    return replace(whole, runs=(DOWN_RUN, UP_RUN), receipts=receipts)


def witnessed_visit(chain: Chain, ref: OrderRef, key: PrivateKey, **values: Any) -> tuple[list[str], list[str]]:
    """One attempt for a signed order with a run each way; the tokens of its records, and of its receipts."""
    before = len(chain.links)
    attempt = chain.open(ref, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    ways: tuple[Direction, ...] = ("down", "up")
    tokens = [sealed(made(way, order=ref.anchor, open=attempt.open, station=chain.station), key) for way in ways]
    down, up = map(chain.witness, tokens)
    chain.finish(attempt, result(down, up, **values), {})
    return [chain.token(link) for link in chain.links[before:]], tokens
