"""What the commands themselves send, each a process of its own, is what the AsyncAPI document says."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from agent.demo_files import write_demo_files
from tests.agent.broker import mosquitto
from tests.agent.test_order_commands import VOICE, command, hear, issue, prooflight
from tests.interfaces.asyncapi import Sent
from tests.interfaces.recorder import WAIT_S, foreign_senders, recorded

BASE = "prooflight/v1/north/s1"


@contextlib.contextmanager
def serving(house: Path, who: str, *words: str, until: str) -> Iterator[None]:
    """A command that serves, from when it has said so until the block ends, when it ends in order."""
    process = subprocess.Popen(command(house, who, *words), stdout=subprocess.PIPE, text=True)
    try:
        hear(process, until)
        yield
        process.terminate()
        process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
        process.communicate()


def test_a_visit_by_commands_alone_sends_only_what_the_document_knows(tmp_path: Path) -> None:
    house, log = tmp_path / "house", tmp_path / "broker.log"
    house.mkdir()
    with mosquitto(tmp_path, f"log_dest file {log}") as broker, recorded(broker.settings) as heard:
        write_demo_files(house, station="s1", tenant="north", broker_port=broker.port, interface="lo", namespace="")
        (house / "order.json").write_text(json.dumps(VOICE))
        with serving(house, "acceptor", "acceptor", "serve", until="listening"):
            with serving(house, "station", "serve", until="serving: put work orders into"):
                heard.wait(lambda sent: is_of(sent, "state", b'"on":true'))
                assert issue(house, "--station", "s1", "--send").returncode == 0
                heard.wait(lambda sent: is_of(sent, "in/acceptance"), 2)
                words = ("acceptor", "order", "revoke", VOICE["id"], "--reason", "moved", "--send")
                assert prooflight(house, "acceptor", *words).returncode == 0
            heard.wait(lambda sent: is_of(sent, "state", b'"on":false'))
    assert heard.faults() == []
    assert foreign_senders(log) == []
    ways = {name for each in heard.matches() for name in each.operations}
    assert ways >= {"sendState", "sendOrder", "sendRecord", "sendAcceptance"}


def is_of(sent: Sent, topic: str, part: bytes = b"") -> bool:
    return sent.topic == f"{BASE}/{topic}" and part in sent.payload
