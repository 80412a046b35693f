"""What changed since the installation is named, noise is not, and an instrument that failed proves no change."""

from pathlib import Path

import pytest

from agent import bundle
from agent.baseline import baseline_of, changes, revealed
from agent.bundle import BundleError
from agent.chain import Chain
from agent.cli import main
from agent.clock import StationClock
from agent.commitment import Disclosure
from agent.journal import Journal
from diagnostics.measurement import Measurement
from tests.agent import samples
from tests.agent.acceptor.conftest import visit
from tests.agent.conftest import Ring
from tests.diagnostics.fakes import failed, measured

RX = "ont_rx_power_dbm"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (measured(RX, -18.2), measured(RX, -18.9), None),
        (measured(RX, -18.2), measured(RX, -23.4), "was -18.2 dBm and is -23.4 dBm (-5.2)"),
        (measured(RX, -18.2), failed(RX, "no_signal"), "is no_signal"),
        (measured(RX, -18.2), failed(RX, "timeout"), None),
        (failed(RX, "timeout"), measured(RX, -18.2), None),
        (failed(RX, "no_signal"), failed(RX, "no_signal"), None),
        (measured("throughput_down_mbps", 940.0), measured("throughput_down_mbps", 899.0), None),
        (measured("throughput_down_mbps", 940.0), measured("throughput_down_mbps", 410.0), "(-530)"),
        (measured("ont_model", "HG8310M"), measured("ont_model", "HG8245H"), "was HG8310M and is HG8245H"),
        (measured("ont_pon_serial", "sha256:" + "1" * 64), measured("ont_pon_serial", "sha256:" + "2" * 64), None),
        (measured("ont_lan_speed_mbps", 1000, "lan1"), measured("ont_lan_speed_mbps", 100, "lan1"), "(lan1) was 1000"),
        (measured("ont_lan_speed_mbps", 1000, "lan1"), measured("ont_lan_speed_mbps", 100, "lan2"), None),
        (measured("ont_uptime_s", 1000), measured("ont_uptime_s", 5), None),
    ],
)
def test_a_change_is_told_when_it_is_more_than_two_readings_may_differ(
    before: Measurement, now: Measurement, told: str | None
) -> None:
    found = [change.sentence for change in changes([before], [now])]
    assert (found == []) if told is None else (len(found) == 1 and told in found[0])


SERIAL = "ont_pon_serial"


def disclosed(value: str, salt: int) -> Disclosure:
    return Disclosure(salt=bytes([salt]) * 16, name="ont_serial", value=value)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("ZTEG4D2A9C17", []),
        ("ZTEG4D2A9C18", ["Another ONT than before: the PON serial, by which the OLT knows the ONT is another one"]),
    ],
)
def test_an_ont_that_was_replaced_is_seen_where_both_serials_are_open(now: str, told: list[str]) -> None:
    before, after = disclosed("ZTEG4D2A9C17", 1), disclosed(now, 2)
    committed = [measured(SERIAL, before.commitment)], [measured(SERIAL, after.commitment)]
    opened = revealed(committed[0], [before]), revealed(committed[1], [after])
    assert changes(*committed) == changes(opened[0], committed[1]) == ()
    assert [change.sentence for change in changes(*opened)] == told


def test_openings_without_a_baseline_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    order = Path(__file__).parents[2] / "agent" / "examples" / "repair.json"
    assert main(["accept", str(order), "--baseline-open", "openings.json"]) == 65
    assert "opens the bundle that --baseline names; name that too" in capsys.readouterr().err


def test_the_baseline_is_the_last_result_of_the_bundle(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        visit(chain, 1, ont_rx_power_dbm=-30.0)
        visit(chain, 1)
        made = baseline_of(bundle.collect(chain, "WO-1"))
        assert next(m.number for m in made.measurements if m.quantity == RX) != -30.0
        attempt = chain.open(samples.order(2), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
        chain.abandon(attempt, "A", "interrupted", {})
        with pytest.raises(BundleError, match="no attempt has a result"):
            baseline_of(bundle.collect(chain, "WO-2"))
