"""How much longer reading the virtual Huawei ONT over Telnet takes than a raw socket that asks the same questions.

Timed inside the reading process, from the log-in prompt to the last answer, medians of alternating runs. Prints the
ratio at 0 and at 50 ms think time an answer; run with `python -m tests.benchmarks reading`.
"""

import multiprocessing
import socket
import statistics
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

from drivers.capture import load_capture
from drivers.cli_session import TelnetPipe
from drivers.profile import Profile
from drivers.profile_file import load_profile
from drivers.shell_session import ShellSession
from drivers.virtual.ont import USERNAME, WORD, Faults, VirtualOnt, virtual_login
from drivers.virtual.servers import TelnetServer

RUNS = 7


def serve(think_s: float, tell: Connection) -> None:
    ont = VirtualOnt(capture=load_capture("huawei_wap", "lit"), faults=Faults(think_s=think_s))
    with TelnetServer(ont, "127.0.0.1", 0) as server:
        tell.send(server.port)
        tell.recv()


def raw_client(port: int, questions: Sequence[str]) -> float:
    """A client that knows the one right prompt and trusts it: the least that can be done."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def until(mark: bytes) -> None:
            heard = b""
            while not heard.endswith(mark):
                heard += connection.recv(65536)

        until(b"Login:")
        start = time.perf_counter()
        for word, mark in ((USERNAME, b"Password:"), (WORD, b"WAP>"), *((q, b"WAP>") for q in questions)):
            connection.sendall(word.encode() + b"\r\n")
            until(mark)
        took = time.perf_counter() - start
        connection.sendall(b"logout\r\n")
    return took


class Opened:
    """What TelnetPipe needs of netmiko's connection; the import of netmiko is not part of the figure."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.close = self._socket.close

    def get_socket(self) -> socket.socket:
        return self._socket


def driver(port: int, profile: Profile, questions: Sequence[str]) -> tuple[float, float]:
    """Seconds to the last answer, and seconds until all answers are certain."""
    assert profile.dialogue
    pipe = TelnetPipe(Opened(port))
    session = ShellSession(pipe, "telnet", [profile.dialogue], deadline_at=time.monotonic() + 60)
    start = time.perf_counter()
    session.log_in(virtual_login())
    session.ask(questions)
    answered = time.perf_counter() - start
    answers = session.close()
    certain = time.perf_counter() - start
    assert len(answers) == len(questions) and all(isinstance(a, str) for a in answers.values())
    return answered, certain


def main() -> None:
    profile = load_profile("huawei_wap")
    questions = profile.questions()
    for think_s in (0.0, 0.05):
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(target=serve, args=(think_s, theirs), daemon=True)
        process.start()
        port = ours.recv()
        raw, asked, certain = [], [], []
        for _ in range(RUNS):
            raw.append(raw_client(port, questions))
            answered, proven = driver(port, profile, questions)
            asked.append(answered)
            certain.append(proven)
        ours.send("end")
        process.join(5)
        base = statistics.median(raw)
        print(f"think time {think_s * 1000:.0f} ms, {len(questions)} questions, raw socket {base * 1000:.1f} ms:")
        print(f"  last answer after {statistics.median(asked) / base:.2f} x of a raw socket")
        print(f"  all answers certain after {statistics.median(certain) / base:.2f} x of a raw socket")


if __name__ == "__main__":
    main()
