"""The files of a demonstration: fresh keys, the trust file, the log-in of the virtual ONT, both configurations."""

from pathlib import Path

from agent import opening_key
from agent.keys import PrivateKey, new_private, public_jwk
from agent.opening_key import OpeningKey
from diagnostics import strict_json
from drivers.virtual.line import GATEWAY_ADDRESS, ONT_ADDRESS, REFLECTOR_ADDRESS
from drivers.virtual.ont import virtual_login

REFLECTOR_NAME = "demo-reflector"
_HOLDERS = {"order": "demo-tickets", "reflector": REFLECTOR_NAME, "acceptor": "demo-acceptor"}


def write_demo_files(
    folder: Path, *, station: str, tenant: str, broker_port: int, interface: str, namespace: str
) -> None:
    """Write all files that station and acceptor of one demonstration need; the keys are made for it."""
    keys = folder / "keys"
    trusted = [
        _trusted(new_private(keys / f"{role}.key"), role, name)
        for role, name in (*_HOLDERS.items(), ("station", station))
    ]
    trusted.append(_opens(opening_key.new_private(keys / "opening.key")))
    (folder / "trust.json").write_bytes(strict_json.write({"keys": trusted}))
    logins = folder / "logins.toml"
    logins.touch(mode=0o600)
    login = virtual_login()
    logins.write_text(f'[default]\nusername = "{login.username}"\npassword = "{login.password.reveal()}"\n')
    mqtt = f'[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\ntenant = "{tenant}"\n'
    (folder / "station.toml").write_text(
        f'[station]\nname = "{station}"\nstate_dir = "{folder}/state"\n'
        f'key = "{keys}/station.key"\ntrust = "{folder}/trust.json"\n\n'
        f'[line]\ninterface = "{interface}"\nnamespace = "{namespace}"\ngateway = "{GATEWAY_ADDRESS}"\n\n'
        f'[ont]\naddress = "{ONT_ADDRESS}"\ntransport = "telnet"\nlogins = "{logins}"\n\n{mqtt}'
    )
    (folder / "reflector.toml").write_text(
        f'[reflector]\nname = "{REFLECTOR_NAME}"\nkey = "{keys}/reflector.key"\ntrust = "{folder}/trust.json"\n'
        f'state_dir = "{folder}/reflector"\naddress = "{REFLECTOR_ADDRESS}"\n'
    )
    (folder / "acceptor.toml").write_text(
        f'[acceptor]\nname = "demo-acceptor"\nkey = "{keys}/acceptor.key"\ntrust = "{folder}/trust.json"\n'
        f'database = "{folder}/ledger.sqlite"\norder_key = "{keys}/order.key"\n\n{mqtt}'
    )


def _opens(key: OpeningKey) -> dict[str, str]:
    named = {"kid": key.kid, "role": opening_key.ROLE, "name": "demo-privacy"}
    return {**key.public(), "alg": opening_key.KEY_ALGORITHM, **named}


def _trusted(key: PrivateKey, role: str, name: str) -> dict[str, str]:
    return {**public_jwk(key.x), "alg": "Ed25519", "kid": key.kid, "role": role, "name": name}
