"""One acceptance leaves one open and one close record, whatever happens between them, and no person in either."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import commitment, enrolment, opening, opening_key, record_form, seal
from agent.acceptance import Accepted, Stopped, accept, demands
from agent.chain import Chain
from agent.clock import StationClock
from agent.commands.accept import listeners
from agent.discretion import Discretion
from agent.display import serials
from agent.journal import Journal
from agent.keys import PrivateKey, new_private
from agent.opening_key import OpeningKey
from agent.record import AcceptanceRecord, judge_again
from agent.trust import TrustedKey, load_trust
from agent.work_order import OrderError, WorkOrder
from diagnostics import criteria
from diagnostics.committed import is_commitment
from diagnostics.instruments import Instruments
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Failure
from diagnostics.trial import Trial
from tests.agent import samples
from tests.diagnostics.fakes import LIT, instruments, measured, run_at

EXAMPLES = Path(__file__).parents[2] / "agent" / "examples"
RAW = (EXAMPLES / "install.json").read_bytes()
ORDER = WorkOrder.parse(RAW)


@pytest.fixture
def key(tmp_path: Path) -> PrivateKey:
    return new_private(tmp_path / "keys" / "station.key")


def chain_in(tmp_path: Path, key: PrivateKey) -> Chain:
    return Chain(Journal(tmp_path / "journal"), key=key, station="s1", clock=StationClock())


def attempt_on(chain: Chain, bench: Instruments, order: WorkOrder = ORDER, **told: Any) -> Accepted:
    line = Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered)
    usual: dict[str, Any] = {"environment": {"software": "test"}, "discretion": Discretion(order, samples.SALT)}
    return accept(order, chain=chain, line=line, instruments=bench, **usual | told)


def records(chain: Chain) -> list[AcceptanceRecord]:
    return [record_form.parse(seal.read(chain.token(link), typ=seal.RECORD).payload) for link in chain.links]


def test_a_test_leaves_an_open_and_a_close_record_of_the_same_attempt(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    accepted = attempt_on(chain, instruments())
    assert accepted.verdict.outcome == "accepted"
    opened, closed = records(chain)
    assert (opened.tx, closed.tx, closed.seq, closed.open) == ("B", "E", 2, chain.links[0].digest)
    assert closed.prev == chain.links[0].digest
    assert closed.order is not None and (closed.order.digest, closed.order.anchor) == (ORDER.digest, "unanchored")


def test_the_record_judged_again_gives_the_same_verdict(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    accepted = attempt_on(chain, instruments(down=run_at(850)))
    closed = records(chain)[-1]
    assert closed.result is not None
    again = judge_again(closed, criteria.load)
    assert again.outcome == closed.result.outcome == accepted.verdict.outcome == "rejected"
    assert [f.stated() for f in again.findings] == [dict(f) for f in closed.result.findings]


def test_every_run_stands_in_the_record_also_the_one_that_does_not_count(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    two = (*ORDER.reflectors, Reflector(host="198.18.0.10"))
    attempt_on(chain, instruments(down=run_at(915)), replace(ORDER, reflectors=two))
    closed = records(chain)[-1]
    assert closed.result is not None
    trials = [Trial.from_json(run) for run in closed.result.runs]
    assert [(trial.direction, trial.reflector, trial.mbps) for trial in trials] == [
        ("down", 0, 915),
        ("down", 1, 915),
        ("up", 0, 937),
    ]
    assert all(len(trial.seconds) == 10 for trial in trials)


def test_a_program_is_told_each_second_as_one_json_line_and_nothing_else(
    tmp_path: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt_on(chain_in(tmp_path, key), instruments(), **listeners(True, print))
    told = capsys.readouterr()
    assert told.out == ""
    assert [json.loads(line) for line in told.err.splitlines()] == [
        {"event": "throughput", "direction": way, "second": 1, "of_s": 15, "mbps": 1.0} for way in ("down", "up")
    ]


def test_no_person_stands_in_a_record(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    attempt_on(chain, instruments())
    told = b"".join(seal.read(chain.token(link), typ=seal.RECORD).payload for link in chain.links).decode()
    for personal in (ORDER.customer, ORDER.telephone, ORDER.site, ORDER.account):
        assert personal and personal not in told


def test_raw_answers_are_kept_by_their_digest(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    attempt_on(chain, instruments())
    closed = records(chain)[-1]
    assert closed.result is not None and "iperf3: down" in closed.result.evidence
    for digest in closed.result.evidence.values():
        assert (tmp_path / "journal" / "evidence" / digest).exists()


class _Raising:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def now(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "tx"),
    [(KeyboardInterrupt(), "A"), (Stopped("stopped"), "A"), (RuntimeError("a bug"), "X"), (MemoryError(), "X")],
)
def test_an_attempt_that_breaks_off_leaves_its_reason(
    error: BaseException, tx: str, tmp_path: Path, key: PrivateKey
) -> None:
    from dataclasses import replace

    chain = chain_in(tmp_path, key)
    with pytest.raises(type(error)):
        attempt_on(chain, replace(instruments(), clock=_Raising(error)))  # type: ignore[arg-type]
    opened, closed = records(chain)
    assert (opened.tx, closed.tx) == ("B", tx)
    assert closed.reason
    assert attempt_on(chain, instruments()).verdict.outcome == "accepted"
    assert [record.attempt for record in records(chain)] == [1, 1, 2, 2]


def test_trouble_on_the_line_is_a_verdict_and_not_an_exception(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    down = Failure(kind="refused", stage="iperf3")
    bench = instruments(ont=LIT[1:], links=(down,), echoes=down, down=down, up=down)  # type: ignore[arg-type]
    accepted = attempt_on(chain, bench)
    assert accepted.verdict.outcome == "inconclusive"
    assert [cause.name for cause in accepted.causes]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"cn_telecom_ftth"', b'"cn_telecom_fttx"'), (b'"gpon_b_plus"', b'"gpon_z"')],
    ids=["criteria", "class"],
)
def test_an_order_that_names_what_does_not_exist_opens_nothing(
    old: bytes, new: bytes, tmp_path: Path, key: PrivateKey
) -> None:
    order = WorkOrder.parse(RAW.replace(old, new))
    chain = chain_in(tmp_path, key)
    with pytest.raises(OrderError, match="criteria and resource"):
        attempt_on(chain, instruments(), order)
    assert chain.links == ()
    with pytest.raises(OrderError):
        demands(order)


def test_the_criteria_of_a_diagnosis_accept_no_order() -> None:
    with pytest.raises(OrderError, match="criteria 'rfc6349' is not known"):
        demands(replace(ORDER, ordered=replace(ORDER.ordered, criteria="rfc6349")))


OURS = sorted(
    path for path in EXAMPLES.glob("*.json") if not path.stem.startswith("tmf")
)  # those are read by a mapping


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_every_example_order_can_be_judged(path: Path) -> None:
    _, limits = demands(WorkOrder.parse(path.read_bytes()))
    assert any(limit.required for limit in limits)


def test_a_full_record_stays_far_below_the_size_that_is_refused(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    assert len(attempt_on(chain, instruments()).envelope.payload) < 48 * 1024


def opener(tmp_path: Path) -> tuple[OpeningKey, TrustedKey]:
    """The back office's key, and as it is pinned."""
    made = opening_key.new_private(tmp_path / "keys" / "opening.key")
    enrolment.enrol(tmp_path / "trust.jwks", enrolment.request(made), role="opening", name="privacy officer")
    return made, load_trust(tmp_path / "trust.jwks").keys[made.kid]


def test_what_is_personal_is_committed_and_can_be_opened_by_the_back_office_alone(
    tmp_path: Path, key: PrivateKey
) -> None:
    chain, (private, pinned) = chain_in(tmp_path, key), opener(tmp_path)
    told = Discretion(ORDER, samples.SALT, technician="T-4711", key=pinned)
    attempt_on(chain, instruments(), discretion=told)
    token = chain.opening(chain.links[-1])
    assert token is not None
    opened = opening.opened(token, private)
    content = json.loads(seal.read(chain.token(chain.links[-1]), typ=seal.RECORD).payload)
    assert commitment.unmatched(opened, commitment.stated_in(content)) == []
    assert {each.name: each.value for each in opened} == {"ont_serial": "HWTC4D2A9C17", "technician": "T-4711"}
    assert content["opening"] == private.kid
    assert content["ordered"]["ont_serial"] == next(
        m["value"] for m in content["measurements"] if m["quantity"] == "ont_pon_serial"
    )


def test_without_a_key_to_open_it_a_record_says_so_and_goes_without(tmp_path: Path, key: PrivateKey) -> None:
    chain = chain_in(tmp_path, key)
    attempt_on(chain, instruments())
    closed = records(chain)[-1]
    assert closed.result is not None and closed.result.opening is None
    assert chain.opening(chain.links[-1]) is None and closed.ordered is not None
    assert is_commitment(closed.ordered.ont_serial)


def test_another_serial_is_found_without_being_told_but_on_the_screen(tmp_path: Path, key: PrivateKey) -> None:
    others = (*(m for m in LIT if m.quantity != "ont_pon_serial"), measured("ont_pon_serial", "48575443DEADBEEF"))
    chain = chain_in(tmp_path, key)
    accepted = attempt_on(chain, instruments(ont=others))
    finding = accepted.verdict.finding("ordered_ont")
    assert finding is not None and (finding.status, finding.measured) == ("fail", "another one")
    said = finding.sentence + str([cause.to_json() for cause in accepted.causes])
    assert "another one" in said and "DEADBEEF" not in said and "4D2A9C17" not in said
    assert serials(accepted.disclosures) == ["on this screen only: ordered ONT HWTC4D2A9C17, read HWTCDEADBEEF"]
    assert "DEADBEEF" not in repr(accepted)


def test_a_fault_of_our_own_is_told_without_what_it_quotes(tmp_path: Path, key: PrivateKey) -> None:
    class Broken:
        def read(self) -> None:
            raise SystemExit("no account hz05710117@ftth of Chen Wei at 10.1.2.3")

    chain = chain_in(tmp_path, key)
    with pytest.raises(SystemExit):
        attempt_on(chain, replace(instruments(), terminal=Broken()))  # type: ignore[arg-type]
    reason = records(chain)[-1].reason
    assert reason.startswith("SystemExit: no account <account> of <customer> at 10.1.2.0/24")
