"""The child that watches one ONT: a request as one JSON line in, a JSON line out for each look, until its input closes.

Every byte of the ONT is parsed in this process and no other. However it ends, it logs out of the ONT first.
"""

import json
import math
import select
import sys
import time
from collections.abc import Callable

from drivers.reading import ont_of
from drivers.watch import watch

_STDIN = 0


def main() -> int:
    """Answer the request on standard input; ends with 0 whatever the ONT did."""
    request = json.loads(sys.stdin.readline())
    names, seconds, every_s = request.pop("names"), float(request.pop("seconds")), float(request.pop("every_s"))
    pause = paced(seconds, every_s, time.monotonic, _over)
    for look in watch(ont_of(request), names, pause=pause, monotonic=time.monotonic):
        print(json.dumps(look.to_json()), flush=True)
    return 0


def paced(
    seconds: float, every_s: float, monotonic: Callable[[], float], over: Callable[[float], bool]
) -> Callable[[], bool]:
    """Waits for the next whole interval, and says whether there is one; one that was missed is left out.

    The intervals begin with the first wait, so that a slow log-in costs no look; `over` waits so long, and is true
    where somebody wants the end.
    """
    begun: list[float] = []

    def pause() -> bool:
        now = monotonic()
        begun[:] = begun or [now]
        due = (math.floor((now - begun[0]) / every_s) + 1) * every_s
        return due < seconds and not over(begun[0] + due - now)

    return pause


def _over(wait_s: float) -> bool:
    return bool(select.select([_STDIN], [], [], wait_s)[0])


if __name__ == "__main__":
    sys.exit(main())
