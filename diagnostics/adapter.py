"""What carries an interface - wire, USB or Wi-Fi - and how often its link came and went; asked of the kernel alone.

All but the speed of a USB bus is asked by socket, so that it is true of the namespace that the asking process is in.
What the kernel does not say is None; nothing is guessed from a driver's name.
"""

import contextlib
import fcntl
import socket
import struct
from pathlib import Path
from typing import Literal

Adapter = Literal["wired", "usb", "wifi"]

_SIOCETHTOOL, _SIOCGIWNAME, _SIOCGIFHWADDR = 0x8946, 0x8B01, 0x8927
_GDRVINFO = 0x3
_DRVINFO = struct.Struct("I32s32s32s32s32s12x5I")  # struct ethtool_drvinfo
_RTM_GETLINK, _REQUEST, _IFNAME, _CARRIER_CHANGES = 18, 1, 3, 35  # linux/rtnetlink.h, linux/if_link.h
_HEADERS = 32  # struct nlmsghdr and struct ifinfomsg


def adapter_of(sock: socket.socket, interface: str, root: Path = Path("/")) -> tuple[Adapter | None, int | None]:
    """What carries an interface, and the signalling rate of its USB bus in Mbit/s, None where it is on none."""
    bus = _bus(sock, interface)
    speed = usb_mbps(bus, root) if bus else None
    if _is_wireless(sock, interface, root):
        return "wifi", speed
    if bus is None:
        return None, None
    return ("usb" if bus.startswith("usb-") else "wired"), speed


def _bus(sock: socket.socket, interface: str) -> str | None:
    """Where the driver says that its device is (ETHTOOL_GDRVINFO); None where it has no word for it."""
    request = bytearray(_DRVINFO.size)
    struct.pack_into("I", request, 0, _GDRVINFO)
    try:
        ask_ethtool(sock, interface.encode()[:15], request)
    except OSError:
        return None
    return bytes(_DRVINFO.unpack(request)[4]).split(b"\0")[0].decode("ascii", errors="replace")


def ask_ethtool(sock: socket.socket, name: bytes, request: bytearray) -> None:
    """Let an interface's driver answer a request in place; OSError where it does not know it."""
    import ctypes

    room = (ctypes.c_char * len(request)).from_buffer(request)
    fcntl.ioctl(sock, _SIOCETHTOOL, struct.pack("16sP8x", name, ctypes.addressof(room)))


def _is_wireless(sock: socket.socket, interface: str, root: Path) -> bool:
    """By the wireless extensions, or by sysfs where it shows an interface of this name with this very address."""
    name = interface.encode()[:15]
    with contextlib.suppress(OSError):
        fcntl.ioctl(sock, _SIOCGIWNAME, struct.pack("16s16x", name))
        return True
    folder = root / "sys/class/net" / interface
    try:
        address = fcntl.ioctl(sock, _SIOCGIFHWADDR, struct.pack("16s24x", name))[18:24]
        shown = (folder / "address").read_text().strip()
    except OSError:
        return False
    return shown == address.hex(":") and (folder / "phy80211").exists()


def usb_mbps(bus: str, root: Path = Path("/")) -> int | None:
    """The signalling rate of the device that a driver places at `usb-CONTROLLER-PORTS`; None where sysfs has none."""
    controller, _, ports = bus.removeprefix("usb-").rpartition("-")
    if not bus.startswith("usb-") or not controller:
        return None
    for device in (root / "sys/bus/usb/devices").glob(f"*-{ports}"):
        with contextlib.suppress(OSError):
            if controller in device.resolve().parts:
                speed = (device / "speed").read_text().strip().partition(".")[0]
                return int(speed) if speed.isascii() and speed.isdigit() and len(speed) < 7 else None
    return None


def carrier_changes(interface: str) -> int | None:
    """How often the link of an interface of this namespace has come and gone; None where the kernel does not say."""
    name = interface.encode()[:15] + b"\0"
    asked = struct.pack("HH", 4 + len(name), _IFNAME) + name + bytes(-len(name) % 4)
    header = struct.pack("IHHII", _HEADERS + len(asked), _RTM_GETLINK, _REQUEST, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.settimeout(1)
            kernel.send(header + bytes(16) + asked)
            return _changes(kernel.recv(1 << 16)[_HEADERS:])
    except OSError:
        return None


def _changes(attributes: bytes) -> int | None:
    """The count among the attributes of a link (struct rtattr); None where it is not there or they are malformed."""
    at = 0
    while at + 4 <= len(attributes):
        length, kind = struct.unpack_from("HH", attributes, at)
        if length < 4:
            return None
        if kind == _CARRIER_CHANGES and length == 8 and at + 8 <= len(attributes):
            return int(struct.unpack_from("I", attributes, at + 4)[0])
        at += length + -length % 4
    return None
