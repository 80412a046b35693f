"""`prooflight kit install|list|rollback`: the kits of the station on this machine, whether its daemon runs or not.

A change waits in the station's folder until nothing is tested; where no daemon serves, it is made at once.
"""

import argparse
import json
import os
import time
from pathlib import Path

from agent import local_socket
from agent.config import StationConfig, load_station
from agent.disk import complaint
from agent.kit import checks, package
from agent.kit.keeper import Keeper
from agent.kit.standing import Standing
from agent.kit.use import store_of, target, usable
from agent.kit.waiting import Waiting
from agent.station import opened
from agent.trust import load_trust
from diagnostics.child import never
from diagnostics.errors import NotAvailable

REFUSED = 3
_PATIENCE_S = 10.0
_WAIT_S = 120.0
_LOOK_S = 0.2


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of the verbs that a station is asked by."""
    installing = verbs.add_parser("install", help="have this station try a kit and take it into use")
    installing.add_argument("file", type=Path, metavar="FILE")
    listing = verbs.add_parser("list", help="the kits of this station")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    back = verbs.add_parser("rollback", help="have this station go back to a kit that was in force before")
    back.add_argument("version", nargs="?", default="", help="its version (the next lower one); 0: to no kit at all")
    for verb in (installing, listing, back):
        verb.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")


def run(arguments: argparse.Namespace) -> int:
    """Run one of the verbs; returns the exit code."""
    config = load_station(arguments.config, os.environ)
    store = store_of(config)
    if arguments.verb == "list":
        _list(store.standing(), as_json=arguments.json)
        return 0
    waiting = Waiting(store.folder)
    try:
        if arguments.verb == "install":
            kit = package.load(arguments.file, load_trust(config.trust))
            checks.check_newer(kit.manifest, store.standing().highest)
            checks.check_software(kit.manifest)
            wanted, path = kit.digest, waiting.put_kit(kit.write(), kit.digest)
        else:
            known = target(store.standing(), arguments.version)
            usable(store, known)
            wanted, path = known.digest if known else "", waiting.put_back(str(known.version) if known else "0")
    except OSError as error:
        raise NotAvailable(f"{waiting.folder}: {complaint(error, 'run it as the user of the station')}") from error
    return _done(config, path, wanted)


def _done(config: StationConfig, path: Path, wanted: str) -> int:
    """Have it done, and tell what came of it; `wanted` is the digest that is to be in force then."""
    store = store_of(config)
    if local_socket.ask(config.state_dir, {"verb": "status"}, _PATIENCE_S) is None:
        with opened(config) as station:
            keeper = Keeper(store, station.chain, say=lambda words: None)
            while path.exists() and keeper.step(never):
                pass
    end = time.monotonic() + _WAIT_S
    while path.exists() and time.monotonic() < end:
        time.sleep(_LOOK_S)
    if path.exists():
        print("it waits until the station has nothing else to do; see prooflight kit list")
        return 0
    standing = store.standing()
    _list(standing, as_json=False)
    return 0 if standing.in_force == wanted else REFUSED


def _list(standing: Standing, *, as_json: bool) -> None:
    if as_json:
        known = [kit.to_json() for kit in standing.known]
        print(json.dumps({"in_force": standing.in_force, "known": known, "refused": standing.refused}))
        return
    for kit in standing.known:
        mark = "in force" if kit.digest == standing.in_force else "kept"
        print(f"{kit.title}  sha256 {kit.digest}  {mark}")
    if standing.current is None:
        print("no kit is in force: profiles and criteria are those that come with the software")
    if standing.refused:
        print(f"refused: {standing.refused}")
