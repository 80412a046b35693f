"""`prooflight status`: how this station is, whether its daemon runs or not; changes nothing."""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent import local_socket
from agent.config import StationConfig, load_station
from agent.station_status import resting

_PATIENCE_S = 10.0
_CLOCK = {
    "U": "unknown (below a time that a server signed)",
    "I": "informative (nothing synchronises it)",
    "S": "synchronised",
    "R": "relative",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `status`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon, else read the journal, and print what there is."""
    config = load_station(arguments.config, os.environ)
    known = local_socket.ask(config.state_dir, {"verb": "status"}, _PATIENCE_S) if config.state_dir.is_dir() else None
    found = (known or resting(config)) | {"line": _line(config)}
    if arguments.json:
        print(json.dumps(found))
    else:
        for words in lines(found):
            print(words)
    return 0


def _line(config: StationConfig) -> dict[str, Any] | None:
    """Where the line is plugged in, and whether its interface is there for us."""
    from diagnostics.route import interface_state

    if config.line is None:
        return None
    state = interface_state(config.line.interface, config.line.namespace)
    return {"interface": config.line.interface, "namespace": config.line.namespace, "state": state}


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The status in words."""
    serving = "serving" if found["serving"] else "not running (this is what its journal says)"
    yield f"station {found['station']}, prooflight {found['version']} on Python {found['python']}: {serving}"
    yield f"now: {_job(found['job'])}"
    yield f"orders: {found['orders']} here, {found['inbox']} in the inbox, {found['orders_refused']} refused"
    yield from _kits(found["kit"])
    yield f"records: {found['records']}, of which {found['waiting']} wait for the acceptor"
    last = found["last_acceptance"]
    yield (
        f"last acceptance: {last['order']} {last['decision']} {last['issued_at']}" if last else "last acceptance: none"
    )
    yield f"broker: {_broker(found)}"
    yield from _support(found["support"])
    yield f"clock: {_CLOCK[found['clock']]}"
    kept = found["storage"]
    yield f"storage: {kept['taken_bytes'] >> 20} of {kept['room_bytes'] >> 20} MiB taken ({kept['state']})"
    line = found["line"]
    where = f" in {line['namespace']}" if line and line["namespace"] else ""
    yield f"line: {line['interface']}{where}: {line['state']}" if line else "line: none configured"
    if not found["saving"]:
        yield "NOTHING MORE CAN BE SAVED: see the log, and run: prooflight journal verify"


def _kits(kits: dict[str, Any]) -> Iterator[str]:
    """Which kit is in force, what waits, and what was refused; nothing where there never was one."""
    known, waits = kits["in_force"], f", {kits['waiting']} waits" if kits["waiting"] else ""
    if known or waits or kits["last"]:
        yield f"kit: {known['name']} {known['version']}{waits}" if known else f"kit: none in force{waits}"
    if kits["refused"]:
        yield f"kit refused: {kits['refused']}"


def _support(found: dict[str, Any] | None) -> Iterator[str]:
    """Remote support in words; nothing where nobody ever asked."""
    if found is None:
        return
    granted, running = found["granted"], found["running"]
    if granted:
        yield f"support: {granted['who']} may look for {granted['left_s'] / 60:.0f} more minutes"
    if running:
        yield f"support: {running['who']} runs {running['verb']}, for {running['passed_s']:.0f} s"
    for asked in found["asked"]:
        yield f"support: {asked['who']} asks for {asked['verb']}, and nobody has agreed"
    for last in found["recent"][:1]:
        yield f"support: last {last['verb']} for {last['who']}, {last['ended'] or 'done'}, {last['ago_s']:.0f} s ago"
    if found["refused"]:
        yield f"support: refused {', '.join(f'{reason} {count}' for reason, count in sorted(found['refused'].items()))}"


def _job(job: dict[str, Any] | None) -> str:
    if job is None:
        return "idle"
    if job["ended"] is None:
        return f"{job['kind']} for {job['order']}: {job['step'] or 'between two checks'}"
    ended = job["ended"]
    return f"idle; last {job['kind']} for {job['order']}: {ended.get('outcome') or ended.get('failed') or 'looked at'}"


def _broker(found: dict[str, Any]) -> str:
    if found["broker"] is None:
        return "none configured, results stay in the journal"
    if not found["serving"]:
        return "not connected while the daemon does not run"
    said = f" ({found['delivery_said']})" if found["delivery_said"] else ""
    return f"{'connected' if found['broker']['connected'] else 'not connected'}{said}"
