"""What carries the station's interface is the kernel's own word, and nothing is guessed where it has none."""

import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.adapter import _changes, adapter_of, carrier_changes, usb_mbps
from diagnostics.host import HostChild
from diagnostics.instruments import Link
from drivers.virtual.namespace import Namespace, may_make_namespaces


def usb_tree(root: Path, controller: str, device: str, speed: str) -> Path:
    """A made sysfs with one device on one USB bus."""
    real = root / "sys/devices/platform" / controller / "usb1" / device
    real.mkdir(parents=True)
    (real / "speed").write_text(f"{speed}\n")
    shown = root / "sys/bus/usb/devices"
    shown.mkdir(parents=True)
    (shown / device).symlink_to(real)
    return root


@pytest.mark.parametrize(
    ("bus", "speed", "mbps"),
    [
        ("usb-0000:01:00.0-1.2", "5000", 5000),
        ("usb-0000:01:00.0-1.2", "480", 480),
        ("usb-0000:01:00.0-1.2", "1.5", 1),
        ("usb-0000:01:00.0-1.2", "fast", None),
        ("usb-0000:01:00.0-1.2", "9" * 30, None),
        ("usb-0000:02:00.0-1.2", "480", None),  # the same port of another controller
        ("usb-0000:01:00.0-1.3", "480", None),
        ("0000:01:00.0", "480", None),
        ("usb-", "480", None),
        ("", "480", None),
    ],
)
def test_the_bus_of_a_usb_adapter_is_found_by_controller_and_port(
    tmp_path: Path, bus: str, speed: str, mbps: int | None
) -> None:
    assert usb_mbps(bus, usb_tree(tmp_path, "0000:01:00.0", "2-1.2", speed)) == mbps


def test_a_built_in_usb_port_has_a_controller_with_a_dash(tmp_path: Path) -> None:
    assert usb_mbps("usb-xhci-hcd.0-1", usb_tree(tmp_path, "xhci-hcd.0", "4-1", "480")) == 480


def test_an_interface_that_is_not_there_has_neither() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert adapter_of(sock, "no-such") == (None, None)
    assert carrier_changes("no-such") is None


@given(st.binary(max_size=80))
def test_garbage_among_the_attributes_of_a_link_is_no_count(raw: bytes) -> None:
    other = struct.pack("HHI", 8, 4, 1500)
    assert _changes(other + struct.pack("HHI", 8, 35, 6) + raw) == 6
    _changes(raw)


@pytest.mark.root
@pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root")
def test_a_link_that_comes_and_goes_is_counted_in_its_own_namespace() -> None:
    space = Namespace()
    try:
        space.ip(["link add lan0 type veth peer name far", "link set lan0 up", "link set far up"])
        host = HostChild(space.path)
        before = host.link("lan0")
        for _ in range(2):
            space.ip(["link set far down", "link set far up"])
        after = host.link("lan0")
    finally:
        space.close()
    assert isinstance(before, Link) and isinstance(after, Link)
    assert before.adapter == "wired" and before.usb_mbps is None
    assert before.carrier_changes is not None and after.carrier_changes == before.carrier_changes + 4
