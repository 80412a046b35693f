"""`prooflight acceptor order import`: a TM Forum work order, from a file or its URL, becomes a work order of ours."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import AcceptorConfig
from agent.config_web import fault_of
from agent.disk import Disk
from diagnostics.errors import BadInput, NotAvailable

if TYPE_CHECKING:
    from agent.acceptor.ledger import Ledger

_EXAMPLE = Path(__file__).parents[1] / "examples" / "tmf_mapping.toml"


def add_arguments(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """The arguments of the step."""
    read = steps.add_parser("import", help="read a work order of TM Forum's APIs into one of ours")
    read.add_argument("source", metavar="FILE|URL", help="where the work order (TMF697, TMF641; JSON) is")
    read.add_argument("--mapping", type=Path, metavar="FILE", help="which of its values go where (TOML)")
    read.add_argument("--out", type=Path, metavar="FILE", help="where to write ours (default ID.json, mode 0600)")
    return read


def run(settings: AcceptorConfig, ledger: "Ledger", arguments: argparse.Namespace) -> int:
    """Read, check and write the order, and note under which ids the ticket systems know it."""
    from agent.acceptor import tmf_order
    from agent.acceptor.ledger_outbox import Outbox
    from agent.acceptor.tmf_mapping import load_mapping

    mapping = load_mapping(arguments.mapping or settings.tickets.mapping or _EXAMPLE)
    document = tmf_order.parse(_raw(settings, arguments.source))
    order, links = tmf_order.read_order(document, mapping), tmf_order.read_links(document, mapping)
    path = arguments.out or Path(f"{order.id}.json")
    try:
        Disk().replace(path, order.raw + b"\n")
    except OSError as error:
        raise NotAvailable(f"{path}: cannot be written: {error.strerror}; name another file") from error
    ledger.connection.transact(lambda: Outbox(ledger.connection).link(order.id, links))
    known = "".join(f", {kind} {name}" for kind, name in links.items())
    print(f"work order {order.id}{known}: written to {path}")
    return 0


def _raw(settings: AcceptorConfig, source: str) -> bytes:
    if "://" in source:
        return _fetched(settings, source)
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise BadInput(f"{source}: {error.strerror}; name a file or a URL with a TM Forum work order") from error


def _fetched(settings: AcceptorConfig, url: str) -> bytes:
    """What a URL holds; our token goes along only to a system of the configuration."""
    from agent.acceptor.http_exchange import Trouble
    from agent.acceptor.senders import api_of
    from agent.acceptor.web_api import WebApi

    if fault := fault_of(url):
        raise BadInput(f"{url}: {fault}")
    api = api_of(settings.tickets)
    ours = any(url.startswith(f"{system.url}/") for system in settings.tickets.systems.values())
    answer = (api if ours else WebApi(exchange=api.exchange)).ask("GET", url)
    if isinstance(answer, Trouble):
        remedy = "try again, or hand it in as a file" if ours else "a token is sent only to the systems of [tickets]"
        raise NotAvailable(f"{url}: {answer.words}; {remedy}")
    return answer.body
