"""First set-up of a station: key, enrolment request, configuration and PIN, each made once and never overwritten.

Run again it makes what is missing and keeps the rest. It starts nothing and sends nothing.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent import enrolment, pin, tpm_key
from agent.disk import Disk
from agent.keys import new_private
from agent.line_holder import PLACE, refuse_uplink
from diagnostics.errors import NotAvailable
from diagnostics.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a station is to be: its name, the interface to the ONT, where its ONT answers, its broker ("" none yet).

    `folder` holds configuration and keys, `state_dir` the journal; everything is made for the user named.
    """

    name: str
    interface: str
    folder: Path
    state_dir: Path
    user: str
    ont: str
    address: str = "dhcp"
    broker: str = ""
    tenant: str = ""


def set_up(wanted: Wanted, ask_pin: Callable[[], Secret | None]) -> Iterator[str]:
    """Make what is missing, and tell each step. Raises NotAvailable, KeyFileError, PinError."""
    config, key = wanted.folder / "station.toml", wanted.folder / "keys" / "station.key"
    if not PLACE.is_symlink():
        refuse_uplink(wanted.interface)
        yield f"interface: {wanted.interface} is there and is not the uplink"
    yield from _folder(wanted.folder, wanted.user, 0o755)
    yield from _folder(key.parent, wanted.user, 0o700)
    yield from _folder(wanted.state_dir, wanted.user, 0o700)
    if key.exists():
        yield f"key: kept {key}"
    else:
        new_private(key)
        yield f"key: made {key}"
    _own(key, wanted.user)
    yield from _enrolled(wanted, key)
    if config.exists():
        yield f"configuration: kept {config}"
    else:
        Disk().replace(config, _configuration(wanted, key).encode())
        config.chmod(0o644)
        yield f"configuration: made {config}; look at [ont] and [mqtt]"
    yield from _pin(wanted, ask_pin)
    yield "next: systemctl enable --now prooflight-line prooflight-station"


def _folder(path: Path, user: str, mode: int) -> Iterator[str]:
    made = not path.exists()
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
        if made:
            path.chmod(mode)
    except OSError as error:
        raise NotAvailable(f"{path}: {error.strerror}; run as root") from error
    if mode == 0o700:
        _own(path, user)
    yield f"folder: {'made' if made else 'kept'} {path}"


def _own(path: Path, user: str) -> None:
    """Give a private file to the service's user; for whom else sets it up it stays his own."""
    if os.geteuid() == 0:
        try:
            shutil.chown(path, user, user)
        except LookupError as error:
            raise NotAvailable(f"{user}: no such user; install the package, or name one with --user") from error


def _enrolled(wanted: Wanted, key: Path) -> Iterator[str]:
    token = enrolment.request(tpm_key.load(key))
    request, trust = wanted.folder / "station.request", wanted.folder / "trust.json"
    if trust.exists():
        yield f"trust file: kept {trust}"
    else:
        enrolment.enrol(trust, token, role="station", name=wanted.name)
        trust.chmod(0o644)
        yield f"trust file: made {trust} with our own key; put the back office's in its place"
    Disk().replace(request, token.encode() + b"\n")
    request.chmod(0o644)
    yield f"enrolment: the back office runs prooflight keys enrol {request.name} --role station --name {wanted.name}"


def _configuration(wanted: Wanted, key: Path) -> str:
    host, _, port = wanted.broker.partition(":")
    broker = f'\n[mqtt]\nhost = "{host}"\nport = {port or 1883}\ntenant = "{wanted.tenant or "north"}"\n'
    return (
        f'[station]\nname = "{wanted.name}"\nstate_dir = "{wanted.state_dir}"\nkey = "{key}"\n'
        f'trust = "{wanted.folder}/trust.json"\n\n'
        f'[line]\ninterface = "{wanted.interface}"\nnamespace = "{PLACE}/"\naddress = "{wanted.address}"\n\n'
        f'[ont]\naddress = "{wanted.ont}"\ntransport = "telnet"\n\n[web]\nlisten = "0.0.0.0:8080"\n'
        f'names = ["prooflight-{wanted.name}.local", "{wanted.name}.local"]\n'
        f"{broker if wanted.broker else ''}"
    )


def _pin(wanted: Wanted, ask_pin: Callable[[], Secret | None]) -> Iterator[str]:
    path = wanted.state_dir / "pin"
    if path.exists():
        yield f"PIN: kept {path}"
        return
    asked = ask_pin()
    if asked is None:
        yield "PIN: not set; nobody can sign in before: prooflight pin set"
        return
    pin.save(path, asked)
    _own(path, wanted.user)
    yield f"PIN: set, its hash is in {path}"
