"""The diagnosis of RFC 6349 in its order, and how long it takes: path, idle round trip, bandwidth, TCP, window scan.

Nothing runs beside anything else but the echo beside a transfer, so that no step disturbs another.
"""

from diagnostics.check import Check
from diagnostics.checks import link, path
from diagnostics.checks.filling import WAYS
from diagnostics.checks.rfc6349 import BANDWIDTH, BASELINE, ECHOES, INTERVAL_S
from diagnostics.checks.tcp import TCP
from diagnostics.checks.window_scan import WINDOW_SCAN, scan_window
from diagnostics.instruments import Window
from diagnostics.rfc6349 import SHARES

_AROUND_S = 1.0  # starting a run's child and winding it down

STAGES: tuple[tuple[Check, ...], ...] = (
    (link.CHECK, path.CHECK),
    *((check,) for check in (BASELINE, *BANDWIDTH, *TCP, *WINDOW_SCAN)),
)


def lasting_s(window: Window) -> float:
    """About how long a diagnosis takes with a window of the criteria, in seconds."""
    step = scan_window(window)
    whole = (len(BANDWIDTH) + len(TCP)) * (window.discard_s + window.average_s + _AROUND_S)
    scan = len(WAYS) * len(SHARES) * (step.discard_s + step.average_s + _AROUND_S)
    return ECHOES * INTERVAL_S + whole + scan
