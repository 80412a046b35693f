"""A reflector's stand-in: admits whom the trust file knows, and signs what it would have counted of the plan's runs.

Run as `python -m tests.chaos.reflector FOLDER GATE_PORT BROKER_PORT`. It forgets its sessions when it is killed; the
receipts that it has signed lie in a folder, and the real sender hands them to the broker as well.
"""

import itertools
import json
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from agent import admission, seal
from agent.config_broker import MqttSettings
from agent.disk import Disk
from agent.keys import load_private
from agent.reflector.sender import Sender
from agent.trust import load_trust
from diagnostics import strict_json
from tests.agent import receipts
from tests.chaos.cast import end_with_any_thread
from tests.chaos.world import REFLECTOR, TENANT
from tests.frauds.house import stated


class Counted:
    """What the stand-in knows: rates by signed order, its key, the sessions that it has not forgotten."""

    def __init__(self, folder: Path) -> None:
        self._rates = json.loads((folder / "rates.json").read_text())
        self._key = load_private(folder / "keys" / f"{REFLECTOR}.jwk")
        self._trust = load_trust(folder / "trust.json")
        self.outgoing = folder / "receipts"
        self.outgoing.mkdir(exist_ok=True)
        self._numbers = itertools.count()
        self._runs: Counter[str] = Counter()
        self._sessions: dict[str, str] = {}

    def admit(self, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        proof = seal.open_sealed(body["proof"], typ=seal.ADMISSION, trust=self._trust)
        asked = admission.from_json(strict_json.parse_object(proof.envelope.payload))
        self._runs[asked.order] += 1
        now = datetime.now(UTC)
        times = {"admitted_at": now, "first_byte_at": now, "last_byte_at": now + timedelta(seconds=15)}
        facts = {"order": asked.order, "open": asked.open, "station": proof.key.name, "run": self._runs[asked.order]}
        made = stated(asked.direction, mbps=self._rates[asked.order], source="127.0.0.0/24", **facts, **times)
        token, session = receipts.sealed(made, self._key), f"s{next(self._numbers)}"
        Disk().replace(self.outgoing / f"{seal.digest_of(token)}.jws", token.encode())
        self._sessions[session] = token
        return 200, {"port": 5210, "session": session}

    def receipt(self, session: str) -> tuple[int, dict[str, object]]:
        token = self._sessions.pop(session, None)
        return (404, {"reason": "no such session"}) if token is None else (200, {"receipt": token})


def main(folder: str, gate_port: str, broker_port: str) -> None:
    """Answer until killed."""
    end_with_any_thread()
    counted = Counted(Path(folder))

    class Gate(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self._answer(200, {"nonce": "n"}) if self.path == "/v1/nonce" else self._answer(*counted.admit(body))

        def do_GET(self) -> None:
            self._answer(*counted.receipt(self.path.rpartition("/")[2]))

        def _answer(self, status: int, body: dict[str, object]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    settings = MqttSettings(host="127.0.0.1", port=int(broker_port), tenant=TENANT)
    sender = Sender(settings, name=REFLECTOR, folder=counted.outgoing, say=lambda words: None)
    threading.Thread(target=sender.run, args=(threading.Event(),), daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", int(gate_port)), Gate)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
