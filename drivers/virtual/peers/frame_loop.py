"""A loop in the customer's wiring: every broadcast frame that comes out of an interface goes back in, unchanged.

Only what some other station sent is returned, each frame once: a loop that a switch still survives.
"""

import sys
import time

from diagnostics.wire.kernel_filter import Word
from diagnostics.wire.port import Port

_BROADCAST = (Word(at=0, size=4, value=0xFFFFFFFF), Word(at=4, size=2, value=0xFFFF))


def main() -> None:
    """Return broadcast frames on the interface that the argument names until killed."""
    with Port(sys.argv[1], [_BROADCAST]) as port:
        print("ready", file=sys.stderr, flush=True)
        while True:
            for arrival in port.receive(time.monotonic() + 60):
                port.send(arrival.raw)


if __name__ == "__main__":
    main()
