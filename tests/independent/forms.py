"""The members of each sealed object, as docs/record.md, orders.md and reflector.md list them."""


def _members(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _members("v tx station epoch seq prev clock environment")
_ATTEMPT = _COMMON | _members("order attempt")
_ENDED = _ATTEMPT | _members("open reason")
_JUDGED = _members("open ordered criteria measurements outcome findings evidence commitments opening")
FORMS: dict[str, frozenset[str]] = {
    "B": _ATTEMPT | _members("ordered criteria"),
    "E": _ATTEMPT | _JUDGED | _members("runs receipts causes profile"),
    "A": _ENDED,
    "X": _ENDED,
    "P": _ENDED,
    "V": _ATTEMPT | _JUDGED | _members("close"),
    "R": _COMMON | _members("reason"),
    "order": _members(
        "v issuer nonce order ordered resource commitments stations technicians criteria reflectors attempts"
        " issued_at expires_at"
    ),
    "receipt": _members(
        "v reflector order open station run direction source state reason ok admitted_at first_byte_at last_byte_at"
        " bytes series min_rtt_us retransmits health"
    ),
    "acceptance": _members(
        "v acceptor record kid epoch seq order decision outcome reasons line verdict chain close_unanchored issued_at"
    ),
    "verdict": _members(
        "v order record decision outcome down_mbps up_mbps ordered_down_mbps ordered_up_mbps issued_at"
    ),
    "review": _members("v record acceptance decision why reviewer decided_at"),
}
