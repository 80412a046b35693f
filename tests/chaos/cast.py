"""The processes of a campaign: started, killed, started again, and gone with us whatever happens."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The kernel kills each of them when we are gone, also where we were killed ourselves.
_LEASH = ("setpriv", "--pdeathsig", "KILL", "--")
News = queue.SimpleQueue[tuple[str, int, str | None]]


class Member:
    """One process with a name; what it says comes as news, and last None."""

    def __init__(self, name: str, command: Sequence[str], news: News) -> None:
        self.name = name
        self.life = 0
        self._command = [*_LEASH, *command]
        self._news = news
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Begin another life."""
        self.life += 1
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        threading.Thread(target=self._read, args=(self._process, self.life), daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it was started and not killed by us."""
        return self._process is not None

    def kill(self) -> None:
        """End it by SIGKILL; nothing where it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self, patience_s: float) -> int:
        """Ask it to end; its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(patience_s)
        self._process = None
        return code

    def ask(self) -> None:
        """Send it one line."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _read(self, process: "subprocess.Popen[str]", life: int) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._news.put((self.name, life, line.rstrip("\n")))
        self._news.put((self.name, life, None))


def python(module: str, *words: object) -> list[str]:
    """The command of a module of ours."""
    return [sys.executable, "-m", module, *map(str, words)]


def end_with_any_thread() -> None:
    """From now on this process ends, and says why, where one of its threads breaks."""

    def end(told: threading.ExceptHookArgs) -> None:
        print(f"a thread broke: {told.exc_value!r}", flush=True)
        os._exit(1)

    threading.excepthook = end
