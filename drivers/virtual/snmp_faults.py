"""What a hostile SNMP agent does to its replies; takes the bytes of a good one and returns those of a bad one; pure."""

from collections.abc import Callable, Mapping
from typing import Any

BIG_OID_ARCS = 60_000
LONG_OID_ARCS = 120  # as many as SNMP allows (128), so that it reaches the driver


def spoilt(reply: bytes, fault: str) -> bytes:
    """A version 2c reply with one thing wrong; other bytes stay as they are."""
    from pyasn1.codec.ber import decoder, encoder
    from pysnmp.proto import api

    kind = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    message, _ = decoder.decode(reply, asn1Spec=kind.Message())
    _FAULTS[fault](kind, kind.apiMessage.get_pdu(message))
    return bytes(encoder.encode(message))


def _wrong_request_id(kind: Any, pdu: Any) -> None:
    kind.apiPDU.set_request_id(pdu, int(kind.apiPDU.get_request_id(pdu)) + 1)


def _oid_of(arcs: int) -> Callable[[Any, Any], None]:
    def spoil(kind: Any, pdu: Any) -> None:
        binds = kind.apiPDU.get_varbinds(pdu)
        kind.apiPDU.set_varbinds(pdu, [(kind.ObjectIdentifier((1, 3, 6) + (1,) * arcs), binds[0][1]), *binds[1:]])

    return spoil


def _many_objects(kind: Any, pdu: Any) -> None:
    binds = kind.apiPDU.get_varbinds(pdu)
    kind.apiPDU.set_varbinds(pdu, [*binds, *(binds[-1:] * 65)])


_FAULTS: Mapping[str, Callable[[Any, Any], None]] = {
    "wrong request id": _wrong_request_id,
    "OID of 60 kB": _oid_of(BIG_OID_ARCS),
    "another OID": _oid_of(LONG_OID_ARCS),
    "many objects": _many_objects,
}
