"""What changed on a line since it was installed: two sets of measurements compared, what differs notably named; pure.

A difference is notable when it is larger than what two readings of the same healthy line may differ by. Nothing is
judged here: a change explains a finding, it does not make one. What is committed, such as the ONT's serial, can be
compared only where it was opened, for its salt is another one in every order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent import acknowledgement, record_form, seal
from agent.acknowledgement import AcceptanceError
from agent.bundle import Bundle, BundleError
from agent.commitment import Disclosure
from agent.record import RecordError
from agent.trust import Trust
from diagnostics.committed import is_commitment
from diagnostics.errors import BadInput
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES

# quantity -> what two readings of a healthy line may differ by: in its own unit, and as a share of the earlier value
_NOTABLE: dict[str, tuple[float, float]] = {
    "ont_rx_power_dbm": (1.0, 0.0),
    "ont_tx_power_dbm": (1.0, 0.0),
    "ont_bias_ma": (2.0, 0.2),
    "ont_temperature_celsius": (15.0, 0.0),
    "ont_lan_speed_mbps": (0.0, 0.0),
    "ont_gem_ports": (0.0, 0.0),
    "ont_tconts": (0.0, 0.0),
    "ont_provisioned_vlans": (0.0, 0.0),
    "station_link_speed_mbps": (0.0, 0.0),
    "station_mtu_bytes": (0.0, 0.0),
    "port_speed_mbps": (0.0, 0.0),
    "reach_loss_ratio": (0.02, 0.0),
    "reach_rtt_ms": (2.0, 0.5),
    "throughput_down_mbps": (1.0, 0.05),
    "throughput_up_mbps": (1.0, 0.05),
}
_COMPARED_KINDS = ("state", "text", "flag")


class BaselineError(BadInput):
    """What was handed out as a baseline is none; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The last result of an earlier order on the line: which order, when, and what was measured."""

    order_id: str
    digest: str
    taken_at: datetime
    measurements: tuple[Measurement, ...]

    @property
    def unseen(self) -> str:
        """What could not be compared, in words; empty where everything could."""
        committed = any(is_commitment(m.value) for m in self.measurements)
        return "; whether the ONT is still the same needs --baseline-open" if committed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One quantity that is notably different now, in words."""

    name: str
    before: str
    now: str
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object."""
        return {"name": self.name, "before": self.before, "now": self.now, "sentence": self.sentence}


def baseline_of(bundle: Bundle) -> Baseline:
    """The baseline that a bundle holds; its seals are for `prooflight verify`. BundleError where it has no result."""
    for attempt in reversed(bundle.attempts):
        if attempt.close is None:
            continue
        envelope = seal.read(attempt.close, typ=seal.RECORD)
        record = record_form.parse(envelope.payload)
        if record.result is not None:
            return Baseline(
                order_id=bundle.order_id,
                digest=envelope.digest,
                taken_at=record.clock.wall,
                measurements=record.result.measurements,
            )
    raise BundleError(f"order {bundle.order_id}: no attempt has a result to compare with; name another bundle")


def handed_out(record: str, acceptance: str) -> str:
    """A baseline as it goes out with a repair order: a result, and the acceptance that names it."""
    return f"{record}\n{acceptance}"


def believed(text: str, trust: Trust) -> Baseline:
    """The baseline that was handed out: an acceptor's seal names this very record; BaselineError where none does.

    The station that sealed the record need not be pinned here; the acceptor believed it.
    """
    record, _, acceptance = text.partition("\n")
    try:
        opened = seal.open_sealed(acceptance, typ=seal.ACCEPTANCE, trust=trust)
        answer = acknowledgement.from_json(opened.content)
        seal.check_validity(opened, answer.issued_at)
        seal.refuse_revoked(opened)
        envelope = seal.read(record, typ=seal.RECORD)
        made = record_form.parse(envelope.payload)
    except (seal.SealError, AcceptanceError, RecordError) as error:
        raise BaselineError(f"baseline: {error}") from error
    if answer.record != envelope.digest or answer.decision not in ("closed", "recorded"):
        raise BaselineError("baseline: no acceptance says that this record was accepted")
    if made.result is None or made.order is None:
        raise BaselineError("baseline: is no record with a result")
    return Baseline(
        order_id=made.order.id,
        digest=envelope.digest,
        taken_at=made.clock.wall,
        measurements=made.result.measurements,
    )


def told(baseline: Baseline | None, changed: int) -> list[str]:
    """In one line what the line is compared with, and how much changed; no line where there is nothing to compare."""
    if baseline is None:
        return []
    count = f"{changed} notable changes" if changed else "nothing notable changed"
    return [f"baseline: order {baseline.order_id} of {baseline.taken_at:%Y-%m-%d}: {count}{baseline.unseen}"]


def revealed(measurements: Iterable[Measurement], disclosures: Iterable[Disclosure]) -> tuple[Measurement, ...]:
    """The measurements with the values that the disclosures open in the place of their commitments."""
    values = {each.commitment: each.value for each in disclosures}
    return tuple(replace(m, value=values.get(str(m.value), m.value)) for m in measurements)


def changes(before: Sequence[Measurement], now: Sequence[Measurement]) -> tuple[Change, ...]:
    """The notable changes, in the order of `now`."""
    earlier = {m.name: m for m in before}
    pairs = [(earlier[m.name], m) for m in now if m.name in earlier]
    return tuple(_change(old, new) for old, new in pairs if _notable(old, new))


def _notable(old: Measurement, new: Measurement) -> bool:
    if old.failure is not None or new.failure is not None:
        # Light that is gone is a change; an instrument that did not find out is not.
        return "no_signal" in (_kind(old), _kind(new)) and _kind(old) != _kind(new)
    if old.number is None or new.number is None:
        return old.quantity.startswith(("ont_", "station_")) and old.value != new.value and _comparable(old, new)
    if old.quantity not in _NOTABLE:
        return False
    absolute, share = _NOTABLE[old.quantity]
    return abs(new.number - old.number) > max(absolute, share * abs(old.number))


def _comparable(old: Measurement, new: Measurement) -> bool:
    return QUANTITIES[old.quantity].kind in _COMPARED_KINDS and not (
        is_commitment(old.value) or is_commitment(new.value)
    )


def _kind(measurement: Measurement) -> str:
    return measurement.failure.kind if measurement.failure else ""


def _change(old: Measurement, new: Measurement) -> Change:
    before, now, meaning = _told(old), _told(new), QUANTITIES[new.quantity].meaning
    if QUANTITIES[new.quantity].personal:
        return Change(name=new.name, before="", now="", sentence=f"Another ONT than before: {meaning} is another one")
    where = f" ({new.index})" if new.index else ""
    difference = ""
    if old.number is not None and new.number is not None:
        difference = f" ({new.number - old.number:+.6g})"
    sentence = f"{meaning[0].upper()}{meaning[1:]}{where} was {before} and is {now}{difference}"
    return Change(name=new.name, before=before, now=now, sentence=sentence)


def _told(measurement: Measurement) -> str:
    if measurement.failure is not None:
        return str(measurement.failure)
    value = f"{measurement.number:.6g}" if measurement.number is not None else str(measurement.value)
    return f"{value} {QUANTITIES[measurement.quantity].unit}".strip()
