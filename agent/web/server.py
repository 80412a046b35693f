"""The station's page on its port: site and sign-in over one daemon, served in threads beside it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from agent.config_page import PageSettings
from agent.daemon import Daemon
from agent.http_message import BODY_BYTES
from agent.page_server import listening
from agent.web.routes import Site
from agent.web.sign_in import SignIn
from agent.web.state_view import StateView
from agent.web.support_view import MOST_WAITING, SupportView


@contextmanager
def serving(daemon: Daemon, settings: PageSettings) -> Iterator[str]:
    """Serve the page until the block ends; its address. Raises NotAvailable where the port cannot be had."""
    wrongs = daemon.station.config.state_dir / "wrong_pins"
    sign_in = SignIn(settings.pin, wrongs, time.monotonic)
    support = SupportView(daemon.bell, daemon.watched, lambda: daemon.support)
    site = Site(daemon, settings, sign_in, StateView(daemon), support)
    place = (settings.host, settings.port)
    with listening(site, *place, table="web", body_bytes=BODY_BYTES, waiting=MOST_WAITING) as address:
        yield address
