"""`prooflight reflector serve`: the gate in front of iperf3; admits by signed order, signs what the kernel counts."""

import argparse
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from agent import config
from diagnostics.errors import NotAvailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="serve")
    serve = verbs.add_parser("serve", help="admit stations to throughput runs, until it is ended")
    serve.add_argument("--config", type=Path, metavar="FILE", help="the reflector's configuration")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; runs that go on are then aborted, and their receipts say so."""
    from agent.keys import load_private
    from agent.reflector.face import Face
    from agent.reflector.firewall import firewall
    from agent.reflector.gate import Gate, Settings
    from agent.trust import PinnedKeys

    found = config.load_reflector(arguments.config, os.environ)
    ports = range(found.first_port, found.first_port + 2 * found.capacity)
    settings = Settings(
        name=found.name,
        key=load_private(found.key),
        address=found.address,
        ports=ports,
        capacity=found.capacity,
        folder=found.state_dir,
    )
    keys = PinnedKeys(found.trust, _say)
    guard = firewall(ports[0], ports[-1])
    with _Sending(found) as sending:
        gate = Gate(settings, keys.now, firewall=guard, now=lambda: datetime.now(UTC), keep=sending.wake)
        try:
            face = Face(found.address, found.port, gate)
        except OSError as error:
            guard.close()
            raise NotAvailable(
                f"{found.address}:{found.port}: {error.strerror}; see [reflector] address, port"
            ) from error
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: threading.Thread(target=face.shutdown).start())
            _say(f"listening on {found.address}:{found.port}; foreign sources are kept out by {guard.name}")
            face.serve_forever(poll_interval=0.1)
        finally:
            gate.close()
            face.server_close()
    return 0


class _Sending:
    """Receipts on their way to the acceptor, in a thread, where a broker is configured."""

    def __init__(self, found: config.ReflectorConfig) -> None:
        self._sender = None
        self._stop = threading.Event()
        if found.mqtt is not None:
            from agent.reflector.sender import Sender

            self._sender = Sender(found.mqtt, name=found.name, folder=found.state_dir / "pending", say=_say)
            self._thread = threading.Thread(target=self._sender.run, args=(self._stop,), name="receipts")

    def wake(self, digest: str = "") -> None:
        """There is a new receipt."""
        if self._sender is not None:
            self._sender.wake()

    def __enter__(self) -> "_Sending":
        if self._sender is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._sender is not None:
            self._sender.wake()
            self._thread.join()


def _say(words: str) -> None:
    print(words, flush=True)
