"""The Ethernet link of the station's interface: before the load its state, after the load its new errors."""

from collections.abc import Iterable

from diagnostics.check import Check, Context, all_failed
from diagnostics.measurement import Failure, Measurement

_SOURCE = "kernel: ethtool and /proc/net/dev"
_STATE = (
    ("station_link_state", ""),
    ("station_link_speed_mbps", ""),
    ("station_link_max_mbps", ""),
    ("station_link_duplex", ""),
    ("station_mtu_bytes", ""),
    ("station_rx_errors", "before"),
    ("station_tx_errors", "before"),
    *((f"station_{way}_{kind}", "before") for kind in ("bytes", "packets") for way in ("rx", "tx")),
)
_ERRORS = (("station_rx_errors", "visit"), ("station_tx_errors", "visit"))


def _run_state(context: Context) -> Iterable[Measurement]:
    link = context.instruments.host.link(context.line.interface)
    if isinstance(link, Failure):
        return all_failed(context, _STATE, link, _SOURCE)
    down = Failure(kind="not_applicable", stage="link", detail="the link is down")
    silent = Failure(kind="not_supported", stage="link", detail="the driver does not say")
    values = ("up" if link.up else "down", link.speed_mbps, link.max_mbps, link.duplex, link.mtu_bytes)
    made = []
    counted = (link.rx_errors, link.tx_errors, link.rx_bytes, link.tx_bytes, link.rx_packets, link.tx_packets)
    for (quantity, index), value in zip(_STATE, (*values, *counted), strict=True):
        if value is None:
            made.append(context.failed(quantity, silent if link.up else down, _SOURCE, index=index))
        else:
            made.append(context.measured(quantity, value, _SOURCE, index=index))
    return made


def _run_errors(context: Context) -> Iterable[Measurement]:
    link = context.instruments.host.link(context.line.interface)
    if isinstance(link, Failure):
        return all_failed(context, _ERRORS, link, _SOURCE)
    made = []
    for (quantity, index), after in zip(_ERRORS, (link.rx_errors, link.tx_errors), strict=True):
        before = context.number(quantity, "before")
        if before is None or after < before:
            restarted = Failure(
                kind="disturbed", stage="link", detail="the counter started anew or was not read before"
            )
            made.append(context.failed(quantity, restarted, _SOURCE, index=index))
        else:
            made.append(context.measured(quantity, int(after - before), _SOURCE, index=index))
    return made


CHECK = Check(name="link", quantities=lambda line: _STATE, run=_run_state)
ERRORS = Check(name="link_errors", quantities=lambda line: _ERRORS, run=_run_errors)
