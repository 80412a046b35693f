"""Takes back a SIP registration that an ended child left behind."""

from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.wire.sip import remove


def run(
    interface: str, host: str, port: int, domain: str, user: str, password: str, binding: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Remove the contact, and say with which code that was answered; domain and user stand in the binding too."""
    yield {"removed": remove(interface, host, port, password, {**binding, "domain": domain, "user": user})}
