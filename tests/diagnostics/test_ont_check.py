"""What an ONT cannot say of its LAN ports is told for the port that is used; what it tells by rows is no fault."""

from dataclasses import replace

from diagnostics.check import Context, run_check
from diagnostics.checks import ont
from diagnostics.measurement import Failure
from tests.diagnostics.fakes import LINE, LIT, failed, instruments, measured


def test_what_all_ports_lack_the_line_s_port_lacks() -> None:
    told = (*LIT, failed("ont_lan_rx_bytes", "not_supported"), measured("ont_lan_link", "down", "lan2"))
    made = {m.name: m for m in run_check(ont.CHECK, Context(line=LINE, instruments=instruments(ont=told)))}
    lacking = made["ont_lan_rx_bytes[lan1]"].failure
    assert lacking is not None and lacking.kind == "not_supported"
    assert made["ont_lan_link[lan2]"].value == "down"
    assert replace(made["ont_lan_speed_mbps[lan1]"], taken_at=LIT[3].taken_at) == LIT[3]


def test_what_an_ont_told_row_by_row_is_no_fault_of_the_check() -> None:
    told = (measured("ont_wan_state", "connected", "wan1"), measured("ont_wan_state", "connecting", "wan2"))
    made = run_check(ont.CHECK, Context(line=LINE, instruments=instruments(ont=told)))
    states = {m.index: m.failure or m.value for m in made if m.quantity == "ont_wan_state"}
    whole = Failure(kind="not_applicable", stage="ont", detail="told for each row: wan1, wan2")
    assert states == {"": whole, "wan1": "connected", "wan2": "connecting"}
