"""A visit is noted step by step in the journal, survives a power cut at any of them, and is closed on its result."""

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import audit, bundle, opening, opening_key, seal, survey
from agent.acceptance import accept
from agent.assignment import Assignment
from agent.chain import Chain
from agent.clock import StationClock
from agent.commitment import salts
from agent.discretion import Discretion
from agent.disk import Disk
from agent.frame import framed
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.opening_key import OpeningKey
from agent.record import AcceptanceRecord
from agent.record_form import parse
from agent.survey import JournalError
from agent.trust import TrustedKey
from agent.verification import verify
from agent.visit_facts import FORMAT, LONGEST_WORDS, MOST_FACTS, MOST_WORDED, VisitError
from agent.visiting import Visit
from agent.work_order import WorkOrder
from diagnostics import criteria
from diagnostics.line import Line
from tests.agent import orders, visits
from tests.agent.acceptor.conftest import desk
from tests.agent.conftest import Ring
from tests.diagnostics.fakes import instruments

NOW = datetime(2026, 3, 3, 6, 5, tzinfo=UTC)
LABEL = "HZW-7-2-301-B"
RESOURCE = json.loads(orders.RAW)["resource"] | {"cable_label": LABEL}
ORDER = orders.work_order(criteria=visits.NAME, resource=RESOURCE)
SERIAL = "HWTC4D2A9C17"
REASON = "line card of Mr Chen Wei looks broken"
JPEG = b"\xff\xd8\xff\xe0" + b"picture of the device" * 9
PNG = b"\x89PNG\r\n\x1a\n" + b"picture of the label" * 9
Step = Callable[[Visit], object]
STEPS: tuple[Step, ...] = (
    lambda v: v.note("arrived", {}),
    lambda v: v.note("barcode", {"text": f"S/N: {SERIAL}"}),
    lambda v: v.note("label", {"text": LABEL.lower()}),
    lambda v: v.photograph(JPEG, "device.jpg", "device"),
    lambda v: v.photograph(PNG, "label.png", "label"),
    lambda v: v.note("account_label", {}),
    lambda v: v.note("told", {"what": "result"}),
    lambda v: v.note("told", {"what": "account"}),
    lambda v: v.note("told", {"what": "mode"}),
    lambda v: v.note("rated", {"stars": 5}),
)


def attempt_in(chain: Chain, order: WorkOrder, discretion: Discretion, **bench: Any) -> None:
    """One test that comes to a result."""
    line = Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered)
    told: dict[str, Any] = {"environment": {}, "discretion": discretion}
    accept(order, chain=chain, line=line, instruments=instruments(**bench), **told)


@dataclass
class Box:
    """A station's disk and keys; `on` is one boot of it, from which nothing but the disk is left."""

    folder: Path
    key: PrivateKey
    opener: OpeningKey
    disk: Disk | None = None
    now: datetime = NOW

    def on(self) -> tuple[Chain, Visit]:
        journal = Journal(self.folder / "journal", disk=self.disk)
        chain = Chain(journal, key=self.key, station="station-1", clock=StationClock(now=lambda: self.now))
        return chain, Visit(chain, Assignment(order=ORDER), load=criteria.load, discretion=self.discretion())

    def discretion(self) -> Discretion:
        key = TrustedKey(kid=self.opener.kid, x=self.opener.x, y=self.opener.y, role="opening", name="office")
        return Discretion(ORDER, salts(b"s" * 32), technician="T-117", key=key)

    def test(self, **bench: Any) -> None:
        """One attempt that comes to a result."""
        chain, _ = self.on()
        attempt_in(chain, ORDER, self.discretion(), **bench)
        chain.journal.close()


@pytest.fixture
def box(tmp_path: Path, ring: Ring) -> Box:
    return Box(tmp_path, ring.station, opening_key.new_private(tmp_path / "keys" / "opening.key"))


def walk(visit: Visit, *left_out: int) -> None:
    for number, step in enumerate(STEPS):
        if number not in left_out:
            step(visit)


def record_of(chain: Chain) -> AcceptanceRecord:
    return parse(seal.read(chain.token(chain.links[-1]), typ=seal.RECORD).payload)


def test_a_visit_that_was_noted_whole_is_closed_and_accepted(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    assert visit.standing().verdict.outcome == "inconclusive"
    walk(visit)
    standing, envelope = visit.close({"software": "test"})
    record = record_of(chain)
    assert standing.verdict.outcome == "accepted" and record.result is not None
    assert (record.tx, record.close, chain.links[-1].digest) == ("V", chain.links[1].digest, envelope.digest)
    assert set(record.result.evidence) == {"photograph 1: device", "photograph 2: label"}
    for digest, raw in zip(record.result.evidence.values(), (JPEG, PNG), strict=True):
        kept = box.folder / "journal" / "evidence" / digest
        assert kept.read_bytes() == raw and kept.stat().st_mode & 0o777 == 0o600


def test_equal_values_have_equal_commitments_that_anybody_can_compare(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    walk(visit)
    visit.close({})
    made = record_of(chain)
    tested = parse(seal.read(chain.token(chain.links[1]), typ=seal.RECORD).payload)
    assert made.result and tested.result and made.ordered
    found = {m.quantity: m.value for m in (*made.result.measurements, *tested.result.measurements)}
    assert found["device_barcode"] == found["ont_pon_serial"] == made.ordered.ont_serial
    assert found["cable_label"] == made.ordered.cable_label != found["device_barcode"]


def test_no_record_of_a_visit_holds_what_is_personal_and_its_opening_does(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    walk(visit)
    visit.note("escalated", {"to": "support", "reason": REASON})
    visit.note("nobody_in", {"waited_s": 700, "contact": "rang +86 571 5555 0117 twice"})
    visit.close({})
    payload = seal.read(chain.token(chain.links[-1]), typ=seal.RECORD).payload.decode()
    for personal in (SERIAL, LABEL, REASON, "Chen Wei", "5555 0117", "T-117", ORDER.account):
        assert personal not in payload
    hidden = chain.opening(chain.links[-1])
    assert hidden is not None
    told = {made.value for made in opening.opened(hidden, box.opener)}
    assert told >= {SERIAL, LABEL, REASON, "rang +86 571 5555 0117 twice", "T-117"}


@pytest.mark.parametrize("cut", range(len(STEPS) + 1))
def test_a_power_cut_after_any_step_loses_none_of_them(box: Box, cut: int) -> None:
    box.test()
    chain, visit = box.on()
    for step in STEPS[:cut]:
        step(visit)
    noted = [each.fact for each in visit.noted()]
    chain.journal.close()
    segment = box.folder / "journal" / "000001.segment"
    with segment.open("ab") as file:  # the next step was being written
        file.write(b"P1 visit   " + b"a" * 900)
    chain, visit = box.on()
    assert [each.fact for each in visit.noted()] == noted and len(noted) == cut
    for step in STEPS[cut:]:
        step(visit)
    assert visit.close({})[0].verdict.outcome == "accepted"


class FullDisk(Disk):
    """A disk that takes so many more entries and then no more."""

    def __init__(self) -> None:
        self.left = 10**9

    def write(self, descriptor: int, raw: bytes) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(descriptor, raw)


@pytest.mark.parametrize("writes", range(len(STEPS)))
def test_a_step_that_a_full_disk_did_not_take_is_said_and_not_noted(box: Box, writes: int) -> None:
    box.test()
    box.disk = disk = FullDisk()
    chain, visit = box.on()
    disk.left = writes
    with pytest.raises(JournalError, match="free some space"):
        walk(visit)
    disk.left = 10**9
    noted = len(visit.noted())
    chain.journal.close()
    chain, visit = box.on()
    assert len(visit.noted()) == noted
    walk(visit)
    assert visit.close({})[0].verdict.outcome == "accepted"


LACKS: dict[str, tuple[int, str]] = {
    "bar code": (1, "barcode_as_ordered"),
    "label": (2, "cable_label_scanned"),
    "photograph": (3, "photograph_of_the_device"),
    "account label": (5, "account_labelled"),
    "result told": (6, "customer_told_result"),
    "rating": (9, "customer_rated"),
}


@pytest.mark.parametrize(("number", "limit"), LACKS.values(), ids=LACKS)
def test_what_was_left_out_is_named_and_can_be_made_up_for(box: Box, number: int, limit: str) -> None:
    box.test()
    _, visit = box.on()
    walk(visit, number)
    standing, _ = visit.close({})
    assert standing.verdict.outcome in ("inconclusive", "rejected")
    finding = standing.verdict.finding(limit)
    assert finding is not None and finding.status in ("unknown", "fail")
    STEPS[number](visit)
    assert visit.close({})[0].verdict.outcome == "accepted"
    with pytest.raises(VisitError, match="closed already"):
        visit.close({})


@pytest.mark.parametrize(
    ("kind", "text", "limits"),
    [
        ("barcode", "HWTC000000FF", {"barcode_as_ordered", "barcode_as_read"}),
        ("label", "HZW-7-2-302-B", {"cable_label_as_ordered"}),
    ],
)
def test_another_device_or_cable_is_found_and_never_told(box: Box, kind: str, text: str, limits: set[str]) -> None:
    box.test()
    _, visit = box.on()
    walk(visit)
    visit.note(kind, {"text": text})
    standing, _ = visit.close({})
    assert standing.verdict.outcome == "rejected"
    assert {f.name for f in standing.verdict.findings if f.status == "fail"} == limits
    assert text not in json.dumps([f.to_json() for f in standing.verdict.findings])


def test_a_later_attempt_needs_its_result_told_again(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    walk(visit)
    chain.journal.close()
    box.test()
    _, visit = box.on()
    told = visit.standing().verdict.finding("customer_told_result")
    assert told is not None and told.status == "unknown"
    visit.note("told", {"what": "result"})
    assert visit.close({})[0].verdict.outcome == "accepted"


def test_an_escalated_order_waits_until_that_is_settled(box: Box) -> None:
    box.test()
    _, visit = box.on()
    walk(visit)
    visit.note("escalated", {"to": "desk", "reason": REASON})
    assert visit.standing().verdict.outcome == "rejected"
    visit.note("resumed", {})
    assert visit.standing().verdict.outcome == "accepted"


def test_without_a_result_nothing_is_told_and_nothing_closed(box: Box) -> None:
    _, visit = box.on()
    visit.note("arrived", {})
    with pytest.raises(VisitError, match="no result that the customer could be told"):
        visit.note("told", {"what": "result"})
    with pytest.raises(VisitError, match="came to no result; run: prooflight accept"):
        visit.close({})


def test_a_visit_of_an_attempt_that_was_broken_off_is_not_closed_on_the_one_before(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    walk(visit)
    made = record_of(chain)
    assert made.order and made.ordered and made.criteria
    attempt = chain.open(made.order, ordered=made.ordered, criteria=made.criteria, environment={})
    chain.abandon(attempt, "A", "interrupted", {})
    with pytest.raises(VisitError, match="came to no result"):
        visit.close({})


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "six stars": ("rated", {"stars": 6}, "stars: must be a whole number from 1 to 5"),
    "a foreign field": ("rated", {"stars": 5, "by": "me"}, "by: is not a field of rated"),
    "escalated to nobody": ("escalated", {"to": "mother", "reason": "x"}, "to: must be one of support, desk"),
    "an endless reason": ("escalated", {"to": "desk", "reason": "x" * 501}, "reason: must be at most 500"),
    "a scan with an escape": ("barcode", {"text": "a\x1b[0m"}, "text: must be at most 128 characters of plain text"),
    "a fact of no kind": ("danced", {}, "fact: must be one of arrived, nobody_in"),
    "nothing to resume": ("resumed", {}, "nobody was called in"),
}


@pytest.mark.parametrize(("kind", "content", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_refused_and_not_noted(box: Box, kind: str, content: dict[str, Any], words: str) -> None:
    box.test()
    _, visit = box.on()
    with pytest.raises(VisitError) as caught:
        visit.note(kind, content)
    assert words in str(caught.value)
    assert visit.noted() == []


def test_what_was_typed_like_the_head_of_an_entry_is_noted_as_it_was_typed(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    typed = framed("receipt", b"forged").decode().rstrip()
    visit.note("escalated", {"reason": typed, "to": "support"})
    (noted,) = visit.noted()
    assert noted.fact.content["reason"] == typed
    assert typed not in chain.journal.read(chain.journal.entries[-1])


def test_a_stated_time_is_informative_and_none_lies_in_the_future(box: Box) -> None:
    box.test()
    _, visit = box.on()
    fact = visit.note("arrived", {}, NOW - timedelta(minutes=30))
    assert (fact.clock, fact.stated) == ("I", True)
    with pytest.raises(VisitError, match="lies in the future"):
        visit.note("arrived", {}, NOW + timedelta(hours=1))


def test_a_clock_that_woke_up_in_1970_proves_no_arrival_and_says_so(box: Box) -> None:
    box.test()
    box.now = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    _, visit = box.on()
    assert visit.note("arrived", {}).clock == "U"
    found = visit.standing().verdict.finding("arrived_in_time")
    assert found is not None and found.status == "unknown" and "status U" in found.sentence
    assert visit.note("rated", {"stars": 5}, NOW).clock == "I", "a stated time is not measured by a clock that is wrong"


def test_all_facts_may_come_in_one_file_and_one_wrong_one_keeps_all_out(box: Box) -> None:
    box.test()
    _, visit = box.on()
    facts: list[dict[str, Any]] = [
        {"fact": "arrived", "at": (NOW - timedelta(hours=1)).isoformat()},
        {"fact": "barcode", "text": SERIAL},
        {"fact": "label", "text": LABEL},
        {"fact": "account_label"},
        *({"fact": "told", "what": what} for what in ("result", "account", "mode")),
        {"fact": "rated", "stars": 4},
    ]
    with pytest.raises(VisitError, match=r"facts\[8\]"):
        visit.take(json.dumps({"format": FORMAT, "facts": [*facts, {"fact": "rated", "stars": 9}]}).encode())
    assert visit.noted() == []
    assert visit.take(json.dumps({"format": FORMAT, "facts": facts}).encode()) == 8
    for step in STEPS[3:5]:
        step(visit)
    assert visit.close({})[0].verdict.outcome == "accepted"


def test_facts_of_another_order_are_not_this_one_s(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    visit.note("rated", {"stars": 5})
    other = Assignment(order=replace(ORDER, id="WO-2"))
    assert Visit(chain, other, load=criteria.load, discretion=box.discretion()).noted() == []


def test_the_whole_way_to_a_closed_work_order_and_a_valid_bundle(box: Box, ring: Ring) -> None:
    box.test()
    chain, visit = box.on()
    walk(visit)
    visit.close({})
    office = desk(box.folder / "ledger", ring)
    decisions = [answer.decision for link in chain.links for answer in office.take(chain.token(link))]
    assert decisions == ["recorded", "recorded", "closed"]
    found = verify(bundle.collect(chain, ORDER.id), ring.trust, criteria.load, NOW)
    assert found.valid, found.checks
    assert list(audit.faults(survey.survey(box.folder / "journal"), ring.trust)) == []


def test_the_longest_visit_still_fits_into_one_object_and_one_message(box: Box) -> None:
    box.test()
    chain, visit = box.on()
    for number in range(MOST_WORDED):
        visit.note("escalated", {"to": "desk", "reason": f"{number:02}{'线' * (LONGEST_WORDS - 2)}"})
    with pytest.raises(VisitError, match="noted already"):
        visit.note("escalated", {"to": "desk", "reason": "once more"})
    for number in range(MOST_FACTS - MOST_WORDED):
        visit.photograph(PNG + bytes([number]), "x.png", "other")
    with pytest.raises(VisitError, match="close the visit"):
        visit.note("rated", {"stars": 5})
    _, envelope = visit.close({})
    hidden = chain.opening(chain.links[-1])
    assert hidden is not None and len(envelope.token) + len(hidden) < 120_000


def test_a_file_that_states_a_time_to_come_notes_nothing(box: Box) -> None:
    _, visit = box.on()
    facts = [{"fact": "rated", "stars": 5}, {"fact": "arrived", "at": (NOW + timedelta(days=1)).isoformat()}]
    with pytest.raises(VisitError, match="lies in the future"):
        visit.take(json.dumps({"format": FORMAT, "facts": facts}).encode())
    assert visit.noted() == []
