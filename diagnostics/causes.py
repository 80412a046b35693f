"""Naming the cause: from findings and measurements to what is most likely wrong and what the technician does next.

Pure. The rules stand in the order of likelihood; a cause is named only on evidence, and a clean line has none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import disturbance
from diagnostics.measurement import Measurement
from diagnostics.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is most likely wrong, the evidence for it, and what to do next."""

    name: str
    title: str
    evidence: tuple[str, ...]
    action: str

    def to_json(self) -> dict[str, Any]:
        """The cause as a JSON object."""
        return {"name": self.name, "title": self.title, "evidence": list(self.evidence), "action": self.action}


_RATES = ("throughput_down_mbps", "throughput_up_mbps")


class _Facts:
    """What rules may ask about a judged line."""

    def __init__(self, verdict: Verdict, measurements: Sequence[Measurement]) -> None:
        self._verdict = verdict
        self._measurements = {m.name: m for m in measurements}

    def measured(self, name: str) -> Measurement | None:
        return self._measurements.get(name)

    def failed_kind(self, name: str) -> str:
        found = self._measurements.get(name)
        return found.failure.kind if found and found.failure else ""

    def is_disturbed(self, name: str) -> bool:
        """Whether a figure was withdrawn, because its run does not count."""
        found = self._measurements.get(name)
        return bool(found and found.failure and found.failure.stage == disturbance.STAGE)

    def told(self, *names: str) -> tuple[str, ...]:
        found = [self._measurements[name] for name in names if name in self._measurements]
        return tuple(f"{m.name}: {m.value if m.failure is None else m.failure}" for m in found)

    def failing(self, quantity: str) -> tuple[str, ...]:
        """Sentences of the findings that fail on a quantity."""
        return tuple(f.sentence for f in self._verdict.findings if f.quantity == quantity and f.status == "fail")

    def open(self) -> tuple[str, ...]:
        """Quantities of required findings that are not passed."""
        findings = self._verdict.findings
        return tuple(f.quantity for f in findings if f.required and f.status in ("fail", "unknown"))


def _dark(facts: _Facts) -> tuple[str, ...]:
    if facts.failed_kind("ont_rx_power_dbm") != "no_signal":
        return ()
    return facts.told("ont_rx_power_dbm", "ont_optical_link", "ont_onu_state")


def _light(below: bool) -> Callable[[_Facts], tuple[str, ...]]:
    def rule(facts: _Facts) -> tuple[str, ...]:
        rx = facts.measured("ont_rx_power_dbm")
        if rx is None or rx.number is None or (rx.number < -15) != below:
            return ()
        return facts.failing("ont_rx_power_dbm")

    return rule


def _wrong_ont(facts: _Facts) -> tuple[str, ...]:
    return facts.failing("ont_pon_serial") + facts.failing("ont_equipment_serial") + facts.failing("ont_identity")


def _slow_port(facts: _Facts) -> tuple[str, ...]:
    return facts.failing("port_speed_mbps")


def _port_limit(facts: _Facts) -> tuple[str, ...]:
    names = [name for name in ("port_speed_mbps", *_RATES) if not facts.is_disturbed(name)]
    return facts.told(*(name for name in names if facts.failed_kind(name) == "instrument_limit"))


def _disturbed(facts: _Facts) -> tuple[str, ...]:
    return facts.told(*(name for name in _RATES if facts.is_disturbed(name)))


def _reflector(facts: _Facts) -> tuple[str, ...]:
    if _dark(facts):  # then nothing behind the ONT can answer
        return ()
    kinds = ("busy", "refused", "unreachable", "timeout", "disturbed", "unparseable")
    names = [name for name in _RATES if not facts.is_disturbed(name)]
    return facts.told(*(name for name in names if facts.failed_kind(name) in kinds))


def _ont_silent(facts: _Facts) -> tuple[str, ...]:
    kinds = (
        "timeout",
        "refused",
        "unreachable",
        "auth_rejected",
        "busy",
        "locked_out",
        "unparseable",
        "unknown_firmware",
    )
    return facts.told("ont_rx_power_dbm", "ont_pon_serial") if facts.failed_kind("ont_rx_power_dbm") in kinds else ()


def _low_rate(facts: _Facts) -> tuple[str, ...]:
    """The rate fails and nothing else does: the line is built right and carries too little."""
    others = [name for name in facts.open() if not name.startswith("throughput_")]
    failing = facts.failing("throughput_down_mbps") + facts.failing("throughput_up_mbps")
    if others or not failing:
        return ()
    return failing + facts.told("ont_rx_power_dbm", "port_speed_mbps", "reach_loss_ratio[reflector]")


_RULES: tuple[tuple[str, str, Callable[[_Facts], tuple[str, ...]], str], ...] = (
    (
        "dark_fibre",
        "No light reaches the ONT",
        _dark,
        "Check that the drop cable is plugged in at the ONT and at the splitter port of the order; look for a break or "
        "a tight bend with a visual fault locator; measure at the splitter. If it is dark there, escalate.",
    ),
    (
        "weak_light",
        "Too little light reaches the ONT",
        _light(below=True),
        "Clean and re-seat the connectors at the ONT, the wall outlet and the splitter; look for tight bends; measure "
        "again. If it stays weak, measure at the splitter and have the drop cable replaced.",
    ),
    (
        "strong_light",
        "Too much light reaches the ONT",
        _light(below=False),
        "Check that the drop cable is plugged in behind the splitter and not before it; fit an attenuator if the plan "
        "says so.",
    ),
    (
        "wrong_ont",
        "This is not the ONT that was ordered",
        _wrong_ont,
        "Compare the bar code of the device with the work order. Fit the ordered ONT, or have the order changed by the "
        "desk before going on.",
    ),
    (
        "port_below_gigabit",
        "The LAN port negotiated less than what was ordered",
        _slow_port,
        "Change the cable between ONT and test box (all four pairs are needed for 1000 Mbit/s), then try another LAN "
        "port of the ONT.",
    ),
    (
        "port_is_the_limit",
        "The port is too slow to prove the ordered rate",
        _port_limit,
        "The line may be fine: this port cannot show it. Plug a test box with a 2.5G or faster port into a 2.5G or "
        "faster LAN port of the ONT and test again.",
    ),
    (
        "run_does_not_count",
        "Something else than the line may have made the figure",
        _disturbed,
        "This says nothing about the line. Do what the reason says, then test again.",
    ),
    (
        "ont_not_readable",
        "The ONT could not be read",
        _ont_silent,
        "Check cable, ONT address and log-in, and that nobody else is logged in to the ONT; then test again.",
    ),
    (
        "reflector_not_usable",
        "The far end of the test did not serve",
        _reflector,
        "This says nothing about the line. Wait a minute and test again, or have the desk name another reflector.",
    ),
    (
        "low_rate",
        "The line carries less than was ordered, and everything else is clean",
        _low_rate,
        "Ask the desk to compare the speed profile on OLT and BRAS with the order; then test again.",
    ),
)


def name_causes(verdict: Verdict, measurements: Sequence[Measurement]) -> tuple[Cause, ...]:
    """The causes that the evidence speaks for, most likely first; none where every required limit is passed."""
    if verdict.outcome == "accepted":
        return ()
    facts = _Facts(verdict, measurements)
    found = [(name, title, rule(facts), action) for name, title, rule, action in _RULES]
    return tuple(
        Cause(name=name, title=title, evidence=evidence, action=action)
        for name, title, evidence, action in found
        if evidence
    )
