"""A filling: one run of a diagnosis with its title and the rate that was to be expected of it."""

from dataclasses import dataclass

from diagnostics.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """One run as it was made, by which step it was made, and what it should carry in Mbit/s; None where unknown."""

    title: str
    trial: Trial
    expected_mbps: float | None = None
