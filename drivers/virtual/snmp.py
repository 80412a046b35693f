"""The SNMP half of the virtual ONT: pysnmp's responder over a capture's records, in a thread of its own."""

import asyncio
import bisect
import contextlib
import random
import socket
import threading
from types import TracebackType
from typing import Any, Self

from drivers.virtual.ont import VirtualOnt, virtual_community, virtual_user
from drivers.virtual.snmp_faults import spoilt
from drivers.virtual.stream import bound

_AUTHENTICATION, _PRIVACY = "USM_AUTH_HMAC192_SHA256", "USM_PRIV_CFB128_AES"
_TREE = (1, 3, 6)
_ENGINE_ID = bytes.fromhex("8000000001020304")


class SnmpServer:
    """A virtual ONT on a UDP port."""

    def __init__(self, ont: VirtualOnt, host: str, port: int) -> None:
        self._ont = ont
        self._socket = bound(socket.SOCK_DGRAM, host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(20)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        faults = self._ont.faults
        close = self._misbehave if faults.silent or faults.garbage else self._respond
        end = close()
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        with contextlib.suppress(Exception):
            end()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _misbehave(self) -> Any:
        noise = random.Random(1)

        def receive() -> None:
            _, peer = self._socket.recvfrom(65535)
            if self._ont.faults.garbage:
                self._socket.sendto(noise.randbytes(120), peer)

        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, receive)
        return lambda: self._loop.remove_reader(self._socket)

    def _respond(self) -> Any:
        from pysnmp.carrier.asyncio.dgram import udp
        from pysnmp.entity import config, engine
        from pysnmp.entity.rfc3413 import cmdrsp, context

        agent = engine.SnmpEngine(snmpEngineID=_octets(_ENGINE_ID))
        config.add_transport(
            agent, udp.DOMAIN_NAME, _transport(udp.UdpTransport, self._ont).open_server_mode(sock=self._socket)
        )
        config.add_v1_system(agent, "community", virtual_community().community.reveal())
        for version in (1, 2):
            config.add_vacm_user(agent, version, "community", "noAuthNoPriv", _TREE)
        user = virtual_user()
        keys = (user.authentication_key.reveal(), user.privacy_key.reveal())
        config.add_v3_user(
            agent, user.username, getattr(config, _AUTHENTICATION), keys[0], getattr(config, _PRIVACY), keys[1]
        )
        config.add_vacm_user(agent, 3, user.username, "authPriv", _TREE)
        answers = context.SnmpContext(agent)
        answers.unregister_context_name(b"")
        answers.register_context_name(b"", _Records(self._ont))
        for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
            responder(agent, answers)
        return agent.close_dispatcher


def _transport(base: Any, ont: VirtualOnt) -> Any:
    """pysnmp's UDP transport, which counts the datagrams that come in and spoils those that go out."""

    class Counting(base):  # type: ignore[misc] # pysnmp is not typed for us
        def datagram_received(self, datagram: bytes, address: Any) -> None:
            ont.datagrams += 1
            if not ont.faults.dies_after or ont.datagrams <= ont.faults.dies_after:
                super().datagram_received(datagram, address)

        def send_message(self, reply: bytes, address: Any) -> None:
            super().send_message(spoilt(reply, ont.faults.spoils) if ont.faults.spoils else reply, address)

    return Counting()


def _octets(raw: bytes) -> Any:
    from pysnmp.proto import rfc1902

    return rfc1902.OctetString(raw)


class _Records:
    """The capture's records as pysnmp wants to read them."""

    def __init__(self, ont: VirtualOnt) -> None:
        self._ont = ont
        self._values = {_key(oid): _typed(tag, text) for oid, (tag, text) in ont.capture.records.items()}
        self._keys = sorted(self._values)
        self._live = {_key(oid): (oid, now) for oid, now in ont.live.items() if oid in ont.capture.records}

    def _value(self, key: tuple[int, ...]) -> Any:
        """The object's value as of now; None where there is none."""
        if key not in self._live:
            return self._values.get(key)
        oid, now = self._live[key]
        tag, text = self._ont.capture.records[oid]
        return _typed(tag, now(text))

    def read_variables(self, *binds: Any, **_: Any) -> list[tuple[Any, Any]]:
        """The value of each object asked for, or that there is none."""
        from pysnmp.proto import rfc1905

        self._ont.asked.append(f"get {len(binds)}")
        found = [(name, self._value(tuple(name))) for name, _ in binds]
        return [(name, rfc1905.noSuchObject if value is None else value) for name, value in found]

    def read_next_variables(self, *binds: Any, **_: Any) -> list[tuple[Any, Any]]:
        """The object behind each one asked for."""
        return [self._next(name) for name, _ in binds]

    def _next(self, name: Any) -> tuple[Any, Any]:
        from pysnmp.proto import rfc1902, rfc1905

        at = bisect.bisect_right(self._keys, tuple(name))
        if self._ont.faults.walks_back and at and self._keys[at - 1] == tuple(name):
            at -= 1
        if at == len(self._keys):
            return name, rfc1905.endOfMibView
        return rfc1902.ObjectName(self._keys[at]), self._value(self._keys[at])


def _key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _typed(tag: str, text: str) -> Any:
    from pysnmp.proto import rfc1902

    kinds = {
        "2": rfc1902.Integer32,
        "6": rfc1902.ObjectIdentifier,
        "64": rfc1902.IpAddress,
        "65": rfc1902.Counter32,
        "66": rfc1902.Gauge32,
        "67": rfc1902.TimeTicks,
        "70": rfc1902.Counter64,
    }
    if tag in ("4", "4x"):
        return rfc1902.OctetString(bytes.fromhex(text) if tag == "4x" else text.encode())
    return kinds[tag](text if tag in ("6", "64") else int(text))
