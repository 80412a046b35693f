"""The subscriber's session of an order: its account from the order, its password from a private file or a prompt.

Where the ONT dials there is no session; where no password is known the station dials all the same, and says so if the
network asks for one.
"""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from agent.config import StationConfig
from agent.config_broker import require_private
from agent.toml_table import load
from agent.work_order import WorkOrder
from diagnostics.line import Line
from diagnostics.pppoe_session import PppoeSession
from diagnostics.secret import Secret


def session_of(
    config: StationConfig, line: Line, order: WorkOrder | None, password: Secret | None, cancelled: Callable[[], bool]
) -> PppoeSession | None:
    """The session that the station dials for an order; None where it must not dial."""
    if order is None or not line.dialled:
        return None
    return PppoeSession(
        line.interface,
        line.namespace,
        account=order.account,
        password=password or password_of(config, order),
        tunnel=line.ip_interface,
        routes=[reflector.host for reflector in line.reflectors],
        options={"service": config.pppoe.service},
        cancelled=cancelled,
    )


def password_of(config: StationConfig, order: WorkOrder) -> Secret | None:
    """The password of an order's account in the file that the configuration names; None where there is none."""
    return None if config.pppoe.passwords is None else load_passwords(config.pppoe.passwords).get(order.account)


def load_passwords(path: Path) -> dict[str, Secret]:
    """The passwords by account in the table `[password]` of a TOML file of mode 0600.

    Raises ConfigError, which never quotes a password.
    """
    require_private(path)
    root = load(path)
    accounts = root.table("password", required=True)
    made = {name: Secret(accounts.text(name)) for name in accounts.names()}
    root.done()
    return made


def asked_password(config: StationConfig, line: Line, order: WorkOrder | None) -> Secret | None:
    """The password of an order's account, asked for at the terminal where it is needed and in no file."""
    if order is None or not line.dialled:
        return None
    known = password_of(config, order)
    if known is not None or not sys.stdin.isatty():
        return known
    typed = getpass.getpass(f"PPPoE password of {order.account} (empty: none): ")
    return Secret(typed) if typed else None
