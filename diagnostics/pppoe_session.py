"""The session of a line where the station dials: held by a wire child in the background, and always given back.

Whoever ends it - we, the deadline, a crash of the child - a second short task then ends the session at the peer by the
number that the child told, unless the child said that it had done so itself.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from diagnostics.child import never
from diagnostics.instruments import Heard
from diagnostics.measurement import Failure
from diagnostics.scapy_wire import WireChild
from diagnostics.secret import Secret

_HOLD_S = 3600.0
_RELEASE_S = 15.0
_TRIES = 2


class PppoeSession:
    """One session at a time, on one interface; `routes` are the addresses that are reached through it."""

    def __init__(
        self,
        interface: str,
        namespace: str = "",
        *,
        account: str,
        password: Secret | None,
        tunnel: str,
        routes: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> None:
        self._interface, self._namespace = interface, namespace
        self._account, self._password = account, password
        self._request = {"tunnel": tunnel, "routes": list(routes), **(options or {})}
        self._cancelled = cancelled
        self._leave, self._settled = threading.Event(), threading.Event()
        self._lines: list[Mapping[str, Any]] = []
        self._failure: Failure | None = None
        self._load = 0.0
        self._holder: threading.Thread | None = None

    def dial(self, tell: Callable[[str], None] = lambda words: None) -> Heard:
        """Dial, and return what each stage came to; the session then stays up in the background."""
        self.release()
        self._leave.clear()
        self._settled.clear()
        self._lines, self._failure = [], None
        self._holder = threading.Thread(target=self._hold, args=(tell,), name="pppoe session")
        self._holder.start()
        self._settled.wait()
        return Heard(lines=tuple(self._lines), failure=self._failure)

    def load_ratio(self) -> float:
        """The highest share of a processor that moving the session's packets wanted in any second since last asked."""
        load, self._load = self._load, 0.0
        return load

    def fault(self) -> Failure | None:
        """Why nothing can be measured inside the session; None while it holds."""
        up = next((line["up"] for line in self._lines if "up" in line), None)
        if up is None:
            return Failure(kind="not_applicable", stage="pppoe", detail="no session came up")
        if up["words"]:
            return Failure(kind="instrument_limit", stage="pppoe", detail=up["words"])
        ends = [line["ended"]["words"] for line in self._lines if "ended" in line]
        if ends:
            return Failure(kind="disturbed", stage="pppoe", detail=f"the session ended: {ends[0]}")
        return self._failure  # of a child that ended without a word

    def release(self) -> None:
        """End the session, whatever became of it; without one, and when called again, nothing happens."""
        self._leave.set()
        if self._holder is not None:
            self._holder.join()
            self._holder = None

    def _hold(self, tell: Callable[[str], None]) -> None:
        try:
            wire = WireChild(self._interface, self._namespace, cancelled=self._over)
            secret = None if self._password is None else self._password.reveal()
            request = {"account": self._account, "password": secret, **self._request}
            heard = wire.ask("pppoe", request, deadline_s=_HOLD_S, on_line=lambda line: self._note(line, tell))
            self._failure = heard.failure
        finally:
            self._settled.set()
            self._give_back()

    def _over(self) -> bool:
        return self._leave.is_set() or self._cancelled()

    def _note(self, line: Mapping[str, Any], tell: Callable[[str], None]) -> None:
        if "load" in line:
            self._load = max(self._load, float(line["load"]))
            return
        self._lines.append(line)
        tell(f"pppoe: {next(iter(line))}")
        if "up" in line or "ended" in line:
            self._settled.set()

    def _give_back(self) -> None:
        """End at the peer what the child could not end itself."""
        session = next((line["session"] for line in self._lines if "session" in line), None)
        if session is None or any("released" in line for line in self._lines):
            return
        wire = WireChild(self._interface, self._namespace)
        for _ in range(_TRIES):
            request = {"peer": session["peer"], "number": session["id"]}
            if wire.ask("pppoe_release", request, deadline_s=_RELEASE_S).failure is None:
                return
