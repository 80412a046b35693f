"""The web server under the page: waitress, with bounds on headers, bodies, connections and patience.

It runs in threads of its own beside the daemon; whatever a client does, a running test does not wait for it.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from agent.config_page import PageSettings
from agent.daemon import Daemon
from agent.web.message import BODY_BYTES
from agent.web.routes import Site
from agent.web.sign_in import SignIn
from agent.web.state_view import StateView
from agent.web.support_view import MOST_WAITING, SupportView
from diagnostics.errors import NotAvailable

_HEADER_BYTES = 16 << 10
_THREADS = 4 + MOST_WAITING
_CONNECTIONS = 60
_PATIENCE_S = 20  # with a connection on which nothing moves


_M_MMAP_THRESHOLD = -3  # glibc's malloc.h
_LARGE_BYTES = 1 << 20


def _give_large_blocks_back() -> None:
    """Have what is large (a photograph, the 16 MiB of a scrypt) leave with its use, in whichever thread it was.

    Left alone, glibc would keep it in a heap of each thread: 80 MiB after five sign-ins. Other libraries have no such
    call and are left as they are.
    """
    import ctypes

    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


@contextmanager
def serving(daemon: Daemon, settings: PageSettings) -> Iterator[str]:
    """Serve the page until the block ends; its address. Raises NotAvailable where the port cannot be had."""
    from waitress.server import create_server

    _give_large_blocks_back()
    logging.getLogger("waitress").setLevel(logging.ERROR)
    wrongs = daemon.station.config.state_dir / "wrong_pins"
    sign_in = SignIn(settings.pin, wrongs, time.monotonic)
    support = SupportView(daemon.bell, daemon.watched, lambda: daemon.support)
    site = Site(daemon, settings, sign_in, StateView(daemon), support)
    try:
        server = create_server(
            site,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            connection_limit=_CONNECTIONS,
            channel_timeout=_PATIENCE_S,
            cleanup_interval=5,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=BODY_BYTES,
            ident="",
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, ValueError) as error:
        remedy = "choose another [web] listen"
        raise NotAvailable(f"{settings.host}:{settings.port}: the page cannot listen: {error}; {remedy}") from error
    thread = threading.Thread(target=server.run, name="page", daemon=True)
    thread.start()
    try:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield f"http://{host}:{server.effective_port}/"
    finally:
        server.close()
