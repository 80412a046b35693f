"""A real station under strace that is attacked by an engineer's own key and by worse: what it wrote, what it started.

Consent is given on its page and its ONT answers, so that whatever an attacker may reach is in reach. Messages go out in
batches that the station has room for, so that each of them is really judged.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import local_socket
from agent.demo_files import write_demo_files
from agent.keys import load_private, new_private
from agent.mqtt_link import Published
from agent.support.intake import MOST
from agent.support.limits import A_MINUTE
from agent.survey import survey
from agent.trust import load_trust
from diagnostics import strict_json
from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve as serve_ont
from tests.agent.broker import mosquitto
from tests.agent.support.attackers import Attacker
from tests.agent.support.engineers import Engineer, engineer
from tests.agent.support.stations import BASE, WAIT_S, Desk, desk_with
from tests.web.served import Client, add_page, ask_ont_at

ROOT = Path(__file__).parents[3]
_CALLS = (
    *(
        "open",
        "openat",
        "openat2",
        "creat",
        "rename",
        "renameat",
        "renameat2",
        "unlink",
        "unlinkat",
        "mkdir",
        "mkdirat",
    ),
    *("rmdir", "link", "linkat", "symlink", "symlinkat", "truncate", "mknod", "mknodat", "execve", "execveat", "fork"),
)
_CHANGES = re.compile(r"(\w+)\((.*)\) += \d")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of so many messages: what the station counted, how often it ran something, what the kernel saw.

    `written` are the paths that were opened for writing, made or taken away; `started` the programs.
    """

    sent: int
    took_s: float
    refused: dict[str, int]
    ran: int
    written: Counter[str]
    started: Counter[str]
    folder: Path

    @property
    def allowed(self) -> int:
        """How many commands of one engineer may be answered in that time."""
        return A_MINUTE * (1 + int(self.took_s // 60))

    @property
    def judged(self) -> int:
        """How many messages the station has dealt with."""
        return self.ran + sum(self.refused.values())

    @property
    def elsewhere(self) -> dict[str, int]:
        """What was written outside the journal."""
        own = (f"{self.folder}/demo/state/journal/", "/dev/null", "/proc/self/")
        return {path: count for path, count in self.written.items() if not path.startswith(own)}

    @property
    def strangers(self) -> dict[str, int]:
        """The programs that were started and are none of the known children."""
        known = re.compile(r"\S*python\S* -m diagnostics\.child_start .*|ip -j route get 127\.0\.0\.1")
        return {program: count for program, count in self.started.items() if not known.match(program)}


def campaign(folder: Path, count: int, seed: int) -> Outcome:
    """Attack a station with so many messages and look at what it did from the first of them on."""
    trace = folder / "trace"
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder))
        ont = stack.enter_context(serve_ont(VirtualOnt(capture=load_capture("huawei_wap", "lit")), "telnet"))
        config = folder / "demo" / "station.toml"
        names = {"station": "station-1", "tenant": "north", "interface": "lo", "namespace": ""}
        write_demo_files(folder / "demo", broker_port=broker.port, **names)  # type: ignore[arg-type]
        ask_ont_at(config, ont.port)
        add_page(config)
        who, others = _pinned(folder / "demo")
        url = stack.enter_context(_traced(config, trace))
        desk = stack.enter_context(desk_with(broker, who, load_trust(folder / "demo" / "trust.json")))
        assert desk.refused(desk.ask("ont.read")) == "no_consent"
        page = Client(url).sign_in()
        assert page.post("/api/support/grant", {"kid": who.key.kid, "minutes": 30, "by": "technician"})[0] == 200
        assert desk.ended(desk.ask("ont.read")) == "", "what is made once, by the first reading, is there"
        began, before, begin = trace.stat().st_size, _counts(folder), time.monotonic()
        attacker = Attacker(who, others, station="station-1", seed=seed)
        for done in range(0, count, MOST // 2):
            _send(desk, attacker, min(MOST // 2, count - done))
            _settle(folder, before, done + min(MOST // 2, count - done))
        (ran, refused), took_s = _counts(folder), time.monotonic() - begin
        seen = trace.read_bytes()[began:].decode(errors="replace")
    changed = {reason: times - before[1].get(reason, 0) for reason, times in refused.items()}
    written, started = _read(seen)
    counts: dict[str, Any] = {"sent": count, "refused": changed, "ran": ran - before[0], "took_s": took_s}
    return Outcome(**counts, written=written, started=started, folder=folder)


def _pinned(folder: Path) -> tuple[Engineer, list[object]]:
    """An engineer who is pinned, and keys of every other role and of nobody."""
    who = engineer(folder / "engineers")
    trust = folder / "trust.json"
    trust.write_bytes(strict_json.write({"keys": [*strict_json.parse_object(trust.read_bytes())["keys"], who.entry]}))
    others = [load_private(folder / "keys" / f"{role}.key") for role in ("order", "reflector", "acceptor", "station")]
    return who, [*others, new_private(folder / "engineers" / "stranger.jwk")]


@contextmanager
def _traced(config: Path, trace: Path) -> Iterator[str]:
    """`prooflight serve` under strace, and its page's address."""
    station = [sys.executable, "-B", "-m", "agent.cli", "serve", "--config", str(config)]
    only = ["-e", f"trace={','.join(_CALLS)}", "-e", "signal=none", "-s", "4096", "-o", str(trace)]
    log = (config.parent / "serve.log").open("w")
    quiet = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    how = {"stdout": subprocess.PIPE, "stderr": log, "text": True, "cwd": ROOT, "env": quiet}
    process = subprocess.Popen(["strace", "-f", "--seccomp-bpf", *only, *station], start_new_session=True, **how)
    assert process.stdout is not None
    try:
        url = ""
        while "serving: put work orders" not in (line := process.stdout.readline()):
            assert line, f"the station ended: {Path(log.name).read_text()}"
            url = line.partition("page: ")[2].strip() or url
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            log.close()


def _send(desk: Desk, attacker: Attacker, count: int) -> None:
    """Send so many messages, and hear what the broker says to each; every answer must be the station's own."""
    desk.born()
    left = {desk.person.link.publish(f"{BASE}/in/command", attacker.message(desk.nonce)) for _ in range(count)}
    while left:
        event = desk.listen()
        if isinstance(event, Published):
            assert event.code == 0
            left.discard(event.mid)


def _settle(folder: Path, before: tuple[int, dict[str, int]], count: int) -> None:
    """Wait until the station has dealt with so many messages."""
    end = time.monotonic() + WAIT_S
    while (left := count - _judged(folder, before)) > 0:
        assert time.monotonic() < end, f"{left} messages were not dealt with"
        time.sleep(0.002)


def _judged(folder: Path, before: tuple[int, dict[str, int]]) -> int:
    ran, refused = _counts(folder)
    return ran + sum(refused.values()) - before[0] - sum(before[1].values())


def _counts(folder: Path) -> tuple[int, dict[str, int]]:
    """How often something was run until now, and how many messages were refused, by reason."""
    state = folder / "demo" / "state"
    told = local_socket.ask(state, {"verb": "status"}, WAIT_S)
    assert told is not None
    found = survey(state / "journal")
    taken = [entry for entry in found.entries if entry.kind == "support" and '"taken"' in found.read(entry)]
    return len(taken), told["support"]["refused"]


def _read(seen: str) -> tuple[Counter[str], Counter[str]]:
    """The paths that calls changed, and the programs that were started; calls that came to nothing are left out."""
    written, started = Counter[str](), Counter[str]()
    for line in seen.splitlines():
        found = _CHANGES.search(line)
        if found is None:
            continue
        call, told = found.groups()
        paths = _PATH.findall(told)
        if call.startswith("exec"):
            started[" ".join(_PATH.findall(told.partition("[")[2]))] += 1
        elif not call.startswith("open") or re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", told):
            written.update(paths)
    return written, started
