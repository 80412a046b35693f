"""An ONT that goes wrong does so with what its LAN ports carry, and an idle line has no new errors."""

import pytest

from drivers.virtual.decay import Decay

PORTS = {
    "lan1": {"rx_bytes": 3_000_000, "tx_bytes": 9_000_000, "rx_packets": 2000, "tx_packets": 6000, "rx_errors": 0},
    "lan2": {"rx_bytes": 0, "tx_bytes": 500_000, "rx_packets": 0, "tx_packets": 400, "rx_errors": 3},
}


@pytest.mark.parametrize(
    ("decay", "quantity", "by"),
    [
        (Decay(), "ont_fec_uncorrectable_codewords", None),
        (Decay(fec_every_bytes=1_000_000), "ont_fec_uncorrectable_codewords", 9),
        (Decay(), "ont_lan_rx_errors", None),
        (Decay(port_error_every_bytes=1_000_000), "ont_lan_rx_errors", 3),
        (Decay(), "ont_lan_tx_bytes", 9_000_000),
        (Decay(), "ont_lan_tx_bytes[lan2]", 500_000),
        (Decay(), "ont_lan_rx_errors[lan2]", None),
        (Decay(), "ont_uptime_s", 40.0),
    ],
)
def test_errors_grow_with_the_octets_of_the_port(decay: Decay, quantity: str, by: float | None) -> None:
    assert decay.grown(PORTS, 40.0, None, 5000.0).get(quantity) == by


@pytest.mark.parametrize(("after", "restarts"), [(0, False), (12_000_000, True), (12_000_001, False)])
def test_it_restarts_once_its_port_has_carried_so_much(after: int, restarts: bool) -> None:
    assert Decay(restart_after_bytes=after).restarts(PORTS["lan1"]) is restarts


def test_after_a_restart_the_uptime_counts_from_it() -> None:
    assert Decay().grown(PORTS, 40.0, 7.0, 5000.0)["ont_uptime_s"] == 7.0 - 5000.0
