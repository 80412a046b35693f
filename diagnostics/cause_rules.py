"""When each cause is named, in the order of likelihood: its evidence rule, and the causes that explain it away; data.

What lies nearer to the light stands first: a fault there shows in everything behind it. Titles and actions stand in
cause_texts.toml.
"""

from diagnostics.evidence import (
    Evidence,
    Facts,
    Rule,
    above,
    all_of,
    any_of,
    below,
    failed,
    failing,
    is_,
    with_,
)

RX, STATE = "ont_rx_power_dbm", "ont_onu_state"
RATES = ("throughput_down_mbps", "throughput_up_mbps")
_MIDDLE_DBM = -15.0  # between the two edges of every class: which of them a failing power is near

_dark = with_(
    any_of(failed(RX, "no_signal"), all_of(is_("ont_alarm_los", "raised"), failed(RX))), "ont_optical_link", STATE
)
_no_reflector = any_of(
    *(failed(rate, "refused", "unreachable", "timeout", "disturbed", "unparseable") for rate in RATES)
)


def _low_rate(facts: Facts) -> Evidence:
    """The rate fails and nothing else does: the line is built right and carries too little."""
    if any(not name.startswith("throughput_") for name in facts.open()):
        return ()
    return with_(failing(*RATES), RX, "port_speed_mbps", "reach_loss_ratio[reflector]")(facts)


# name, evidence rule, names of the causes that explain it away
RULES: tuple[tuple[str, Rule, frozenset[str]], ...] = (
    ("no_link", is_("station_link_state", "down"), frozenset()),
    ("dark_fibre", _dark, frozenset()),
    ("strong_light", all_of(failing(RX), above(RX, _MIDDLE_DBM)), frozenset()),
    ("weak_light", all_of(failing(RX), below(RX, _MIDDLE_DBM)), frozenset()),
    ("emergency_stop", is_(STATE, "O7"), frozenset()),
)
