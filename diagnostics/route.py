"""Proof that an address is reached over the line: a run that leaves by another interface could pass falsely."""

import json
import subprocess

from diagnostics.child import namespace_prefix
from diagnostics.measurement import Failure


def off_line(address: str, *, interface: str, namespace: str = "") -> Failure | None:
    """None where the kernel routes the address over the interface; otherwise a failure that says where it goes."""
    command = [*namespace_prefix(namespace), "ip", "-j", "route", "get", address]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Failure(kind="instrument_limit", stage="route", detail=f"route look-up failed: {error}")
    if done.returncode != 0:
        words = done.stderr.strip() or "no answer"
        return Failure(kind="unreachable", stage="route", detail=f"no route to {address} over {interface}: {words}")
    try:
        device = str(json.loads(done.stdout)[0]["dev"])
    except (ValueError, LookupError, TypeError):
        return Failure(kind="instrument_limit", stage="route", detail="the route look-up gave no interface")
    if device == interface:
        return None
    return Failure(
        kind="instrument_limit",
        stage="route",
        detail=f"{address} is reached over {device}, not over the line's interface {interface}",
    )
