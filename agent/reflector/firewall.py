"""Keeping all but the admitted source from a port: by nftables where this process may, else by watching alone.

The watch is always on: a foreign peer that the kernel shows at an admitted port ends that run. Rules live in one table
of our own, which is removed when the gate ends; nothing else of the host's firewall is touched.
"""

import contextlib
import os
import shutil
import subprocess
from typing import Protocol

from diagnostics.errors import NotAvailable

_TABLE = "prooflight_gate"


class Firewall(Protocol):
    """What a gate needs of a firewall."""

    def admit(self, address: str, port: int) -> None:
        """Let one source reach one port."""

    def shut(self, address: str, port: int) -> None:
        """Take that back."""

    def close(self) -> None:
        """Remove every rule of ours."""


class Watch:
    """No rules: whoever should not be there is seen and ends the run."""

    name = "watch"

    def admit(self, address: str, port: int) -> None:
        """Nothing to do."""

    def shut(self, address: str, port: int) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


class Nftables:
    """Packets to the run ports are dropped unless their source was admitted to that very port."""

    name = "nftables"

    def __init__(self, first_port: int, last_port: int) -> None:
        ports = f"tcp dport {first_port}-{last_port}"
        self._table = f"{_TABLE}_{first_port}"
        _nft(
            f"add table inet {self._table}\ndelete table inet {self._table}\n"
            f"table inet {self._table} {{\n"
            "  set four { type ipv4_addr . inet_service; }\n"
            "  set six { type ipv6_addr . inet_service; }\n"
            "  chain input { type filter hook input priority -10; policy accept;\n"
            f"    {ports} ip saddr . tcp dport @four accept\n"
            f"    {ports} ip6 saddr . tcp dport @six accept\n"
            f"    {ports} drop\n  }}\n}}\n"
        )

    def admit(self, address: str, port: int) -> None:
        """Let one source reach one port."""
        _nft(f"add element inet {self._table} {self._element(address, port)}")

    def shut(self, address: str, port: int) -> None:
        """Take that back."""
        with contextlib.suppress(NotAvailable):  # the table may be gone already; then nothing is open
            _nft(f"delete element inet {self._table} {self._element(address, port)}")

    def close(self) -> None:
        """Remove every rule of ours."""
        with contextlib.suppress(NotAvailable):
            _nft(f"delete table inet {self._table}")

    def _element(self, address: str, port: int) -> str:
        return f"{'six' if ':' in address else 'four'} {{ {address} . {port} }}"


def firewall(first_port: int, last_port: int) -> Nftables | Watch:
    """The best that this process may use."""
    if os.geteuid() == 0 and shutil.which("nft"):
        with contextlib.suppress(NotAvailable):
            return Nftables(first_port, last_port)
    return Watch()


def _nft(rules: str) -> None:
    try:
        done = subprocess.run(["nft", "-f", "-"], input=rules, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailable(f"nft cannot be run: {error}") from error
    if done.returncode:
        raise NotAvailable(f"nft: {done.stderr.strip()[:200]}")
