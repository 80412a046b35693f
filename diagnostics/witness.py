"""Two counts of one run: the station's and the reflector's; the lower one counts, and two that disagree prove nothing.

Pure. A reflector that was itself the limit can confirm a rate that is reached, and never convict a line.
"""

from dataclasses import replace

from diagnostics.instruments import Witness
from diagnostics.measurement import Failure
from diagnostics.trial import Trial

MOST_APART = 0.05  # of the higher figure, over the same span


def lower(trial: Trial, witness: Witness | None) -> Trial:
    """The run as the verdict counts it: by the lower of both figures."""
    if witness is None or not witness.us or witness.payload_bytes * trial.us >= trial.payload_bytes * witness.us:
        return trial
    return replace(trial, payload_bytes=witness.payload_bytes, us=witness.us)


def objection(trial: Trial, witness: Witness | None, floor_mbps: float) -> Failure | None:
    """Why a run is invalid by what its reflector signed, in payload Mbit/s; None where it is not, or nobody signed."""
    if witness is None or trial.failure is not None:
        return None
    if not witness.us:
        return _disturbed("the reflector saw too little of the window to confirm the run; test again")
    station, reflector = trial.mbps, witness.payload_bytes * 8 / witness.us
    if abs(station - reflector) > MOST_APART * max(station, reflector):
        told = f"the station counted {station:.1f} Mbit/s and the reflector {reflector:.1f} over the same span"
        return _disturbed(f"{told}, more than {MOST_APART:.0%} apart; test again, or by another reflector")
    if not witness.ok and min(station, reflector) < floor_mbps:
        return _disturbed("the reflector was at its own limit; test again, or by another reflector")
    return None


def _disturbed(words: str) -> Failure:
    return Failure(kind="disturbed", stage="reflector", detail=words)
