"""`prooflight acceptor order issue|revoke|import`: sign a work order for its stations, or withdraw it."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent import assignment, qr_code, seal, work_order
from agent.acceptance import Load, demands
from agent.acceptor.circuits import keyed, secret_in
from agent.acceptor.issuing import Terms, disclosures_of, issue, withdraw
from agent.baseline import handed_out
from agent.commands import acceptor_import
from agent.commitment import Disclosure, salts
from agent.config import AcceptorConfig
from agent.criteria_shelf import Shelf
from agent.disk import Disk
from agent.keys import PrivateKey, load_private
from agent.record import OrderRef
from agent.signed_order import NONCE_BYTES, reference
from agent.toml_table import ConfigError
from agent.trust import load_trust
from agent.work_order import WorkOrder
from diagnostics.errors import BadInput, NotAvailable

if TYPE_CHECKING:
    from agent.acceptor.known_order import KnownOrder
    from agent.acceptor.ledger import Ledger

MOST_HOURS = 24 * 366


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of `order` and its verbs."""
    order = verbs.add_parser("order", help="sign a work order for its stations, or withdraw it")
    steps = order.add_subparsers(dest="step", required=True, metavar="issue|revoke|import")
    issue = steps.add_parser("issue", help="sign a work order")
    issue.add_argument("order", type=Path, metavar="ORDER", help="a file with a work order (JSON)")
    issue.add_argument("--station", action="append", required=True, help="a station that may work on it; repeatable")
    issue.add_argument(
        "--technician", action="append", default=[], help="who may (a number, no name); default: anybody"
    )
    issue.add_argument("--attempts", type=int, default=3, metavar="N", help="tests allowed (default 3)")
    issue.add_argument("--qr", type=Path, metavar="FILE", help="write its reference as a QR code there (SVG)")
    issue.add_argument("--hours", type=float, default=168.0, metavar="H", help="how long it is valid (default 168)")
    revoke = steps.add_parser("revoke", help="withdraw the newest signed order of a work order")
    revoke.add_argument("order", metavar="ID", help="the work order's id")
    revoke.add_argument("--reason", required=True, help="why, in plain words")
    read = acceptor_import.add_arguments(steps)
    for step in (issue, revoke, read):
        step.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")
    for step in (issue, revoke):
        step.add_argument("--out", type=Path, metavar="FILE", help="where to write it for the station")
        step.add_argument("--send", action="store_true", help="send it to its stations over MQTT")


def run(settings: AcceptorConfig, ledger: "Ledger", arguments: argparse.Namespace) -> int:
    """Run one of the verbs; returns the exit code."""
    if arguments.step == "import":
        return acceptor_import.run(settings, ledger, arguments)
    issuer, key = _order_key(settings)
    shelf = Shelf(folder=settings.criteria, trust=lambda: load_trust(settings.trust))
    now = datetime.now(UTC)
    if arguments.step == "issue":
        order, terms = work_order.load(arguments.order), _terms(arguments)
        told = disclosures_of(order, arguments.technician, salts(os.urandom(NONCE_BYTES)))
        circuit = _circuit(settings, order)
        token = _issued(order, terms, told, ledger, issuer, key, now, shelf.load, circuit)
        before = _installation(order, ledger, circuit)
        raw, name = assignment.write(token, told, order.raw, before), reference(order.id, seal.digest_of(token))
        _hand_over(settings, arguments, raw, order.id, terms.stations, terms.valid)
        print(name)
        if arguments.qr is not None:
            qr_code.save(arguments.qr, name)
            print(f"QR code: {arguments.qr}")
        return 0
    digest, known = _newest(settings, ledger, arguments.order)
    token = withdraw(digest, arguments.reason, key=key, at=now).token
    ledger.revoke(digest, arguments.reason)
    left = max(known.signed.expires_at - now, timedelta(seconds=1))
    raw = assignment.write_withdrawal(token)
    _hand_over(settings, arguments, raw, f"{arguments.order}-revoked", known.signed.stations, left)
    print(f"revoked {reference(arguments.order, digest)}")
    return 0


def _order_key(settings: AcceptorConfig) -> tuple[str, PrivateKey]:
    """Our order key, and the name under which it is pinned."""
    if settings.order_key is None:
        raise ConfigError(f"{settings.file}: [acceptor] order_key is needed to sign orders; name the key's file")
    key = load_private(settings.order_key)
    pinned = load_trust(settings.trust).keys.get(key.kid)
    if pinned is None or pinned.role != "order":
        remedy = "enrol it with: prooflight keys enrol - --role order"
        raise ConfigError(f"{settings.trust}: the order key {key.kid} is not pinned as order; {remedy}")
    return pinned.name, key


def _terms(arguments: argparse.Namespace) -> Terms:
    if not 0 < arguments.hours <= MOST_HOURS:
        raise BadInput(f"--hours: must be more than 0 and at most {MOST_HOURS}")
    return Terms(
        stations=tuple(arguments.station),
        attempts=arguments.attempts,
        valid=timedelta(hours=arguments.hours),
    )


def _issued(
    order: WorkOrder,
    terms: Terms,
    told: Sequence[Disclosure],
    ledger: "Ledger",
    issuer: str,
    key: PrivateKey,
    now: datetime,
    load: Load,
    circuit: str,
) -> str:
    demanded, _ = demands(order, load)
    signed = issue(order, terms, demanded, told, issuer=issuer, key=key, nonce=os.urandom(NONCE_BYTES), at=now)
    ref = OrderRef(id=order.id, digest=order.digest, anchor=signed.digest)
    ledger.issue(signed.token, ref, now.isoformat(), circuit)
    return signed.token


def _circuit(settings: AcceptorConfig, order: WorkOrder) -> str:
    """The keyed digest of the order's circuit; empty where it has none, or circuits are not kept here."""
    if settings.circuits_key is None or not order.circuit:
        return ""
    return keyed(order.circuit, secret_in(settings.circuits_key))


def _installation(order: WorkOrder, ledger: "Ledger", circuit: str) -> str:
    """The record of the line's installation, to go out with a repair order; empty where none is known."""
    if order.ordered.kind != "repair":
        return ""
    found = ledger.circuits.installation(circuit) if circuit else None
    if found is None:
        lacks = "no installation of this circuit is known here" if circuit else "needs its circuit and circuits_key"
        print(f"baseline: {lacks}")
        return ""
    print(f"baseline: the installation by order {found.order_id} goes out with it")
    return handed_out(found.record, found.acceptance)


def _newest(settings: AcceptorConfig, ledger: "Ledger", order_id: str) -> tuple[str, "KnownOrder"]:
    digest = ledger.orders.newest(order_id)
    known = ledger.orders.known(digest) if digest else None
    if digest is None or known is None:
        raise BadInput(f"{order_id}: no signed order that could be revoked in {settings.database}")
    return digest, known


def _hand_over(
    settings: AcceptorConfig,
    arguments: argparse.Namespace,
    raw: bytes,
    name: str,
    stations: tuple[str, ...],
    life: timedelta,
) -> None:
    path = arguments.out or Path(f"{name}.signed.json")
    if arguments.out is not None or not arguments.send:
        try:
            Disk().replace(path, raw)
        except OSError as error:
            raise NotAvailable(f"{path}: cannot be written: {error.strerror}; name another file") from error
        print(f"written to {path}")
    if arguments.send:
        from agent.acceptor.dispatch import send

        send(settings.mqtt, dict.fromkeys(stations, raw), expiry_s=max(1, int(life.total_seconds())))
        print(f"sent to {', '.join(stations)}")
