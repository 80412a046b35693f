"""A link with a fixed delay between two hosts: a relay process with one end in each, for kernels without netem.

It keeps order, drops nothing below its buffer, and holds every frame for half the round trip. Frames pass whole, up to
64 KB of TCP segments at once, so that it carries what the rest of a virtual line does; the child half is `main`.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import select
import struct
import sys
import time
from collections import deque

from drivers.virtual.namespace import Namespace

_TUNSETIFF, _TUNSETOFFLOAD = 0x400454CA, 0x400454D0
_TAP, _NO_PACKET_INFO, _OFFLOAD_HEADER = 0x0002, 0x1000, 0x4000
_CHECKSUM_AND_TCP = 0x01 | 0x02 | 0x04  # TUN_F_CSUM, TSO4, TSO6
_NEW_NETWORK = 0x40000000
_FRAME_BYTES = 1 << 17
_BUFFER_BYTES = 64 << 20
_AT_ONCE = 64


def far_link(near: Namespace, interface: str, far: Namespace, peer: str, *, delay_ms: float) -> None:
    """Join two hosts by a link that adds `delay_ms` to the round trip; both ends are there when this returns."""
    request = {"ends": [[near.path, interface], [far.path, peer]], "delay_s": delay_ms / 2000}
    near.start_until("ready", [sys.executable, "-m", "drivers.virtual.far_link", json.dumps(request)])


def main() -> int:
    """Relay between the two ends that the one argument names until killed."""
    request = json.loads(sys.argv[1])
    ends = [_open(path, interface) for path, interface in request["ends"]]
    print("ready", flush=True)
    _relay(ends[0], ends[1], request["delay_s"])
    return 0


def _open(path: str, interface: str) -> int:
    """A TAP device in the namespace of this path."""
    space = os.open(path, os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(space, _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {path}")
    os.close(space)
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _TAP | _NO_PACKET_INFO | _OFFLOAD_HEADER))
    fcntl.ioctl(tap, _TUNSETOFFLOAD, _CHECKSUM_AND_TCP)
    return tap


def _relay(one: int, other: int, delay_s: float) -> None:
    across = {one: other, other: one}
    waiting: deque[tuple[float, int, bytes]] = deque()  # one delay for all, so the first in is the first due
    held = 0
    while True:
        left = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for tap in select.select([one, other], [], [], left)[0]:
            for frame in _read(tap):
                if held + len(frame) <= _BUFFER_BYTES:
                    held += len(frame)
                    waiting.append((time.monotonic() + delay_s, across[tap], frame))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, tap, frame = waiting.popleft()
            held -= len(frame)
            _write(tap, frame)


def _read(tap: int) -> list[bytes]:
    frames: list[bytes] = []
    with contextlib.suppress(OSError):  # empty, or the interface is down: nothing to carry
        while len(frames) < _AT_ONCE:
            frames.append(os.read(tap, _FRAME_BYTES))
    return frames


def _write(tap: int, frame: bytes) -> None:
    with contextlib.suppress(OSError):  # the far end is down: the frame is lost, as on a cable
        os.write(tap, frame)


if __name__ == "__main__":
    sys.exit(main())
