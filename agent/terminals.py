"""Which terminal reads the ONT of an order: its own command line or agent, its OLT, or both; starts nothing itself.

An OLT is asked only where the configuration names the order's OLT, and only about numbers from the order's resource.
"""

from collections.abc import Callable
from pathlib import Path

from agent.config import OntSettings, StationConfig
from agent.toml_table import ConfigError
from agent.work_order import WorkOrder
from diagnostics.instruments import Terminal
from diagnostics.line import Line
from drivers.logins import Login, load_logins
from drivers.resource import Resource
from drivers.terminal import AssistedTerminal, ChildTerminal

NO_WAY_IN = "none"  # a transport: the ONT has no command line or agent that is open to us


def terminal_of(
    config: StationConfig,
    line: Line,
    order: WorkOrder | None,
    cancelled: Callable[[], bool],
    newer: Path | None = None,
) -> Terminal:
    """The terminal of a line, `newer` being the folder of profiles that a kit brought.

    Raises ConfigError, or ResourceError where the order's resource is not in numbers.
    """
    assert config.ont is not None
    own = None if config.ont.transport == NO_WAY_IN else _own(config.ont, line, cancelled, newer)
    settings = config.olts.get(order.ordered.olt) if order else None
    if settings is not None and order is not None:
        olt = ChildTerminal(
            address=settings.address,
            port=settings.port,
            transport=settings.transport,
            family=settings.family,
            newer=newer,
            login=_login(settings, ""),
            resource=Resource.parse(order.ordered.pon_port, order.ordered.onu_id),
            cancelled=cancelled,
        )
        return AssistedTerminal(own=own, olt=olt)
    if own is None:
        name = order.ordered.olt if order else "NAME"
        raise ConfigError(f"{config.file}: [ont] transport is none and there is no [olt.{name}]; say how it is reached")
    return own


def own_terminal(
    config: StationConfig, line: Line, cancelled: Callable[[], bool], newer: Path | None = None
) -> ChildTerminal:
    """The terminal of the ONT itself. Raises ConfigError where the ONT lets nobody in."""
    if config.ont is None or config.ont.transport == NO_WAY_IN:
        raise ConfigError(f"{config.file}: [ont] names no transport by which the ONT itself is asked; name one")
    return _own(config.ont, line, cancelled, newer)


def _own(settings: OntSettings, line: Line, cancelled: Callable[[], bool], newer: Path | None) -> ChildTerminal:
    return ChildTerminal(
        address=settings.address,
        port=settings.port,
        transport=settings.transport,
        family=settings.family,
        newer=newer,
        login=_login(settings, line.ordered.ont_serial),
        interface=line.interface,
        namespace=line.namespace,
        cancelled=cancelled,
    )


def login_secrets(config: StationConfig, order: WorkOrder) -> tuple[str, ...]:
    """The words that let us into the ONT and the OLT of an order, which must stand in nothing that is kept."""
    settings = [config.ont, config.olts.get(order.ordered.olt)]
    serial = order.ordered.ont_serial
    return tuple(word for each in settings if each is not None for word in _login(each, serial).secrets())


def _login(settings: OntSettings, serial: str) -> Login:
    found = load_logins(settings.logins).find(family=settings.family, serial=serial) if settings.logins else None
    return found or Login()
