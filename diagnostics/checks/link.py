"""The Ethernet link of the station's interface: before the load its state, after the load what its counters grew by."""

from collections.abc import Iterable

from diagnostics.check import Check, Context, all_failed
from diagnostics.instruments import Link
from diagnostics.measurement import Failure, Measurement, Value

_SOURCE = "kernel: ethtool, netlink and /proc/net/dev"
_GROWING = {
    "station_rx_errors": "rx_errors",
    "station_tx_errors": "tx_errors",
    "station_link_changes": "carrier_changes",
}
_COUNTED = ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets")
_STATE = (
    *((f"station_{name}", "") for name in ("link_state", "link_speed_mbps", "link_max_mbps", "link_duplex")),
    *((f"station_{name}", "") for name in ("adapter", "usb_mbps", "mtu_bytes")),
    *((quantity, "before") for quantity in _GROWING),
    *((f"station_{name}", "before") for name in _COUNTED),
)
_VISIT = tuple((quantity, "visit") for quantity in _GROWING)
_DOWN = Failure(kind="not_applicable", stage="link", detail="the link is down")
_SILENT = Failure(kind="not_supported", stage="link", detail="the driver does not say")
_NO_USB = Failure(kind="not_applicable", stage="link", detail="the interface is not on USB")
_ANEW = Failure(kind="disturbed", stage="link", detail="the counter started anew or was not read before")


def _run_state(context: Context) -> Iterable[Measurement]:
    link = context.instruments.host.link(context.line.interface)
    if isinstance(link, Failure):
        return all_failed(context, _STATE, link, _SOURCE)
    return [_told(context, *name, value) for name, value in zip(_STATE, _values(link), strict=True)]


def _values(link: Link) -> tuple[Value | Failure, ...]:
    negotiated: tuple[Value | None, ...] = (link.speed_mbps, link.max_mbps, link.duplex)
    return (
        "up" if link.up else "down",
        *((_SILENT if link.up else _DOWN) if value is None else value for value in negotiated),
        _SILENT if link.adapter is None else link.adapter,
        link.usb_mbps if link.usb_mbps is not None else _NO_USB if link.adapter != "usb" else _SILENT,
        link.mtu_bytes,
        *(_SILENT if (count := getattr(link, name)) is None else count for name in _GROWING.values()),
        *(getattr(link, name) for name in _COUNTED),
    )


def _run_visit(context: Context) -> Iterable[Measurement]:
    link = context.instruments.host.link(context.line.interface)
    if isinstance(link, Failure):
        return all_failed(context, _VISIT, link, _SOURCE)
    return [_grown(context, quantity, getattr(link, name)) for quantity, name in _GROWING.items()]


def _grown(context: Context, quantity: str, after: int | None) -> Measurement:
    before = context.number(quantity, "before")
    if after is None:
        return _told(context, quantity, "visit", _SILENT)
    return _told(context, quantity, "visit", _ANEW if before is None or after < before else int(after - before))


def _told(context: Context, quantity: str, index: str, value: Value | Failure) -> Measurement:
    if isinstance(value, Failure):
        return context.failed(quantity, value, _SOURCE, index=index)
    return context.measured(quantity, value, _SOURCE, index=index)


CHECK = Check(name="link", quantities=lambda line: _STATE, run=_run_state)
ERRORS = Check(name="link_errors", quantities=lambda line: _VISIT, run=_run_visit)
