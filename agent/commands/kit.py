"""`prooflight kit`: make, show and send signed kits of profiles and criteria; install them, list them, go back."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.commands import kit_station
from agent.disk import Disk
from agent.keys import load_private
from agent.kit import manifest, package
from agent.kit.package import Kit
from agent.kit.unpacking import unpack
from agent.trust import load_trust
from agent.version import VERSION
from diagnostics.child import never
from diagnostics.errors import BadInput, NotAvailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="make|show|unpack|send|install|list|rollback")
    making = verbs.add_parser("make", help="make and sign a kit from DIR/profiles/FAMILY and DIR/criteria/NAME.toml")
    making.add_argument("folder", type=Path, metavar="DIR")
    making.add_argument("--name", required=True, help="whose kit it is, in small letters")
    making.add_argument("--version", type=int, required=True, metavar="N", help="higher than that of every kit before")
    making.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key, of role criteria")
    making.add_argument("--software", default=VERSION, metavar="V", help=f"the oldest that may use it ({VERSION})")
    making.add_argument("--all-captures", action="store_true", help="not only the lit and the dark one of each family")
    making.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to write it")
    for verb, meaning in (("show", "what a kit holds, and who signed it"), ("unpack", "its files, for an acceptor")):
        looking = verbs.add_parser(verb, help=meaning)
        looking.add_argument("file", type=Path, metavar="FILE")
        looking.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the trust file")
        looking.add_argument("--json", action="store_true", help="print one JSON document")
        if verb == "unpack":
            looking.add_argument("--into", type=Path, required=True, metavar="DIR", help="a folder that is not there")
    sending = verbs.add_parser("send", help="send a kit to stations over MQTT")
    sending.add_argument("file", type=Path, metavar="FILE")
    sending.add_argument("--station", action="append", required=True, help="a station's name; repeatable")
    sending.add_argument("--hours", type=float, default=168.0, metavar="H", help="how long the broker keeps it (168)")
    sending.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")
    kit_station.add_arguments(verbs)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if arguments.verb == "make":
        return _make(arguments)
    if arguments.verb in ("show", "unpack"):
        return _show(arguments)
    if arguments.verb == "send":
        from agent.commands.kit_send import run as send

        return send(arguments)
    return kit_station.run(arguments)


def _make(arguments: argparse.Namespace) -> int:
    """Gather, try on the virtual ONT, sign and write."""
    from agent.kit.gathering import gather
    from agent.kit.trial import run_trial

    key = load_private(arguments.key)
    files = gather(arguments.folder, key, all_captures=arguments.all_captures)
    named: dict[str, Any] = {"name": arguments.name, "version": arguments.version, "software": arguments.software}
    kit = package.make(files, **named, made_at=datetime.now(UTC).replace(microsecond=0), key=key)
    with TemporaryDirectory() as folder:
        if kit.manifest.families:
            run_trial(unpack(kit.files, Path(folder) / "kit"), never)
    try:
        Disk().replace(arguments.out, kit.write())
    except OSError as error:
        raise NotAvailable(f"{arguments.out}: cannot be written: {error.strerror}; name another file") from error
    print(f"{arguments.out}: {kit.title}, sha256 {kit.digest}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    kit = package.load(arguments.file, load_trust(arguments.trust))
    if arguments.verb == "unpack":
        if arguments.into.exists():
            raise BadInput(f"{arguments.into}: is there already; name a folder that is not")
        unpack(kit.files, arguments.into)
    made = document(kit)
    if arguments.json:
        print(json.dumps(made))
        return 0
    print(f"{kit.title}  sha256 {kit.digest}  made {made['made_at']}, for prooflight {made['software']} or newer")
    for family in kit.manifest.families:
        print(f"    profile {family}  sha256 {kit.manifest.files[f'profiles/{family}/profile.toml'].digest}")
    for name in kit.manifest.criteria:
        print(f"    criteria {name}")
    print(f"    {len(kit.files)} files, {sum(map(len, kit.files.values()))} bytes")
    return 0


def document(kit: Kit) -> dict[str, Any]:
    """A kit as one JSON document."""
    made: dict[str, Any] = json.loads(manifest.write(kit.manifest))
    return made | {
        "digest": kit.digest,
        "families": list(kit.manifest.families),
        "criteria": list(kit.manifest.criteria),
    }
