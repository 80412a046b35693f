"""The child that reads one ONT: a request as one JSON line in, measurements and evidence as JSON lines out.

Every byte of the ONT is parsed in this process and no other. Credentials come in on standard input only.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnostics.instruments import Reading
from diagnostics.measurement import to_json
from drivers.logins import Login
from drivers.new_family import new_family
from drivers.ont import Ont
from drivers.profile import Profile
from drivers.profile_file import families, load_all, load_beside, load_profile
from drivers.resource import Resource, filled, is_assisted
from drivers.scrub import Scrub, scrubbed
from drivers.session import Session

EVIDENCE_BYTES = 512 * 1024


def main() -> int:
    """Answer the request on standard input; ends with 0 whatever the ONT did."""
    request = json.loads(sys.stdin.readline())
    _report(ont_of(request).read())
    return 0


def ont_of(request: Mapping[str, Any]) -> Ont:
    """The ONT that a request is about, as it is to be asked."""
    login = Login.from_request(request["login"])
    resource = Resource.from_request(request["resource"]) if request.get("resource") else None
    return Ont(
        opener(request, login),
        candidates(profiles(request), resource),
        request["transport"],
        now=lambda: datetime.now(UTC),
        secrets=login.secrets(),
        asked_of="olt " if resource else "",
        scrub=scrubber(login.secrets()) if request.get("scrub") else None,
    )


def profiles(request: Mapping[str, Any]) -> Sequence[Profile]:
    """The profiles that a request is about: of an ONT that nobody described yet, of one family, or all."""
    if request.get("commands"):
        return (new_family(request["commands"]),)
    folder, newer = (Path(request[name]) if request.get(name) else None for name in ("folder", "newer"))
    if request["family"]:
        return (load_profile(request["family"], newer if newer and request["family"] in families(newer) else folder),)
    return load_beside(newer) if newer else load_all(folder)


def scrubber(secrets: Sequence[str]) -> Scrub:
    """A scrubber whose salt nobody keeps."""
    salt = os.urandom(16)
    return lambda answers: scrubbed(answers, secrets, salt)


def candidates(known: Sequence[Profile], resource: Resource | None) -> tuple[Profile, ...]:
    """The profiles that can be meant: with a resource those that ask an OLT about it, else those that ask the ONT."""
    if resource is None:
        return tuple(p for p in known if not is_assisted(p))
    return tuple(filled(p, resource) for p in known if is_assisted(p))


def opener(request: Mapping[str, Any], login: Login) -> Callable[[tuple[Profile, ...]], Session]:
    """How a session to the ONT of this request is opened."""
    address, port, transport = request["address"], int(request["port"]), request["transport"]
    deadline_at = time.monotonic() + float(request["deadline_s"])

    def open_session(profiles: tuple[Profile, ...]) -> Session:
        if transport == "snmp":
            from drivers.snmp_session import SnmpSession

            return SnmpSession(address, port, login, deadline_at=deadline_at)
        from drivers.cli_session import open_cli

        dialogues = [profile.dialogue for profile in profiles if profile.dialogue]
        way = "legacy ssh" if transport == "ssh" and all(profile.legacy for profile in profiles) else transport
        return open_cli(address, port, way, login, dialogues, deadline_at=deadline_at)

    return open_session


def _report(reading: Reading) -> None:
    if reading.profile is not None:
        print(json.dumps({"profile": asdict(reading.profile)}))
    for measurement in reading.measurements:
        print(json.dumps({"measurement": to_json(measurement)}))
    left = EVIDENCE_BYTES
    for source, raw in reading.evidence.items():
        kept = raw[: max(0, left)]
        left -= len(kept)
        print(json.dumps({"evidence": source, "base64": base64.b64encode(kept).decode(), "bytes": len(raw)}))


if __name__ == "__main__":
    sys.exit(main())
