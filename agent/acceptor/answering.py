"""Answering a record: the office signs what the desk ruled, and the compact verdict; pure but for the key."""

from agent import acknowledgement, compact_verdict, seal
from agent.acceptor.desk import Facts, Ruling
from agent.acceptor.office import Arrival, Office


def signed(office: Office, arrival: Arrival, ruling: Ruling, facts: Facts, review: str | None = None) -> str:
    """The token of the acceptance that answers a record; `review` is a person's decision, where there is one."""
    made = acknowledgement.Acceptance(
        acceptor=office.name,
        record=arrival.envelope.digest,
        kid=arrival.envelope.kid,
        epoch=arrival.record.epoch,
        seq=arrival.record.seq,
        order=arrival.record.order,
        decision=ruling.decision,
        outcome=ruling.outcome,
        reasons=ruling.reasons,
        line=ruling.line,
        verdict=_verdict(office, arrival, ruling, facts),
        chain="broken" if facts.quarantine else facts.chain,
        close_unanchored=office.close_unanchored,
        issued_at=arrival.at,
        review=review,
    )
    return seal.seal(acknowledgement.write(made), typ=seal.ACCEPTANCE, key=office.key).token


def _verdict(office: Office, arrival: Arrival, ruling: Ruling, facts: Facts) -> str | None:
    """The compact verdict's token, where there is an outcome to tell; a visit's is told with the test's figures."""
    result = facts.visited.record if facts.visited else arrival.record
    if ruling.outcome is None or result.result is None:
        return None
    told = {"record": arrival.envelope.digest, "decision": ruling.decision, "outcome": ruling.outcome}
    raw = compact_verdict.write(compact_verdict.of(result, **told, issued_at=arrival.at))
    return seal.seal(raw, typ=seal.VERDICT, key=office.key).token
