"""A PostgreSQL cluster of the test's own: unix socket only, made and thrown away with the test, killed when asked.

It never touches a cluster of the machine and listens on no address. As root it runs as an unprivileged user, for
postgres refuses root. A fresh database costs some milliseconds, a cluster a second: share it (`shared_cluster`, to be
imported into a conftest.py), and give each test its own database.

    with cluster() as postgres:                     # durable=True: with fsync, as a real one
        ledger_dsn = postgres.database()            # a fresh, empty database
        postgres.kill(); postgres.start()           # SIGKILL of every process, and recovery from the write-ahead log
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "deadlock_timeout": "100ms",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "log_min_messages": "warning",
}
_WAIT_S = 60.0


def missing() -> str:
    """Why there can be no cluster here, empty where there can: for `pytest.skip`."""
    return "" if _binaries() else "needs PostgreSQL (Debian: postgresql)"


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Cluster:
    """One cluster in a directory; started, killed and started again by the caller."""

    def __init__(self, directory: Path, *, durable: bool) -> None:
        self.directory = directory
        self._settings = _SETTINGS | ({} if durable else {"fsync": "off", "full_page_writes": "off"})
        self._numbers = itertools.count(1)
        self._server: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.log: list[str] = []

    def dsn(self, database: str = "postgres", user: str = "prooflight") -> str:
        """The connection string of a database."""
        return f"host={self.directory} dbname={database} user={user}"

    def database(self) -> str:
        """A fresh, empty database; its connection string."""
        name = f"ledger{next(self._numbers)}"
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.dsn(name)

    def make(self) -> None:
        """Make the cluster's files."""
        words = [*_program("initdb"), "-D", str(self.directory / "data"), "-U", "prooflight", "-A", "trust"]
        words += ["-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(words, check=True, capture_output=True, text=True, cwd=self.directory, **_unprivileged())

    def start(self) -> None:
        """Start it, over whatever the last end left, and wait until it takes connections."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        words = [*_program("postgres"), "-D", str(self.directory / "data"), "-k", str(self.directory), *settings]
        self._server = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.directory, **_unprivileged()
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._server, ready), daemon=True)
        self._reader.start()
        assert ready.wait(_WAIT_S), self.log[-20:]
        assert self._server.poll() is None, self.log[-20:]

    def _read(self, server: "subprocess.Popen[str]", ready: threading.Event) -> None:
        """Keep its log until its last process is gone: each of them holds the pipe."""
        assert server.stderr is not None
        for line in server.stderr:
            self.log.append(line.rstrip())
            if "database system is ready to accept connections" in line:
                ready.set()
        ready.set()
        server.stderr.close()

    def kill(self) -> None:
        """End every process of it by SIGKILL, as a power cut would; returns when all are gone."""
        assert self._server is not None
        children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text().split()
        for pid in (self._server.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """End it in good order; connections are cut."""
        assert self._server is not None
        self._server.send_signal(signal.SIGINT)
        self._wait()

    def _wait(self) -> None:
        assert self._server is not None and self._reader is not None
        self._server.wait(_WAIT_S)
        self._reader.join(_WAIT_S)
        assert not self._reader.is_alive(), "a process of the cluster is still there"
        self._server = None

    @property
    def pid(self) -> int:
        """The first of its processes, which makes one more for each connection."""
        assert self._server is not None
        return self._server.pid

    @property
    def processor_s(self) -> float:
        """Seconds of processor time that all of its processes have used, those that ended too."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        ticks = 0
        for pid in (self.pid, *children):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def running(self) -> bool:
        """Whether it was started and not ended."""
        return self._server is not None


def _program(name: str) -> list[str]:
    found = _binaries()
    assert found is not None, missing()
    return [str(found / name)]


def _unprivileged() -> dict[str, Any]:
    """How a process is started as somebody else where we are root."""
    return {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A running cluster, thrown away at the end; without fsync unless `durable`, for SIGKILL needs none."""
    directory = Path(tempfile.mkdtemp(prefix="prooflight-postgres-"))  # short: a socket's path has 107 characters
    try:
        if os.getuid() == 0:
            shutil.chown(directory, "nobody", pwd.getpwnam("nobody").pw_gid)
        made = Cluster(directory, durable=durable)
        made.make()
        made.start()
        try:
            yield made
        finally:
            if made.running:
                made.kill()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[Cluster]:
    """One cluster for all tests of a worker; give each test its own `database()`, and never kill this one."""
    if missing():
        pytest.skip(missing())
    with cluster() as made:
        yield made
