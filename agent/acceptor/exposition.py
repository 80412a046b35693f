"""The status as Prometheus reads it: the text exposition format, version 0.0.4; pure.

Labels take their values from closed lists of this software, never from what a station or a person says, so the number
of series is bounded and none names anybody.
"""

from collections.abc import Iterator, Mapping

from agent.acceptor.status import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Samples = list[tuple[Mapping[str, str], float | None]]


def exposition(status: Status) -> str:
    """All metrics of a status; a sample that is not known is left out."""
    return "".join(line for name, meaning, samples in _families(status) for line in _family(name, meaning, samples))


def _families(status: Status) -> Iterator[tuple[str, str, Samples]]:
    age = status.age_s
    yield "work_orders", "Work orders by state.", [({"state": state}, n) for state, n in status.orders]
    yield "reviews_waiting", "Records that wait for a person.", _one(status.reviews.count)
    yield "review_oldest_age_seconds", "Age of the oldest of them.", _one(age(status.reviews.oldest))
    yield "records_waiting", "Records without an answer yet.", _one(status.waiting.count)
    yield "record_waiting_oldest_age_seconds", "Age of the oldest of them.", _one(age(status.waiting.oldest))
    yield "records_asked_for_line", "Of them, those whose line is being asked for.", _one(status.asked)
    yield "chains_with_gap", "Stations' chains in which a record is missing.", _one(len(status.gaps))
    decided: Samples = [({"decision": d.decision, "reason": d.reason}, d.count) for d in status.decided]
    yield "decisions_last_day", "Results and visits decided in the last day, for each kind of reason.", decided
    yield "stations", "Station keys that were ever heard of.", _one(len(status.stations))
    yield "stations_silent", "Of them, those not heard of for too long.", _one(len(status.silent))
    yield "newest_word_age_seconds", "Time since any station was heard of.", _one(age(status.newest))
    yield "keys_quarantined", "Station keys with two chains.", _one(len(status.quarantined))
    untold: Samples = [({"target": u.target, "state": u.state}, u.queue.count) for u in status.outbox]
    yield "ticket_outbox", "What ticket systems are still to be told, or was set aside.", untold
    oldest: Samples = [({"target": u.target, "state": u.state}, age(u.queue.oldest)) for u in status.outbox]
    yield "ticket_outbox_oldest_age_seconds", "Age of the oldest of it.", oldest


def _one(value: float | None) -> Samples:
    return [({}, value)]


def _family(name: str, meaning: str, samples: Samples) -> Iterator[str]:
    whole = f"prooflight_{name}"
    yield f"# HELP {whole} {meaning}\n# TYPE {whole} gauge\n"
    for labels, value in samples:
        if value is not None:
            inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            yield f"{whole}{'{' + inside + '}' if inside else ''} {value:.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
