"""The station itself: state and counters of its interface, read where the interface lives.

Parent half `HostChild`, child half `main`: the kernel answers per network namespace, so a child inside it asks.
"""

import fcntl
import json
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diagnostics.adapter import adapter_of, ask_ethtool, carrier_changes
from diagnostics.child import Bounds, namespace_prefix, never, run_child
from diagnostics.instruments import HostSample, Link
from diagnostics.measurement import Failure

_SIOCGIFFLAGS = 0x8913
_SIOCGIFMTU = 0x8921
_IFF_RUNNING = 0x40
_GLINKSETTINGS = 0x4C
_WORDS_AT, _MASKS_AT = 15, 48  # offsets in struct ethtool_link_settings
_SPEED_UNKNOWN = 0xFFFFFFFF
# linux/ethtool.h, enum ethtool_link_mode_bit_indices: the modes that a customer-side port can have, in Mbit/s.
_MODES = {0: 10, 1: 10, 2: 100, 3: 100, 4: 1000, 5: 1000, 12: 10000, 41: 1000, 47: 2500, 48: 5000}


class HostChild:
    """The station's own state, for one network namespace."""

    def __init__(self, namespace: str = "", *, cancelled: Callable[[], bool] = never) -> None:
        self._prefix = namespace_prefix(namespace)
        self._cancelled = cancelled

    def link(self, interface: str) -> Link | Failure:
        """State and counters of one interface of the line."""
        answers: list[dict[str, Any]] = []
        ending = run_child(
            "diagnostics.host",
            {"interface": interface},
            bounds=Bounds(deadline_s=5, output_bytes=65536),
            on_line=answers.append,
            prefix=self._prefix,
            cancelled=self._cancelled,
        )
        if ending.kind != "done" or len(answers) != 1:
            return Failure(kind="instrument_limit", stage="link", detail=ending.detail or "no answer")
        if "missing" in answers[0]:
            return Failure(kind="instrument_limit", stage="link", detail=answers[0]["missing"])
        return Link(**answers[0])

    def watch(
        self, interface: str, *, until: Callable[[], bool], deadline_s: float, on_sample: Callable[[], None]
    ) -> tuple[HostSample, ...] | Failure:
        """Sample the station each second, at the beginning and once more at the end, until told to end."""
        answers: list[dict[str, Any]] = []

        def keep(line: dict[str, Any]) -> None:
            answers.append(line)
            on_sample()

        ending = run_child(
            "diagnostics.host_watch",
            {"interface": interface},
            bounds=Bounds(deadline_s=deadline_s, output_bytes=1 << 20),
            on_line=keep,
            prefix=self._prefix,
            cancelled=self._cancelled,
            until=until,
        )
        if answers and "missing" in answers[-1]:
            return Failure(kind="instrument_limit", stage="watch", detail=answers[-1]["missing"])
        if ending.kind != "done":
            return Failure(kind="instrument_limit", stage="watch", detail=f"{ending.kind} {ending.detail}")
        return tuple(_sample(answer) for answer in answers)


def _sample(answer: dict[str, Any]) -> HostSample:
    return HostSample(**{**answer, "busy": tuple(answer["busy"]), "softirq": tuple(answer["softirq"])})


def main() -> int:
    """Answer one request on standard input with one line on standard output."""
    interface = str(json.loads(sys.stdin.readline())["interface"])
    try:
        print(json.dumps(_link(interface)))
    except OSError as error:
        print(json.dumps({"missing": f"interface {interface}: {error.strerror}; check [line] interface"}))
    return 0


def _link(interface: str) -> dict[str, Any]:
    name = interface.encode()[:15]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = struct.unpack("16sH", fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sH14x", name, 0))[:18])[1]
        mtu = struct.unpack("16si", fcntl.ioctl(sock, _SIOCGIFMTU, struct.pack("16si12x", name, 0))[:20])[1]
        speed, duplex, best = _ethtool(sock, name)
        adapter, usb_mbps = adapter_of(sock, interface)
    up = bool(flags & _IFF_RUNNING)
    return {
        "up": up,
        "speed_mbps": speed if up else None,
        "max_mbps": best,
        "duplex": duplex if up else None,
        "mtu_bytes": mtu,
        "adapter": adapter,
        "usb_mbps": usb_mbps,
        "carrier_changes": carrier_changes(interface),
        **counters(interface),
    }


def _ethtool(sock: socket.socket, name: bytes) -> tuple[int | None, str | None, int | None]:
    """Speed, duplex and best supported speed by ETHTOOL_GLINKSETTINGS; None for what the driver does not say."""
    request = bytearray(_MASKS_AT + 4 * 3 * 127)
    struct.pack_into("I", request, 0, _GLINKSETTINGS)
    try:
        ask_ethtool(sock, name, request)
        words = -struct.unpack_from("b", request, _WORDS_AT)[0]  # the kernel first says how many words a mask has
        if words <= 0:
            return None, None, None
        struct.pack_into("b", request, _WORDS_AT, words)
        ask_ethtool(sock, name, request)
    except OSError:
        return None, None, None
    speed, duplex = struct.unpack_from("IB", request, 4)
    supported = struct.unpack_from(f"{words}I", request, _MASKS_AT)
    best = max((rate for bit, rate in _MODES.items() if supported[bit // 32] >> (bit % 32) & 1), default=None)
    return (
        None if speed in (0, _SPEED_UNKNOWN) else speed,
        {0: "half", 1: "full"}.get(duplex),
        best,
    )


def counters(interface: str, root: Path = Path("/")) -> dict[str, int]:
    """Bytes, packets and errors of an interface in this namespace, both directions; OSError where there is none."""
    for line in (root / "proc/net/dev").read_text().splitlines():
        name, colon, rest = line.partition(":")
        if colon and name.strip() == interface:
            columns = [int(word) for word in rest.split()]
            kinds = tuple(enumerate(("bytes", "packets", "errors")))
            return {f"{way}_{kind}": columns[at + place] for way, at in (("rx", 0), ("tx", 8)) for place, kind in kinds}
    raise OSError(19, "No such device")


if __name__ == "__main__":
    sys.exit(main())
