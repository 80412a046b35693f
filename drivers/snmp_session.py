"""Asks an ONT over SNMP v1, v2c or v3 with pysnmp: many OIDs in one GET, all columns in one walk that must increase.

pysnmp speaks only asyncio; its loop lives and ends in here. One engine a process, since each costs a tenth of a second.
An answer is the lines `OID = value`, octets that are no text in hex. A reply that nobody asked for, that is longer than
8 KiB or holds more than was asked is never believed.
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
from drivers.session import Answer, AuthRejected, DriverError, Timeout, Unparseable
from drivers.shell_session import trouble
from drivers.snmp_values import Column, object_answer

STAGE = "snmp"
REPLY_S, RETRIES = 1.0, 2
BATCH = 60
DATAGRAM_BYTES, BINDINGS = 8192, 64
T = TypeVar("T")
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
        self._access, self._bulk = _access(hlapi, login), login.snmp_version != "1"
        self._hostile: asyncio.Future[str] = self._loop.create_future()
        kind = _target(hlapi.UdpTransportTarget, (address, port), self._hostile)
        self._target: Any = self._run(kind.create((address, port), timeout=REPLY_S, retries=RETRIES))
        self._answers: dict[str, Answer] = {}

    def adopt(self, dialogue: Dialogue) -> None:
        """Nothing to do: an SNMP agent has no dialogue."""

    def ask(self, questions: Sequence[str]) -> Mapping[str, Answer]:
        """Ask the single objects in batches, then walk the columns. Raises DriverError."""
        objects = [q.removeprefix(GET) for q in questions if q.startswith(GET)]
        for start in range(0, len(objects), BATCH):
            self._get(objects[start : start + BATCH])
        self._walk([q.removeprefix(WALK) for q in questions if q.startswith(WALK)])
        return {question: self._answers[question] for question in questions if question in self._answers}

    def renew(self) -> None:
        """Forget the answers."""
        self._answers.clear()

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
            self._answers |= {GET + oid: object_answer(oid, value) for oid, value in binds}

    def _walk(self, roots: list[str]) -> None:
        columns = [Column(root) for root in roots]
        abreast = BATCH
        while open_ := [c for c in columns if not c.ended][:abreast]:
            repetitions = max(1, BATCH // len(open_)) if self._bulk else 1
            command, head = (self._hlapi.bulk_cmd, (0, repetitions)) if self._bulk else (self._hlapi.next_cmd, ())
            binds, status, index = self._request(command, head, [c.last for c in open_])
            if status == "tooBig" and len(open_) > 1:
                abreast = len(open_) // 2
            elif status:
                open_[index - 1 if 0 < index <= len(open_) else 0].ended = True
            elif not binds or len(binds) > repetitions * len(open_):
                raise Unparseable(STAGE, f"{len(binds)} objects in a reply to a walk")
            else:
                for n, (oid, value) in enumerate(binds):
                    open_[n % len(open_)].take(oid, value)
        self._answers |= {WALK + column.root: column.answer() for column in columns}

    def _request(self, command: Any, head: tuple[int, ...], oids: list[str]) -> tuple[list[tuple[str, Any]], str, int]:
        h = self._hlapi
        wanted = [h.ObjectType(h.ObjectIdentity(oid)) for oid in oids]
        asked = command(self._engine, self._access, self._target, h.ContextData(), *head, *wanted, lookupMib=False)
        indication, status, index, binds = self._run(asked)
        if indication:
            raise self._refusal(indication)
        made = [(str(bind[0]), bind[1]) for bind in binds]
        if len(made) > BINDINGS:
            raise Unparseable(STAGE, f"{len(made)} objects in one reply")
        return made, status.prettyPrint() if status else "", int(index or 0)

    def _run(self, awaitable: Awaitable[T]) -> T:
        try:
            return self._loop.run_until_complete(self._first(awaitable))
        except TimeoutError as error:
            raise Timeout(STAGE, "not finished in time") from error
        except OSError as error:
            raise trouble(STAGE, error) from error
        except DriverError:
            raise
        except Exception as error:  # pysnmp has no common base for what a hostile reply makes it raise
            raise Unparseable(STAGE, f"{type(error).__name__}: {error}") from error

    async def _first(self, awaitable: Awaitable[T]) -> T:
        """What comes of it, unless the peer turns out hostile or the time is over before that."""
        task = asyncio.ensure_future(awaitable)
        waited: set[asyncio.Future[Any]] = {task, self._hostile}
        left = max(0.01, self._deadline_at - time.monotonic())
        done, _ = await asyncio.wait(waited, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        task.cancel()
        if self._hostile in done:
            raise Unparseable(STAGE, self._hostile.result())
        raise TimeoutError

    def _refusal(self, indication: Any) -> DriverError:
        name, words = type(indication).__name__, str(indication)
        if name == "RequestTimedOut":
            if (error := self._probed()) is not None:
                return trouble(STAGE, error)
            return Timeout(STAGE, "no reply: wrong address or port, wrong community, or SNMP is off")
        known = ("UnknownUserName", "WrongDigest", "AuthenticationFailure", "AuthenticationError", "DecryptionError")
        if name in known or "SecurityLevel" in name or "ciphering" in words.lower():
            return AuthRejected(STAGE, words)
        return Unparseable(STAGE, words)

    def _probed(self) -> OSError | None:
        """Why nothing can come from the port, where the kernel knows: nobody listens, or no way leads there."""
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            try:
                probe.connect((self._address, self._port))
                probe.send(b"\0")
                probe.recv(1)
            except TimeoutError:
                return None
            except OSError as error:
                return error
        return None


def _target(base: Any, peer: tuple[str, int], hostile: "asyncio.Future[str]") -> Any:
    """pysnmp's UDP target, which hears only its peer and gives up at a datagram that is too long."""

    class Transport(base.PROTO_TRANSPORT):  # type: ignore[misc] # pysnmp is not typed for us
        def datagram_received(self, datagram: bytes, address: Any) -> None:
            if len(datagram) > DATAGRAM_BYTES and not hostile.done():
                hostile.set_result(f"a datagram of {len(datagram)} bytes")
            elif len(datagram) <= DATAGRAM_BYTES and address[1] == peer[1]:
                super().datagram_received(datagram, address)

    class Target(base):  # type: ignore[misc]
        PROTO_TRANSPORT = Transport

    return Target


def _access(hlapi: Any, login: Login) -> Any:
    if login.community:
        return hlapi.CommunityData(login.community.reveal(), mpModel=0 if login.snmp_version == "1" else 1)
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
