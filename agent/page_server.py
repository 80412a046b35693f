"""The web server under a page: waitress, with bounds on headers, bodies, connections and patience.

It runs in threads of its own; whatever a client does, nothing else of the process waits for it.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from diagnostics.errors import NotAvailable

Site = Callable[..., Any]
_HEADER_BYTES = 16 << 10
_THREADS = 4
_CONNECTIONS = 60
_PATIENCE_S = 20  # with a connection on which nothing moves
_LAST_S = 2.0  # for what is being answered at the end


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
def listening(site: Site, host: str, port: int, *, table: str, body_bytes: int, waiting: int = 0) -> Iterator[str]:
    """Serve a WSGI application until the block ends; its address. `table` is where the configuration names the port.

    So many requests as `waiting` may wait for something to happen, and a thread is still left for every other.
    Raises NotAvailable where the port cannot be had.
    """
    from waitress.wasyncore import close_all

    _give_large_blocks_back()
    logging.getLogger("waitress").setLevel(logging.ERROR)
    # The loop ends when it has no sockets left; only then are they closed, so that none becomes somebody else's in use.
    sockets: dict[int, Any] = {}
    held: dict[int, Any] = {}
    try:
        server = _server(site, sockets, host, port, threads=_THREADS + waiting, body_bytes=body_bytes)
    except (OSError, ValueError) as error:
        remedy = f"choose another [{table}] listen"
        raise NotAvailable(f"{host}:{port}: the page cannot listen: {error}; {remedy}") from error

    def let_go() -> None:
        held.update(sockets)
        sockets.clear()

    thread = threading.Thread(target=server.run, name="page", daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.effective_port}/"
    finally:
        server.task_dispatcher.shutdown(timeout=_LAST_S)
        server.trigger.pull_trigger(let_go)
        thread.join(_PATIENCE_S)
        close_all(held, ignore_all=True)


def _server(site: Site, sockets: dict[int, Any], host: str, port: int, *, threads: int, body_bytes: int) -> Any:
    from waitress.server import create_server

    return create_server(
        site,
        map=sockets,
        host=host,
        port=port,
        ipv4=":" not in host,
        ipv6=":" in host,
        threads=threads,
        connection_limit=_CONNECTIONS,
        channel_timeout=_PATIENCE_S,
        cleanup_interval=5,
        max_request_header_size=_HEADER_BYTES,
        max_request_body_size=body_bytes,
        ident="",
        clear_untrusted_proxy_headers=True,
    )
