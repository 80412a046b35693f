"""Debian's Chromium without a window, driven over its DevTools pipe: pages are opened, asked and pictured; no library.

Every question has a generous bound, after which the test fails and says so; nothing waits by the clock.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 300
_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *(
        "--no-default-browser-check",
        "--no-sandbox",
        "--hide-scrollbars",
        "--proxy-server=127.0.0.1:9",
        "--force-color-profile=srgb",
    ),
)


class ChromiumError(AssertionError):
    """The browser did not do what it was asked."""


class Chromium:
    """One browser with one page."""

    def __init__(self, pid: int, asks: int, answers: int) -> None:
        self.pid = pid
        self._asks, self._answers = asks, answers
        self._held = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to one command of its protocol."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        whole = json.dumps(command).encode() + b"\0"
        while whole:
            whole = whole[os.write(self._asks, whole) :]
        while True:
            message = self._message()
            if message.get("id") == self._number:
                break
            self.events.append(message)
        if "error" in message:
            raise ChromiumError(f"{method}: {message['error']}")
        return dict(message["result"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._held:
            if not select.select([self._answers], [], [], PATIENCE_S)[0]:
                raise ChromiumError(f"no answer within {PATIENCE_S} s")
            read = os.read(self._answers, 1 << 20)
            if not read:
                raise ChromiumError("the browser ended")
            self._held += read
        whole, _, self._held = self._held.partition(b"\0")
        return dict(json.loads(whole))

    def open(self, path: Path) -> None:
        """Load a file and wait until it is loaded."""
        self.visit(path.resolve().as_uri())

    def visit(self, url: str) -> None:
        """Load what is at an address, of this machine, and wait until it is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())

    def run(self, script: str) -> Any:
        """The value, or what its promise comes to, of an expression in the page."""
        made = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in made:
            thrown = made["exceptionDetails"]
            raise ChromiumError(thrown.get("exception", {}).get("description") or thrown["text"])
        return made["result"].get("value")

    def give(self, selector: str, *files: Path) -> None:
        """Put files into a file field of the page."""
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(file.resolve()) for file in files], nodeId=node)

    def look(self, path: Path, *, width: int, height: int, dark: bool = False, whole: bool = False) -> None:
        """Save a picture of the page on a screen of this size."""
        self.screen(width=width, height=height, dark=dark)
        made = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(made["data"]))

    def screen(self, *, width: int, height: int, dark: bool = False, media: str = "") -> None:
        """Be a screen of this size, light or dark, or paper."""
        mobile = width < 600
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1 + mobile,
            mobile=mobile,
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)

    def complaints(self) -> list[str]:
        """What the page wrote to the console as an error, threw, or asked of a network."""
        self.run("1")
        return [told for event in self.events if (told := _complaint(event))]


def _complaint(event: Mapping[str, Any]) -> str:
    made = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            return str(made["exceptionDetails"].get("exception", {}).get("description", made))
        case "Log.entryAdded" if made["entry"]["level"] == "error":
            return str(made["entry"]["text"])
        case "Network.requestWillBeSent" if not made["request"]["url"].startswith(("file:", "about:", "data:")):
            return f"asked for {made['request']['url']}"
    return ""


@contextmanager
def chromium(language: str = "en") -> Iterator[Chromium]:
    """A browser of its own, without a network, ended with all of its processes."""
    command = shutil.which("chromium")
    assert command, "install chromium"
    ask_read, ask_write = os.pipe()
    answer_read, answer_write = os.pipe()
    # The browser reads 3 and writes 4; the shell puts them there.
    shell = f'exec "$@" 3<&{ask_read} 4>&{answer_write}'
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = (*_FLAGS, f"--lang={language}", f"--accept-lang={language}", f"--user-data-dir={profile}")
        process = subprocess.Popen(
            ["bash", "-c", shell, "bash", command, *options, "about:blank"],
            pass_fds=(ask_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(ask_read)
        os.close(answer_write)
        try:
            yield Chromium(process.pid, ask_write, answer_read)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(ask_write)
            os.close(answer_read)
