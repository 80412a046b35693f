"""The line's holder: keeps the customer-side interface in a network namespace of its own, away from the uplink.

The namespace belongs to a user namespace that this user owns: moving the interface needs CAP_NET_ADMIN, and entering it
later nothing at all, so that the station runs without any capability. When the holder ends, the interface comes back.
"""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from diagnostics.child import namespace_prefix
from diagnostics.errors import NotAvailable
from diagnostics.server_end import end

PLACE = Path("/run/prooflight-line/ns")
_HOLD = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", "echo ready; exec cat")
_DHCP_SCRIPT = Path(__file__).parent / "deploy" / "line-dhcp"
_PATIENCE_S = 20.0
_LOOK_S = 0.05
_RTMGRP_LINK = 1  # linux/rtnetlink.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A namespace that is held: its folder (with a slash at its end, as a configuration names it)."""

    place: str

    def run(self, *command: str) -> str:
        """Run a short command inside; NotAvailable with its own words."""
        return _run(*namespace_prefix(self.place), *command)


def refuse_uplink(interface: str) -> None:
    """Refuse an interface that is not there, or over which this machine reaches the world."""
    if interface not in [link.get("ifname") for link in json.loads(_run("ip", "-j", "link", "show"))]:
        raise NotAvailable(f"{interface}: no such interface here; see: ip link")
    for family in ("-4", "-6"):
        routes = json.loads(_run("ip", "-j", family, "route", "show", "default") or "[]")
        if any(interface in (route.get("dev"), *_hops(route)) for route in routes):
            raise NotAvailable(
                f"{interface}: carries the default route, so it is the uplink; name another [line] interface"
            )


def _hops(route: dict[str, object]) -> list[object]:
    hops = route.get("nexthops")
    return [hop.get("dev") for hop in hops if isinstance(hop, dict)] if isinstance(hops, list) else []


@contextmanager
def held(interface: str, place: Path, address: str = "dhcp", say: Callable[[str], None] = print) -> Iterator[Held]:
    """Hold the namespace with the interface in it until the block ends; `address` is dhcp, none or ADDRESS/PREFIX.

    Raises NotAvailable where the interface is the uplink, or is not there, or a right is missing.
    """
    refuse_uplink(interface)
    with ExitStack() as stack:
        holder = subprocess.Popen(_HOLD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stack.callback(end, holder)
        assert holder.stdout is not None and holder.stderr is not None
        if holder.stdout.readline() != b"ready\n":
            words = holder.stderr.read().decode(errors="replace").strip()
            raise NotAvailable(
                f"a user namespace cannot be made ({words}); allow them: sysctl kernel.unprivileged_userns_clone=1"
            )
        _point(place, f"/proc/{holder.pid}/ns")
        stack.callback(place.unlink, missing_ok=True)
        made = Held(place=f"{place}/")
        made.run("ip", "link", "set", "lo", "up")
        _run("ip", "link", "set", interface, "netns", str(holder.pid))
        made.run("ip", "link", "set", interface, "up")
        if address not in ("dhcp", "none"):
            made.run("ip", "address", "replace", address, "dev", interface)
        if address == "dhcp":
            stack.enter_context(_leased(made, interface))
        say(f"{interface} is in {place}/, apart from the uplink")
        yield made


def _point(place: Path, target: str) -> None:
    try:
        place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)
    except OSError as error:
        raise NotAvailable(f"{place}: {error.strerror}; it must be writable for this user") from error


@contextmanager
def _leased(line: Held, interface: str) -> Iterator[None]:
    """Keep an address by DHCP, asking anew each time that a cable is plugged in: it may be another customer's."""
    lease = _Lease(line, interface)
    monitor = _started(line, "ip", "-o", "monitor", "link", "dev", interface, out=subprocess.PIPE)
    _wait_until_it_listens(monitor)
    thread = threading.Thread(target=lease.follow, args=(monitor,), name="cable", daemon=True)
    thread.start()
    try:
        lease.ask_anew()
        yield
    finally:
        lease.give_up()
        end(monitor)
        thread.join(_PATIENCE_S)


def _wait_until_it_listens(monitor: "subprocess.Popen[bytes]") -> None:
    """Wait until the kernel tells the monitor of links: of a cable that was pulled before it would never hear."""
    for _ in range(int(_PATIENCE_S / _LOOK_S)):
        sockets = Path(f"/proc/{monitor.pid}/net/netlink").read_text().splitlines()[1:]
        if any(int(groups, 16) & _RTMGRP_LINK for _, _, _, groups, *_ in map(str.split, sockets)):
            return
        time.sleep(_LOOK_S)
    raise NotAvailable("ip monitor: does not begin; is iproute2 installed whole?")


class _Lease:
    """The DHCP client of one interface, replaced by a fresh one when it is plugged in."""

    def __init__(self, line: Held, interface: str) -> None:
        self._line = line
        self._interface = interface
        self._turn = threading.Lock()
        self._client: subprocess.Popen[bytes] | None = None
        self._over = False

    def follow(self, monitor: "subprocess.Popen[bytes]") -> None:
        """Ask anew whenever the monitor tells that the cable came back."""
        assert monitor.stdout is not None
        lit = True  # the first request is made elsewhere, whatever the cable does
        for news in monitor.stdout:
            before, lit = lit, b"LOWER_UP" in news
            if lit and not before:
                with contextlib.suppress(NotAvailable):
                    self.ask_anew()

    def ask_anew(self) -> None:
        """Forget the address, and ask for one."""
        with self._turn:
            self._end()
            if not self._over:
                self._line.run("ip", "address", "flush", "dev", self._interface, "scope", "global")
                words = ("-f", "-i", self._interface, "-s", str(_DHCP_SCRIPT), "-t", "3", "-T", "2", "-A", "3")
                self._client = _started(self._line, "busybox", "udhcpc", *words)

    def give_up(self) -> None:
        """No more addresses."""
        with self._turn:
            self._over = True
            self._end()

    def _end(self) -> None:
        if self._client is not None:
            end(self._client)
            self._client = None


def _started(line: Held, *words: str, out: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
    command = [*namespace_prefix(line.place), *words]
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise NotAvailable(f"{command[0]}: {error.strerror}; apt-get install util-linux") from error


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailable(f"{' '.join(command)}: {error}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise NotAvailable(f"{' '.join(command)}: {words[0] if words else done.returncode}")
    return done.stdout
