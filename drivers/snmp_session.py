"""Asks an ONT over SNMP v2c or v3 with pysnmp: many OIDs in one GET, columns by bulk walks that must increase.

pysnmp speaks only asyncio; its loop lives and ends in here. One engine a process, since each costs a tenth of a second.
An answer is the lines `OID = value`, octets that are no text in hex; a reply to another question than was asked is
unparseable.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

from diagnostics.measurement import Failure
from drivers.logins import Login
from drivers.profile import GET, WALK, Dialogue
from drivers.session import Answer, AuthRejected, DriverError, Refused, Timeout, Unparseable
from drivers.shell_session import trouble

STAGE = "snmp"
REPLY_S, RETRIES = 1.0, 2
BATCH, REPETITIONS, ROWS = 24, 20, 2000
T = TypeVar("T")
_NOT_THERE = ("NoSuchObject", "NoSuchInstance", "EndOfMibView")
_V3 = {
    "md5": "usmHMACMD5AuthProtocol",
    "sha": "usmHMACSHAAuthProtocol",
    "sha224": "usmHMAC128SHA224AuthProtocol",
    "sha256": "usmHMAC192SHA256AuthProtocol",
    "sha384": "usmHMAC256SHA384AuthProtocol",
    "sha512": "usmHMAC384SHA512AuthProtocol",
    "des": "usmDESPrivProtocol",
    "aes": "usmAesCfb128Protocol",
    "aes192": "usmAesCfb192Protocol",
    "aes256": "usmAesCfb256Protocol",
}


class SnmpSession:
    """A conversation with an SNMP agent; questions are `get OID` and `walk OID`."""

    name = "snmp"
    banner = ""
    spoken: tuple[Dialogue, ...] = ()

    def __init__(self, address: str, port: int, login: Login, *, deadline_at: float) -> None:
        from pysnmp.hlapi.v3arch import asyncio as hlapi

        self._hlapi: Any = hlapi
        self._address, self._port, self._deadline_at = address, port, deadline_at
        self._loop = asyncio.new_event_loop()
        self._engine: Any = hlapi.SnmpEngine()
        self._access = _access(hlapi, login)
        self._target: Any = self._run(
            hlapi.UdpTransportTarget.create((address, port), timeout=REPLY_S, retries=RETRIES)
        )
        self._answers: dict[str, Answer] = {}

    def adopt(self, dialogue: Dialogue) -> None:
        """Nothing to do: an SNMP agent has no dialogue."""

    def ask(self, questions: Sequence[str]) -> Mapping[str, Answer]:
        """Ask the single objects in batches, then walk the columns. Raises DriverError."""
        objects = [q.removeprefix(GET) for q in questions if q.startswith(GET)]
        for start in range(0, len(objects), BATCH):
            self._get(objects[start : start + BATCH])
        for question in questions:
            if question.startswith(WALK):
                self._answers[question] = self._walk(question.removeprefix(WALK))
        return {question: self._answers[question] for question in questions if question in self._answers}

    def close(self) -> Mapping[str, Answer]:
        """Close the socket and return the answers; never raises."""
        if not self._loop.is_closed():
            with contextlib.suppress(Exception):
                self._engine.close_dispatcher()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()
        return dict(self._answers)

    def _get(self, oids: list[str]) -> None:
        binds, status, index = self._request(self._hlapi.get_cmd, (), oids)
        if status == "tooBig" and len(oids) > 1:
            self._get(oids[: len(oids) // 2])
            self._get(oids[len(oids) // 2 :])
        elif status:
            at = index - 1 if 0 < index <= len(oids) else 0
            self._answers[GET + oids[at]] = Failure(kind="no_such_object", stage=GET + oids[at], detail=status)
            if rest := oids[:at] + oids[at + 1 :]:
                self._get(rest)
        elif [oid for oid, _ in binds] != oids:
            raise Unparseable(STAGE, "a reply to another question than was asked")
        else:
            self._answers |= {GET + oid: _answer(oid, value) for oid, value in binds}

    def _walk(self, root: str) -> Answer:
        lines: list[str] = []
        last = root
        while len(lines) < ROWS:
            binds, status, _ = self._request(self._hlapi.bulk_cmd, (0, REPETITIONS), [last])
            inside = [(o, v) for o, v in binds if o.startswith(root + ".") and type(v).__name__ not in _NOT_THERE]
            for oid, value in inside:
                if _key(oid) <= _key(last):
                    raise Unparseable(WALK + root, "the walk does not increase")
                lines.append(f"{oid} = {_text(value)}")
                last = oid
            if status or not binds or len(inside) < len(binds):
                break
        else:
            raise Unparseable(WALK + root, f"more than {ROWS} rows")
        return "\n".join(lines) or Failure(kind="no_such_object", stage=WALK + root, detail="the column is empty")

    def _request(self, command: Any, head: tuple[int, ...], oids: list[str]) -> tuple[list[tuple[str, Any]], str, int]:
        h = self._hlapi
        wanted = [h.ObjectType(h.ObjectIdentity(oid)) for oid in oids]
        asked = command(self._engine, self._access, self._target, h.ContextData(), *head, *wanted, lookupMib=False)
        indication, status, index, binds = self._run(asked)
        if indication:
            raise self._refusal(indication)
        made = [(str(bind[0]), bind[1]) for bind in binds]
        return made, status.prettyPrint() if status else "", int(index or 0)

    def _run(self, awaitable: Awaitable[T]) -> T:
        left = max(0.01, self._deadline_at - time.monotonic())
        try:
            return self._loop.run_until_complete(asyncio.wait_for(awaitable, left))
        except TimeoutError as error:
            raise Timeout(STAGE, "not finished in time") from error
        except OSError as error:
            raise trouble(STAGE, error) from error
        except DriverError:
            raise
        except Exception as error:  # pysnmp has no common base for what a hostile reply makes it raise
            raise Unparseable(STAGE, f"{type(error).__name__}: {error}") from error

    def _refusal(self, indication: Any) -> DriverError:
        name, words = type(indication).__name__, str(indication)
        if name == "RequestTimedOut":
            if self._port_is_closed():
                return Refused(STAGE, "nothing listens on this UDP port")
            return Timeout(STAGE, "no reply: wrong address or port, wrong community, or SNMP is off")
        known = ("UnknownUserName", "WrongDigest", "AuthenticationFailure", "AuthenticationError", "DecryptionError")
        if name in known or "SecurityLevel" in name or "ciphering" in words.lower():
            return AuthRejected(STAGE, words)
        return Unparseable(STAGE, words)

    def _port_is_closed(self) -> bool:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.connect((self._address, self._port))
                probe.send(b"\0")
                probe.recv(1)
            except ConnectionRefusedError:
                return True
            except OSError:
                return False
        return False


def _access(hlapi: Any, login: Login) -> Any:
    if login.community:
        return hlapi.CommunityData(login.community.reveal(), mpModel=1)
    if not login.username:
        raise AuthRejected(STAGE, "the log-in has neither a community nor a user name")
    options: dict[str, Any] = {}
    if login.authentication:
        options |= {
            "authKey": login.authentication_key.reveal(),
            "authProtocol": getattr(hlapi, _V3[login.authentication]),
        }
    if login.privacy:
        options |= {"privKey": login.privacy_key.reveal(), "privProtocol": getattr(hlapi, _V3[login.privacy])}
    return hlapi.UsmUserData(login.username, **options)


def _answer(oid: str, value: Any) -> Answer:
    if type(value).__name__ in _NOT_THERE:
        return Failure(kind="no_such_object", stage=GET + oid, detail=type(value).__name__)
    return f"{oid} = {_text(value)}"


def _text(value: Any) -> str:
    if type(value).__name__ not in ("OctetString", "Opaque"):
        return str(value.prettyPrint())
    raw = bytes(value)
    text = raw.decode("utf-8", errors="replace").rstrip("\0\r\n")
    return text if text.isprintable() else f"0x{raw.hex()}"


def _key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
