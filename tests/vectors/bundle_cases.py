"""The table of bundles: name, why, and what each check must say where it is not as in the sound bundle."""

from dataclasses import replace

from agent import seal
from diagnostics.line import Reflector
from tests.vectors import story
from tests.vectors.bundles import (
    HOUR,
    RECORDS,
    SEEN,
    Vector,
    begun_anew,
    both,
    broken_joint,
    built_in,
    dark,
    doubled,
    ended,
    failed,
    flipped,
    four,
    last,
    opened_with,
    raw,
    restated,
    signed_by,
    swapped,
    three,
    told,
    unanchored,
    unchecked,
    under,
    unfinished,
    unproven,
    unseen,
    with_gap,
)
from tests.vectors.review_cases import REVIEWS
from tests.vectors.ring import header, parts, token
from tests.vectors.story import acceptance, order, sound
from tests.vectors.tpm_cases import TPM
from tests.vectors.visit_cases import VISITS

UNSIGNED = unchecked("anchor", "receipts", "time", "figures")
ALONE = unchecked("acceptance")
ON_RECORDS = unchecked(*RECORDS, "acceptance")
LATE = story.EXPIRES + HOUR

SOUND = {
    "sound": Vector(why="one good attempt, signed by all four", make=sound, valid=True),
    "three attempts": Vector(why="aborted, dark, good: all shown", make=three, valid=True),
    "rejected": Vector(why="a dark line, truly told", make=dark, outcome="rejected", valid=True),
    "inconclusive": Vector(why="a port too slow to tell", make=unproven, outcome="inconclusive", valid=True),
    "unconfirmed": Vector(
        why="no acceptance yet", make=lambda: replace(sound(), acceptance=None), checks=ALONE, valid=True
    ),
    "unanchored": Vector(why="nobody signed the order", make=unanchored, checks=UNSIGNED, valid=True),
    "built-in criteria": Vector(
        why="judged by the set that comes with the software",
        make=built_in,
        checks=UNSIGNED | ALONE,
        criteria=False,
        valid=True,
    ),
    "aborted only": Vector(
        why="an attempt without a result",
        make=unfinished,
        checks=unchecked("criteria", "verdict", "receipts", "figures") | ALONE,
        outcome=None,
        valid=True,
    ),
    "still open": Vector(
        why="an attempt without an end",
        make=lambda: unfinished(None),
        checks=unchecked("criteria", "verdict", "receipts", "figures") | ALONE,
        outcome=None,
        valid=True,
    ),
    "a new epoch": Vector(why="the chain was begun anew between two attempts", make=begun_anew, valid=True),
    "a gap of another order": Vector(why="records of another order lie between", make=with_gap, valid=True),
    "no gate, no receipts": Vector(
        why="the order names no gate, and it has not expired",
        make=lambda: unseen(order(reflectors=(Reflector(host="r1.example.net"),))),
        checks=unchecked("receipts", "figures") | ALONE,
        valid=True,
    ),
    "late but seen": Vector(
        why="looked at after the order expired; the reflector saw it in time",
        make=lambda: replace(sound(), acceptance=None),
        checks=ALONE,
        now=LATE,
        valid=True,
    ),
    "station revoked later": Vector(
        why="accepted before the key was revoked", make=sound, trust="trust-revoked-later.jwks", valid=True
    ),
    "station revoked, last good records": Vector(
        why="sealed among the last good ones", make=sound, trust="trust-last-good.jwks", valid=True
    ),
}

OBJECTS = {
    "a record as receipt": Vector(
        why="typ is looked at first",
        make=lambda: last(sound(), receipts=(*sound().attempts[0].receipts, sound().attempts[0].open)),
        checks=failed("types") | unchecked("algorithms", "signatures", "keys", "revocation", *SEEN),
    ),
    "a padded token": Vector(
        why="one object has one spelling",
        make=lambda: replace(sound(), acceptance=(sound().acceptance or "") + "="),
        checks=failed("types") | unchecked("algorithms", "signatures", "keys", "revocation", "time", "acceptance"),
    ),
    "a record of version 2": Vector(
        why="no other version is read",
        make=lambda: last(sound(), open=restated(sound().attempts[0].open, seal.RECORD, "station", v=2)),
        checks=failed("types") | ON_RECORDS,
        outcome=None,
    ),
    "a foreign field": Vector(
        why="a record has its fields and no other",
        make=lambda: last(sound(), open=restated(sound().attempts[0].open, seal.RECORD, "station", note="x")),
        checks=failed("types") | ON_RECORDS,
        outcome=None,
    ),
    "alg none": Vector(
        why="the algorithm comes from the key",
        make=lambda: last(sound(), close=_headed(sound().attempts[0].close or "", alg="none")),
        checks=failed("algorithms") | unchecked("signatures", "keys", "revocation") | ON_RECORDS,
        outcome=None,
    ),
    "a key inside the record": Vector(
        why="no key is believed from a header",
        make=lambda: last(
            sound(), open=_headed(sound().attempts[0].open, jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"})
        ),
        checks=failed("algorithms") | unchecked("signatures", "keys", "revocation") | ON_RECORDS,
        outcome=None,
    ),
    "a broken signature of a record": Vector(
        why="nothing that rests on it is told",
        make=lambda: last(sound(), open=flipped(sound().attempts[0].open)),
        checks=failed("signatures") | ON_RECORDS,
        outcome=None,
    ),
    "a broken signature of a receipt": Vector(
        why="chain and verdict are told all the same",
        make=lambda: last(
            sound(), receipts=(flipped(sound().attempts[0].receipts[0]), sound().attempts[0].receipts[1])
        ),
        checks=failed("signatures") | unchecked(*SEEN),
    ),
    "a broken signature of the order": Vector(
        why="chain and verdict are told all the same",
        make=lambda: replace(sound(), signed_order=flipped(sound().signed_order or "")),
        checks=failed("signatures") | unchecked("anchor", "criteria", *SEEN),
    ),
    "a broken signature of the acceptance": Vector(
        why="nobody has confirmed it",
        make=lambda: replace(sound(), acceptance=flipped(sound().acceptance or "")),
        checks=failed("signatures") | unchecked("time", "acceptance"),
    ),
    "no pinned key": Vector(
        why="a trust file without the station",
        make=sound,
        checks=failed("keys") | unchecked("signatures", "revocation") | ON_RECORDS,
        outcome=None,
        trust="trust-no-station.jwks",
    ),
    "receipts by the station": Vector(
        why="a key of one role is refused in another",
        make=lambda: last(
            sound(),
            receipts=tuple(signed_by(each, seal.RECEIPT, "station") for each in sound().attempts[0].receipts),
        ),
        checks=failed("keys") | unchecked(*SEEN),
    ),
    "acceptance by the station": Vector(
        why="a key of one role is refused in another",
        make=lambda: replace(sound(), acceptance=signed_by(sound().acceptance or "", seal.ACCEPTANCE, "station")),
        checks=failed("keys") | unchecked("time", "acceptance"),
    ),
    "another station's name": Vector(
        why="a station cannot sign for another",
        make=lambda: last(sound(), open=restated(sound().attempts[0].open, seal.RECORD, "station", station="other")),
        checks=failed("keys") | ON_RECORDS,
        outcome=None,
    ),
    "key not valid any more": Vector(
        why="the station's key had ended when the acceptor answered",
        make=sound,
        checks=failed("keys") | ON_RECORDS,
        outcome=None,
        trust="trust-expired.jwks",
    ),
    "station revoked": Vector(
        why="revoked before the acceptor answered",
        make=sound,
        checks=failed("revocation") | ON_RECORDS,
        outcome=None,
        trust="trust-revoked.jwks",
    ),
    "reflector revoked": Vector(
        why="revoked before the acceptor answered",
        make=sound,
        checks=failed("revocation") | unchecked(*SEEN),
        trust="trust-reflector-revoked.jwks",
    ),
}

LINKS = {
    "result of order A for order B": Vector(
        why="every record names its order",
        make=lambda: replace(sound(), order_id="WO-2"),
        checks=failed("order"),
    ),
    "other order content": Vector(
        why="by its digest", make=lambda: replace(sound(), order_digest="2" * 64), checks=failed("order")
    ),
    "the signed order left out": Vector(
        why="the records name one",
        make=lambda: replace(sound(), signed_order=None),
        checks=failed("anchor", "receipts") | unchecked("time", "figures"),
    ),
    "another signed order": Vector(
        why="by its digest",
        make=lambda: replace(sound(), signed_order=order(attempts=9)),
        checks=failed("anchor", "receipts") | unchecked("figures"),
    ),
    "an order for another station": Vector(
        why="an order names its stations", make=lambda: under(order(stations=("box-9",))), checks=failed("anchor")
    ),
    "ordered facts lowered": Vector(
        why="the order says what was ordered",
        make=lambda: opened_with(ordered=replace(story.ORDERED, down_mbps=10.0)),
        checks=failed("anchor") | ALONE,
    ),
    "receipts exchanged": Vector(
        why="each run names its own",
        make=lambda: told(receipts=lambda s, o: both(s, o)[::-1]),
        checks=failed("receipts", "figures") | ALONE,
    ),
    "a receipt left out": Vector(
        why="the record names it",
        make=lambda: last(sound(), receipts=sound().attempts[0].receipts[:1]),
        checks=failed("receipts", "figures"),
    ),
    "a receipt of another station": Vector(
        why="a receipt names its station",
        make=lambda: told(receipts=lambda s, o: both(s, o, station="station-2")),
        checks=failed("receipts") | ALONE,
    ),
    "a receipt for another order": Vector(
        why="a receipt names its order",
        make=lambda: told(receipts=lambda s, o: both(order(attempts=9), o)),
        checks=failed("receipts") | ALONE,
    ),
    "attempts swapped": Vector(
        why="places only rise",
        make=swapped(three, lambda b: replace(b, attempts=b.attempts[::-1])),
        checks=failed("chain", "attempts", "acceptance") | unchecked("verdict"),
        outcome=None,
    ),
    "the close of another attempt": Vector(
        why="a close names its own open record",
        make=swapped(three, lambda b: last(b, close=b.attempts[1].close, receipts=b.attempts[1].receipts)),
        checks=failed("chain", "acceptance"),
        outcome="rejected",
    ),
    "open and close exchanged": Vector(
        why="an attempt begins with its open record",
        make=swapped(unanchored, lambda b: last(b, open=b.attempts[0].close, close=b.attempts[0].open)),
        checks=UNSIGNED | failed("chain", "acceptance") | unchecked("criteria", "verdict"),
        outcome=None,
    ),
    "prev of another record": Vector(
        why="neighbours are joined by digest", make=broken_joint, checks=failed("chain") | ALONE
    ),
    "facts changed while it ran": Vector(
        why="open and close state the same",
        make=lambda: ended(ordered=replace(story.ORDERED, up_mbps=99.0)),
        checks=failed("chain", "verdict") | ALONE,
    ),
    "an attempt left out": Vector(
        why="attempts count from 1",
        make=swapped(three, lambda b: replace(b, attempts=b.attempts[1:])),
        checks=failed("attempts"),
    ),
    "more attempts than allowed": Vector(why="3 by the order", make=four, checks=failed("attempts")),
    "a hidden run": Vector(
        why="a reflector signed a run that no record shows",
        make=lambda: last(
            sound(),
            receipts=(
                *sound().attempts[0].receipts,
                story.witness("down", sound().signed_order or "", sound().attempts[0].open, run=3, state="failed"),
            ),
        ),
        checks=failed("attempts"),
    ),
    "accepted before it was seen": Vector(
        why="the sandwich of three servers' clocks",
        make=lambda: replace(
            sound(), acceptance=acceptance(sound().attempts[0].close or "", issued_at=story.ADMITTED - HOUR)
        ),
        checks=failed("time"),
    ),
    "run before the order": Vector(
        why="admitted before the order was issued",
        make=lambda: under(order(issued_at=story.ADMITTED + HOUR)),
        checks=failed("time"),
    ),
    "run after the order": Vector(
        why="admitted after it expired",
        make=lambda: under(order(expires_at=story.ADMITTED - HOUR)),
        checks=failed("time"),
    ),
    "expired and unseen": Vector(
        why="no server saw it before the order expired",
        make=lambda: unseen(order(reflectors=(Reflector(host="r1.example.net"),))),
        checks=unchecked("receipts", "figures", "time") | ALONE,
        now=LATE,
    ),
}

JUDGED = {
    "other criteria than ordered": Vector(
        why="the order names its criteria by digest",
        make=lambda: opened_with(criteria=replace(story.CRITERIA_REF, version="9")),
        checks=failed("criteria") | ALONE,
    ),
    "criteria of another name": Vector(
        why="ordered facts and record name the same set",
        make=lambda: opened_with(ordered=replace(story.ORDERED, criteria="cn_telecom_ftth")),
        checks=failed("anchor", "criteria") | unchecked("verdict") | ALONE,
        outcome=None,
    ),
    "edited criteria": Vector(
        why="a digest that nobody knows",
        make=lambda: opened_with(criteria=replace(story.CRITERIA_REF, digest="c" * 64)),
        checks=failed("criteria") | unchecked("verdict") | ALONE,
        outcome=None,
    ),
    "criteria not at hand": Vector(
        why="without --criteria nothing can be judged again",
        make=sound,
        checks=unchecked("criteria", "verdict", "figures"),
        outcome=None,
        criteria=False,
    ),
    "verdict pass over failing numbers": Vector(
        why="the measurements decide",
        make=lambda: told(story.DARK, outcome="accepted"),
        checks=failed("verdict") | ALONE,
        outcome="rejected",
    ),
    "a finding prettified": Vector(
        why="findings follow from measurements",
        make=lambda: told(story.DARK, findings=story.result(story.GOOD).findings),
        checks=failed("verdict") | ALONE,
        outcome="rejected",
    ),
    "a margin prettified": Vector(
        why="margins follow from measurements",
        make=lambda: told(findings=tuple({**f, "margin": 99.0} for f in story.result(story.GOOD).findings)),
        checks=failed("verdict") | ALONE,
    ),
    "shortened sentences": Vector(
        why="a record that would not fit shortens them; they prove nothing",
        make=lambda: told(findings=tuple({**f, "sentence": "short"} for f in story.result(story.GOOD).findings)),
        checks=ALONE,
        valid=True,
    ),
    "figure above both counts": Vector(
        why="the lower count of its best run bounds it",
        make=lambda: told({"throughput_down_bytes": 150_000_000, "throughput_down_mbps": 599.98}),
        checks=failed("figures") | ALONE,
    ),
    "two figures of one name": Vector(
        why="what bears no index is judged, so that is what both ends must have signed",
        make=doubled,
        checks=failed("figures") | ALONE,
    ),
    "more than 5 % apart": Vector(
        why="two counts that disagree prove nothing",
        make=lambda: told(receipts=lambda s, o: both(s, o, ratio=0.94)),
        checks=failed("figures") | ALONE,
    ),
    "a figure that no reflector signed": Vector(
        why="the order names a gate",
        make=lambda: unseen(order()),
        checks=failed("figures") | unchecked("receipts") | ALONE,
    ),
    "refused": Vector(
        why="the acceptor refused the record",
        make=lambda: replace(
            sound(),
            acceptance=acceptance(sound().attempts[0].close or "", decision="refused", outcome=None, line=None),
        ),
        checks=failed("acceptance"),
    ),
    "acceptance of another record": Vector(
        why="an acceptance counts for the last result only",
        make=lambda: replace(sound(), acceptance=acceptance(sound().attempts[0].close or "", record="7" * 64)),
        checks=failed("acceptance"),
    ),
    "compact verdict of another order": Vector(
        why="the compact verdict says the same as its acceptance",
        make=lambda: replace(sound(), acceptance=_compacted(order="WO-2")),
        checks=failed("acceptance"),
    ),
    "compact verdict with better figures": Vector(
        why="the compact verdict says the same as the result",
        make=lambda: replace(sound(), acceptance=_compacted(down_mbps=500.0)),
        checks=failed("acceptance"),
    ),
    "compact verdict by the station": Vector(
        why="a key of one role is refused in another",
        make=lambda: replace(sound(), acceptance=acceptance(_closed(), verdict=_by_station())),
        checks=failed("keys") | unchecked("acceptance"),
    ),
    "accepted over a rejection": Vector(
        why="the acceptor's verdict is judged again too",
        make=lambda: replace(dark(), acceptance=acceptance(dark().attempts[0].close or "")),
        checks=failed("acceptance"),
        outcome="rejected",
    ),
}

FORMS = {
    "empty": Vector(why="no bundle", make=lambda: b"", checks=None),
    "a list": Vector(why="no bundle", make=lambda: b"[]", checks=None),
    "another format": Vector(why="version 2", make=lambda: raw(sound(), b"bundle/1", b"bundle/2"), checks=None),
    "no attempts": Vector(why="nothing to look at", make=lambda: _attempts(b""), checks=None),
    "a token as number": Vector(
        why="a token is text", make=lambda: _attempts(b'{"open":7,"close":null,"receipts":[]}'), checks=None
    ),
    "a key twice": Vector(
        why="two readings", make=lambda: raw(sound(), b'{"format"', b'{"format":"x","format"'), checks=None
    ),
    "a foreign member": Vector(
        why="a bundle has its members only", make=lambda: raw(sound(), b"{", b'{"note":1,'), checks=None
    ),
    "bytes behind it": Vector(why="one document", make=lambda: raw(sound(), b"}\n", b"}\n{}"), checks=None),
    "not UTF-8": Vector(why="text is UTF-8", make=lambda: raw(sound(), b"WO-2026", b"WO-\xff026"), checks=None),
}


def _closed() -> str:
    return sound().attempts[0].close or ""


def _compacted(**lies: object) -> str:
    return acceptance(_closed(), verdict=story.compact(_closed(), **lies))


def _by_station() -> str:
    return signed_by(story.compact(_closed()), seal.VERDICT, "station")


def _headed(made: str, **changes: object) -> str:
    return token(header(seal.RECORD, **changes), parts(made)[1])


def _attempts(listed: bytes) -> bytes:
    return raw(story.bundle(None), b'"attempts":[]', b'"attempts":[' + listed + b"]")


VECTORS = SOUND | OBJECTS | LINKS | JUDGED | VISITS | TPM | REVIEWS | FORMS
