"""The order's resource decides whether its OLT is asked, and the configuration how."""

from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from agent import work_order
from agent.config import OntSettings, StationConfig
from agent.terminals import terminal_of
from agent.toml_table import ConfigError
from diagnostics.child import never
from diagnostics.line import Line
from drivers.resource import Resource, ResourceError
from drivers.terminal import AssistedTerminal, ChildTerminal

ORDER = work_order.load(Path(str(resources.files("agent") / "examples" / "install.json")))
OLT = OntSettings(address="192.0.2.9", transport="ssh", family="huawei_smartax_olt")
LINE = Line(interface="lan0")


def config(transport: str = "telnet", **olts: OntSettings) -> StationConfig:
    """A station that reaches the ONT this way, and these OLTs."""
    here = Path("/nowhere")
    ont = OntSettings(address="192.0.2.1", transport=transport)
    named = {name.replace("_", "-"): settings for name, settings in olts.items()}
    return StationConfig(file=here, name="s", state_dir=here, key=here, trust=here, ont=ont, olts=named)


def test_the_orders_olt_completes_the_ont_and_is_not_asked_over_the_line() -> None:
    made = terminal_of(config(HZW_OLT_03=OLT), LINE, ORDER, never)
    assert isinstance(made, AssistedTerminal) and isinstance(made.olt, ChildTerminal)
    assert made.olt.resource == Resource(frame=0, slot=2, port=5, onu=17)
    assert (made.olt.address, made.olt.interface) == ("192.0.2.9", "")
    assert isinstance(made.own, ChildTerminal) and made.own.interface == "lan0"


def test_an_ont_that_lets_nobody_in_is_read_by_its_olt_alone() -> None:
    made = terminal_of(config("none", HZW_OLT_03=OLT), LINE, ORDER, never)
    assert isinstance(made, AssistedTerminal) and made.own is None


@pytest.mark.parametrize("order", [None, replace(ORDER, ordered=replace(ORDER.ordered, olt="another"))])
def test_an_olt_that_is_not_configured_is_not_asked(order: work_order.WorkOrder | None) -> None:
    assert isinstance(terminal_of(config(HZW_OLT_03=OLT), LINE, order, never), ChildTerminal)
    with pytest.raises(ConfigError, match="say how it is reached"):
        terminal_of(config("none", HZW_OLT_03=OLT), LINE, order, never)


def test_a_pon_port_in_words_is_refused_before_anything_is_opened() -> None:
    order = replace(ORDER, ordered=replace(ORDER.ordered, pon_port="0/2/5; reboot"))
    with pytest.raises(ResourceError, match="digits and slashes"):
        terminal_of(config(HZW_OLT_03=OLT), LINE, order, never)
