"""A real mosquitto on a free loopback port with a configuration of its own, to be killed and started again."""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from agent.config_broker import MqttSettings
from tests.peers import free_port

MOSQUITTO = "/usr/sbin/mosquitto"


class Broker:
    """One broker; its port stays the same over restarts."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def settings(self) -> MqttSettings:
        return MqttSettings(host="127.0.0.1", port=self.port, tenant="north")

    def start(self, *lines: str) -> None:
        """Start it and return once it listens; `lines` go into its configuration."""
        config = self._folder / "mosquitto.conf"
        own = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "log_dest stderr",
            "log_type all",
            "user root",
        ]
        config.write_text("\n".join([*own, "persistence false", *lines]) + "\n")
        self._process = subprocess.Popen([MOSQUITTO, "-c", config], stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if line.rstrip().endswith(" running"):
                break
        else:
            raise AssertionError(f"mosquitto did not start: {said}")
        threading.Thread(target=self._process.stderr.read, daemon=True).start()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def mosquitto(folder: Path, *lines: str) -> Iterator[Broker]:
    """A running broker, ended with the test."""
    broker = Broker(folder)
    broker.start(*lines)
    try:
        yield broker
    finally:
        broker.kill()
