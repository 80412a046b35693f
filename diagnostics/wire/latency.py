"""The round trip over time: an echo request at a steady pace until standard input is closed; nothing is averaged here.

Each request comes out once, as it is answered or as it is given up; what is still under way at the end does not.
"""

import select
import time
from collections.abc import Iterator
from typing import Any

from diagnostics.wire.echo import WAIT_S, Echo

_STDIN = 0


def run(interface: str, address: str, interval_s: float) -> Iterator[dict[str, Any]]:
    """Yield a line for each request: monotonic seconds when it was sent, and its round trip in µs, null where lost."""
    under_way: dict[int, tuple[float, float]] = {}
    begin, number = time.monotonic(), 0
    with Echo(interface, address) as echo:
        while not _is_over():
            under_way[number & 0xFFFF] = (time.monotonic(), echo.send(number))
            number += 1
            for answer, seen_at in echo.answers(begin + number * interval_s, _STDIN):
                if answer in under_way:
                    at_s, sent_at = under_way.pop(answer)
                    yield {"at_s": at_s, "rtt_us": max(0, round((seen_at - sent_at) * 1e6))}
            given_up = time.monotonic() - WAIT_S
            for lost in [key for key, (at_s, _) in under_way.items() if at_s < given_up]:
                yield {"at_s": under_way.pop(lost)[0], "rtt_us": None}


def _is_over() -> bool:
    return bool(select.select([_STDIN], [], [], 0)[0])
