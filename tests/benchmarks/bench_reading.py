"""How much longer ten questions take than with a raw client that trusts the one right prompt, by Telnet and by SSH.

Timed inside the reading process, from the log-in prompt (SSH: from the shell) to the last answer, medians of turns
taken, at 0 and at 50 ms think time an answer; run with `python -m tests.benchmarks reading`.
"""

import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import paramiko

from diagnostics.measurement import Failure
from drivers.capture import load_capture
from drivers.cli_session import SshPipe, TelnetPipe
from drivers.profile_file import load_profile
from drivers.shell_session import Pipe, ShellSession
from drivers.virtual.ont import USERNAME, WORD, Faults, VirtualOnt, virtual_login
from drivers.virtual.servers import serve

RUNS = 7
PROFILE, LIT = load_profile("huawei_wap"), load_capture("huawei_wap", "lit")
TWO_MORE = {"display timeout": "timeout value = 5 min\n\nsuccess!\n", "display lanmac": "mac\n\nsuccess!\n"}
FIRST = PROFILE.dialogue.first if PROFILE.dialogue else ()
QUESTIONS = tuple(dict.fromkeys((*FIRST, *PROFILE.questions(), *TWO_MORE)))  # the raw client asks the same


def serving(transport: str, think_s: float, tell: Connection) -> None:
    """Be the lit Huawei in a process of its own until told to end."""
    capture = replace(LIT, answers={**LIT.answers, **TWO_MORE})
    with serve(VirtualOnt(capture=capture, faults=Faults(think_s=think_s)), transport) as server:
        tell.send(server.port)
        tell.recv()


def asked(receive: Callable[[int], bytes], send: Callable[[bytes], None], words: Sequence[tuple[str, bytes]]) -> float:
    """Seconds that it takes to say each word and hear its mark: the least that can be done."""
    start = time.perf_counter()
    for word, mark in words:
        send(word.encode() + b"\r\n")
        heard = b""
        while not heard.endswith(mark):
            heard += receive(65536)
    return time.perf_counter() - start


def raw_telnet(port: int) -> float:
    """A socket and nothing else."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not connection.recv(65536).endswith(b"Login:"):
            pass
        words = [(USERNAME, b"Password:"), (WORD, b"WAP>"), *((q, b"WAP>") for q in QUESTIONS)]
        took = asked(connection.recv, connection.sendall, words)
        connection.sendall(b"logout\r\n")
    return took


def ssh_client(port: int) -> paramiko.SSHClient:
    """A paramiko connection, logged in."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", port, USERNAME, WORD, look_for_keys=False, allow_agent=False)
    return client


def raw_ssh(port: int) -> float:
    """A paramiko channel and nothing else."""
    with ssh_client(port) as client:
        channel = client.invoke_shell(width=511, height=1000)
        while not channel.recv(65536).endswith(b"WAP>"):
            pass
        return asked(channel.recv, channel.sendall, [(q, b"WAP>") for q in QUESTIONS])


class Opened:
    """What the pipes need of netmiko's connection; the import of netmiko is not part of the figure."""

    def __init__(self, port: int, transport: str) -> None:
        if transport == "telnet":
            self._socket = socket.create_connection(("127.0.0.1", port))
            self.close = self._socket.close
        else:
            client = ssh_client(port)
            self.remote_conn: Any = client.invoke_shell(width=511, height=1000)
            self.paramiko_cleanup = client.close

    def get_socket(self) -> socket.socket:
        """The telnet socket."""
        return self._socket


def driver(port: int, transport: str) -> tuple[float, float]:
    """Seconds to the last answer, and seconds until all answers are certain."""
    assert PROFILE.dialogue
    opened = Opened(port, transport)
    pipe: Pipe = TelnetPipe(opened) if transport == "telnet" else SshPipe(opened)
    session = ShellSession(pipe, transport, [PROFILE.dialogue], deadline_at=time.monotonic() + 60)
    if transport == "ssh":
        session.log_in(virtual_login())  # waits for the first prompt, as the raw client does
    start = time.perf_counter()
    if transport == "telnet":
        session.log_in(virtual_login())
    session.ask(QUESTIONS)
    answered = time.perf_counter() - start
    answers = session.close()
    certain = time.perf_counter() - start
    assert set(QUESTIONS) <= set(answers), "every question has its answer"
    assert not [a for a in answers.values() if isinstance(a, Failure) and a.kind == "unparseable"], "none is cut"
    return answered, certain


def measure(transport: str, think_s: float) -> None:
    """Print the ratios of one transport at one think time."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serving, args=(transport, think_s, theirs), daemon=True)
    process.start()
    port = ours.recv()
    runs = []
    for _ in range(RUNS):
        raw = raw_telnet(port) if transport == "telnet" else raw_ssh(port)
        runs.append((raw, *driver(port, transport)))
    ours.send("end")
    process.join(5)
    base, answered, certain = (statistics.median(column) for column in zip(*runs, strict=True))
    print(
        f"{transport}, think time {think_s * 1000:.0f} ms, {len(QUESTIONS)} questions, raw client {base * 1000:.1f} ms:"
    )
    print(f"  last answer after {answered / base:.2f} x, all answers certain after {certain / base:.2f} x")


def main() -> None:
    """Both transports at both think times."""
    for transport in ("telnet", "ssh"):
        for think_s in (0.0, 0.05):
            measure(transport, think_s)


if __name__ == "__main__":
    main()
