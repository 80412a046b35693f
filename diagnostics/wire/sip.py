"""Registers at the ordered SIP registrar with digest, and takes the registration back (RFC 3261 10).

Only our own contact is registered and removed; the ONT's stays. It is removed also when this is interrupted;
`sip_release` removes it for a killed child. The password comes in with the request and goes nowhere but into a digest.
"""

import os
import select
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from diagnostics.wire.sip_message import Answer, Registration, authorization, challenge, parse

WAIT_S = 3.0
_T1_S = 0.5  # RFC 3261 17.1.2.1
_EXPIRES = 300
_ROUNDS = 4  # challenge, stale nonce, longer expiry, and the answer


def run(
    interface: str, host: str, port: int, domain: str, user: str, password: str = "", wait_s: float = WAIT_S
) -> Iterator[dict[str, Any]]:
    """Yield the registration that is tried, each answer to it, and what came of taking it back."""
    with _connected(interface, host, port) as sock:
        local, number = sock.getsockname()[:2]
        made = Registration(
            domain=domain, user=user, contact=f"{local}:{number}", call_id=os.urandom(12).hex(), tag=os.urandom(6).hex()
        )
        client = _Client(sock, made, password, wait_s)
        yield {
            "binding": asdict(made),
            "password": bool(password),
        }  # said before it is sent: whoever hears this can take it back
        registered = False
        try:
            for answer in client.register(_EXPIRES):
                registered = registered or answer["code"] // 100 == 2
                yield {"answer": answer}
        finally:
            removed = list(client.register(0)) if registered else []
        yield {"removed": removed[-1]["code"] if removed else 0}


def remove(
    interface: str, host: str, port: int, password: str, binding: Mapping[str, str], wait_s: float = WAIT_S
) -> int:
    """Take a registration back; the code of the last answer, 0 where there is none."""
    with _connected(interface, host, port) as sock:
        client = _Client(sock, Registration(**binding), password, wait_s, first=100)
        codes = [answer["code"] for answer in client.register(0)]
    return codes[-1] if codes else 0


def _connected(interface: str, host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.connect((host, port))
    return sock


class _Client:
    def __init__(
        self, sock: socket.socket, registration: Registration, password: str, wait_s: float, first: int = 1
    ) -> None:
        self._sock = sock
        self._registration = registration
        self._password = password
        self._wait_s = wait_s
        self._number = first

    def register(self, expires: int) -> Iterator[dict[str, Any]]:
        """Each final answer on the way to being registered, with its time; a challenge is met once."""
        credentials: tuple[str, str] | None = None
        for _ in range(_ROUNDS):
            begin = time.monotonic()
            answer = self._transact(expires, credentials)
            if answer is None:
                return
            yield {"code": answer.code, "reason": answer.reason, "ms": round((time.monotonic() - begin) * 1000, 3)}
            least = answer.first("min-expires")
            if answer.code == 423 and expires and least.isascii() and least.isdigit():
                expires = min(int(least[:9]), 86400)
                continue
            parts = challenge(answer) if answer.code in (401, 407) else None
            if not self._password or parts is None or (credentials and parts.get("stale", "").lower() != "true"):
                return
            credentials = (_HEADERS[answer.code], self._answer(parts))

    def _answer(self, parts: Mapping[str, str]) -> str:
        who = {"user": self._registration.user, "password": self._password}
        return authorization(parts, **who, uri=f"sip:{self._registration.domain}", cnonce=os.urandom(8).hex())

    def _transact(self, expires: int, credentials: tuple[str, str] | None) -> Answer | None:
        """Send one request, again as long as nothing final comes, and return its final answer."""
        number, self._number = self._number, self._number + 1
        branch = os.urandom(8).hex()
        request = self._registration.request(number, branch, expires=expires, authorization=credentials)
        end, pause, again = time.monotonic() + self._wait_s, _T1_S, time.monotonic()
        while (now := time.monotonic()) < end:
            if now >= again:
                self._send(request)
                again, pause = now + pause, pause * 2
            answer = self._heard(min(end, again))
            if answer and answer.code >= 200 and answer.first("cseq").split(" ")[0] == str(number):
                return answer
        return None

    def _send(self, request: bytes) -> None:
        try:
            self._sock.send(request)
        except OSError:
            return  # an ICMP message to the one before; the next round sends again

    def _heard(self, until: float) -> Answer | None:
        left = until - time.monotonic()
        if left <= 0 or not select.select([self._sock], [], [], left)[0]:
            return None
        try:
            answer = parse(self._sock.recv(65535))
        except OSError:
            time.sleep(max(0.0, min(0.1, until - time.monotonic())))  # port unreachable: not in a tight loop
            return None
        return answer if answer and answer.first("call-id") == self._registration.call_id else None


_HEADERS = {401: "Authorization", 407: "Proxy-Authorization"}
