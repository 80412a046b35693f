"""The senders of an acceptor: one for each ticket system of the configuration, each in a thread of its own.

A system that is slow or down holds up nobody but itself. A sender may be stopped or killed at any moment: what it was
about is sent again, by whoever comes next.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from agent.acceptor.bearer import Bearer
from agent.acceptor.http_exchange import exchange_over
from agent.acceptor.ledger_engines import connect
from agent.acceptor.office import Office
from agent.acceptor.sender import Sender
from agent.acceptor.ticket_systems import Hook, ServiceTestBook, TicketSystem, TroubleDesk, WorkOrderBook
from agent.acceptor.web_api import WebApi
from agent.config_ledger import LedgerPlace
from agent.config_tickets import ServiceTests, System, TicketSettings, TroubleTickets, WorkOrders

_EXCHANGES = 10  # more than telling one system of one event can take
_PATIENCE_S = 2.0


def systems(settings: TicketSettings, office: Office) -> dict[str, TicketSystem]:
    """The ticket systems that are told, by name."""
    api = api_of(settings)
    return {name: _system(each, office, api) for name, each in settings.systems.items()}


def api_of(settings: TicketSettings) -> WebApi:
    """The web as the settings say it is to be reached, with our token where they say how to get one."""
    exchange = exchange_over(settings.tls, settings.deadline_s)
    return WebApi(
        exchange=exchange, bearer=Bearer(settings.oauth2, exchange, time.monotonic) if settings.oauth2 else None
    )


def _system(settings: System, office: Office, api: WebApi) -> TicketSystem:
    match settings:
        case ServiceTests():
            return ServiceTestBook(settings=settings, api=api, load_criteria=office.load_criteria)
        case WorkOrders():
            return WorkOrderBook(settings=settings, api=api)
        case TroubleTickets():
            return TroubleDesk(settings=settings, api=api)
    # Our token is for the others; a hook has its signature.
    return Hook(settings=settings, api=WebApi(exchange=api.exchange), key=office.key)


@contextlib.contextmanager
def sending(settings: TicketSettings, place: LedgerPlace, office: Office, say: Callable[[str], None]) -> Iterator[None]:
    """The senders at work, until the end of the block."""
    stop = threading.Event()
    lease_s = float(settings.deadline_s * _EXCHANGES)
    senders = [
        Sender(name, system, lambda: connect(place), lease_s=lease_s, say=say)
        for name, system in systems(settings, office).items()
    ]
    threads = [threading.Thread(target=sender.run, args=(stop,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(_PATIENCE_S)
