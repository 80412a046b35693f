"""How a reflector is approached over the line: its address, proof of the way there, what our packets look like on it.

A run that leaves by another interface could pass falsely, so nothing counts that the kernel routes elsewhere.
"""

import ipaddress
import json
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

from diagnostics.child import namespace_prefix
from diagnostics.instruments import Approach, Family
from diagnostics.measurement import Failure

_LOOK_UP_S = 10.0  # two servers that do not answer, at the resolver's own patience
_MOST_TAGS = 4


def off_line(address: str, *, interface: str, namespace: str = "") -> Failure | None:
    """None where the kernel routes the address over the interface; otherwise a failure that says where it goes."""
    done = _ask(namespace, "ip", "-j", "route", "get", address)
    if isinstance(done, Failure):
        return done
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


def reached(host: str, *, interface: str, namespace: str = "", family: Family = "auto") -> str | Failure:
    """The first address of a host that is reached over the interface, of the wanted family; else why there is none."""
    found = _addresses(host, namespace)
    if isinstance(found, Failure):
        return found
    fitting = [address for address in found if family in ("auto", _family(address))]
    if not fitting:
        words = f"{host} has no IPv{family} address, which the criteria demand; name a reflector that has one"
        return Failure(kind="unreachable", stage="route", detail=words)
    failures = []
    for address in fitting:
        stray = off_line(address, interface=interface, namespace=namespace)
        if stray is None:
            return address
        failures.append(stray)
    return failures[0]


def approach(host: str, *, interface: str, namespace: str = "", family: Family = "auto") -> Approach | Failure:
    """How a host is approached; timestamps count as on, and the interface as untagged, where nobody tells."""
    address = reached(host, interface=interface, namespace=namespace, family=family)
    if isinstance(address, Failure):
        return address
    timestamps = _ask(namespace, "cat", "/proc/sys/net/ipv4/tcp_timestamps")
    return Approach(
        address=address,
        family=6 if ":" in address else 4,
        timestamps=isinstance(timestamps, Failure) or timestamps.stdout.strip() != "0",
        tags=tags_of(interface, lambda name: _link(name, namespace)),
    )


def _family(address: str) -> str:
    return "6" if ":" in address else "4"


def _addresses(host: str, namespace: str) -> list[str] | Failure:
    """The addresses of a host in the system's own order; a literal is its own address."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    done = _ask(namespace, "getent", "ahosts", "--", host)
    if isinstance(done, Failure):
        return done
    found = dict.fromkeys(line.split()[0] for line in done.stdout.splitlines() if line.strip())
    words = f"the name {host} does not resolve; use the reflector's address, or check the resolver"
    return list(found) or Failure(kind="unreachable", stage="name", detail=words)


def tags_of(interface: str, link_of: Callable[[str], Mapping[str, Any]]) -> int:
    """How many VLAN tags frames carry that leave by an interface: one for each VLAN interface down to the port.

    `link_of` gives what `ip -d -j link` says of an interface, nothing where it is silent.
    """
    tags = 0
    while tags < _MOST_TAGS:
        link = link_of(interface)
        kind = link.get("linkinfo")
        if not isinstance(kind, dict) or kind.get("info_kind") != "vlan":
            return tags
        interface, tags = str(link.get("link")), tags + 1
    return tags


def _link(interface: str, namespace: str) -> Mapping[str, Any]:
    done = _ask(namespace, "ip", "-j", "-d", "link", "show", "dev", interface)
    try:
        made = {} if isinstance(done, Failure) else json.loads(done.stdout)[0]
    except (ValueError, LookupError, TypeError):
        return {}
    return made if isinstance(made, dict) else {}


def interface_state(interface: str, namespace: str) -> str:
    """Whether an interface of the line is there: up, down, missing, or why that cannot be seen."""
    done = _ask(namespace, "ip", "-j", "link", "show", "dev", interface)
    if isinstance(done, Failure):
        return done.detail
    if done.returncode:
        return "missing" if "does not exist" in done.stderr else done.stderr.strip().splitlines()[-1][:200]
    try:
        return "up" if "LOWER_UP" in json.loads(done.stdout)[0]["flags"] else "down"
    except (ValueError, LookupError, TypeError):
        return "unknown"


def _ask(namespace: str, *command: str) -> "subprocess.CompletedProcess[str] | Failure":
    """How a short command on the line ended; a Failure where it cannot be run or does not end."""
    words = [*namespace_prefix(namespace), *command]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=_LOOK_UP_S, check=False)
    except subprocess.TimeoutExpired:
        late = f"{' '.join(command)}: no answer within {_LOOK_UP_S:g} s; use the reflector's address"
        return Failure(kind="timeout", stage="route", detail=late)
    except (OSError, ValueError) as error:
        return Failure(kind="instrument_limit", stage="route", detail=f"{command[0]} failed: {error}")
