"""Network namespaces as hosts of a virtual line: made here, addressed by path, and gone when we are gone.

A namespace is held by a process whose input is a pipe of ours, and everything started inside dies with us, so that
also `kill -9` leaves nothing behind. Needs root, or a user namespace in which we are root.
"""

import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence

from diagnostics.child import namespace_prefix
from diagnostics.errors import NotAvailable
from diagnostics.server_end import end

# The signal comes when the thread that started the process ends: build a line in a thread that lives as long as it.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
_PACKAGES = {
    "ip": "iproute2",
    "tc": "iproute2",
    "nft": "nftables",
    "iperf3": "iperf3",
    "dnsmasq": "dnsmasq",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}


class Namespace:
    """One host: a network namespace, alive as long as this object is open."""

    def __init__(self) -> None:
        command = [*DIES_WITH_US, "unshare", "--net", "sh", "-c", "echo ready; exec cat"]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self._holder.stdout is not None and self._holder.stderr is not None
        if self._holder.stdout.readline() != b"ready\n":
            words = self._holder.stderr.read().decode(errors="replace").strip()
            self.close()
            raise NotAvailable(f"a network namespace cannot be made ({words}); run as root")
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int:
        """The process that holds the namespace."""
        return self._holder.pid

    @property
    def path(self) -> str:
        """The namespace as a file, as the configuration names it."""
        return f"/proc/{self.pid}/ns/net"

    def run(self, *command: str, said: str = "") -> str:
        """Run a command inside, `said` on its input; returns what it prints. NotAvailable with its own words."""
        inside = [*namespace_prefix(self.path), *command]
        done = subprocess.run(inside, input=said, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotAvailable(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def ip(self, lines: Iterable[str]) -> None:
        """Run lines of the `ip` program in one go."""
        self.run("ip", "-batch", "-", said="\n".join(lines))

    def start(self, command: Sequence[str], **options: object) -> "subprocess.Popen[bytes]":
        """Start a server inside; it ends with this namespace, and with us."""
        prefix = [*DIES_WITH_US, *namespace_prefix(self.path)]
        process: subprocess.Popen[bytes] = subprocess.Popen([*prefix, *command], **options)  # type: ignore[call-overload]
        self.started.append(process)
        return process

    def start_until(
        self, mark: str, command: Sequence[str], *, said: str = "", patience_s: float = 30.0
    ) -> "subprocess.Popen[bytes]":
        """Start a server inside and wait until it has printed the mark; what it prints later is dropped.

        What is `said` stands on its standard input, which then stays open. NotAvailable with its last words where it
        ends without the mark, or says nothing of the kind in time.
        """
        source = subprocess.PIPE if said else subprocess.DEVNULL
        process = self.start(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert process.stdout is not None
        if process.stdin is not None:
            process.stdin.write(said.encode())
            process.stdin.flush()
        seen, output = b"", process.stdout.fileno()
        deadline = time.monotonic() + patience_s
        while mark.encode() not in seen:
            ready, _, _ = select.select([output], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(output, 4096) if ready else b""
            if not chunk:
                words = seen.decode(errors="replace").strip().splitlines()[-1:] or ["no word"]
                end(process)
                raise NotAvailable(f"{' '.join(command)} did not start: {words[0]}")
            seen = (seen + chunk)[-8192:]
        # Nobody reads on, and a full pipe would stop the server.
        threading.Thread(target=_drain, args=(os.dup(output),), daemon=True).start()
        return process

    def close(self) -> None:
        """End everything inside and the namespace itself."""
        for process in getattr(self, "started", []):
            end(process)
        end(self._holder)


def _drain(output: int) -> None:
    while os.read(output, 65536):
        pass
    os.close(output)


def need_programs(*names: str) -> None:
    """NotAvailable where one of these programs is missing; the message names its package."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        packages = " ".join(sorted({_PACKAGES[name] for name in missing}))
        raise NotAvailable(f"{', '.join(missing)}: not installed; apt-get install {packages}")


def may_make_namespaces() -> bool:
    """Whether this process may make network namespaces as it is."""
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return probe.returncode == 0


def reenter_as_root(command: Sequence[str]) -> None:
    """Run this program anew inside a user namespace in which it is root; returns only where that is not allowed."""
    probe = subprocess.run(["unshare", "--user", "--map-root-user", "--net", "true"], capture_output=True, check=False)
    if probe.returncode == 0:
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", *command])
