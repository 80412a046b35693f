"""Asks each resolver over the line: how long it takes, whether it tells the truth, whether it invents names.

A name that nobody can have registered must not exist (RFC 2308): whoever answers it with an address rewrites answers.
What a resolver says is yielded as it said it; a broken answer counts as none.
"""

import os
import select
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

WAIT_S = 2.0
_AGAIN_S = 0.7
_PORTAL_BYTES = 2048
_DNS = 53


def run(
    interface: str, resolvers: Sequence[str], truth: str = "", portal_url: str = "", wait_s: float = WAIT_S
) -> Iterator[dict[str, Any]]:
    """Yield each resolver's answers, by question: `truth` is a name whose addresses are known."""
    for resolver in resolvers:
        label = f"prooflight-{os.urandom(8).hex()}"
        names = {"no_such_1": f"{label}.invalid", "no_such_2": f"{label}.com"}
        if truth:
            names = {"truth": truth, **names}
        yield {"resolver": resolver, "answers": _ask(interface, resolver, names, wait_s)}
    if portal_url:
        yield {"portal": _portal(interface, portal_url, resolvers, wait_s)}


def _ask(interface: str, resolver: str, names: dict[str, str], wait_s: float) -> dict[str, Any]:
    """What a resolver answers to each name, all asked at once and those without an answer again."""
    family = socket.AF_INET6 if ":" in resolver else socket.AF_INET
    answers: dict[str, Any] = {}
    numbers = {int.from_bytes(os.urandom(2), "big"): key for key in names}
    queries = {number: query(names[key], number) for number, key in numbers.items()}
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        try:
            sock.connect((resolver, _DNS))
        except OSError as error:
            return {key: {"error": error.strerror or "no route"} for key in names}
        begin = time.monotonic()
        end, again, sent_at = begin + wait_s, begin, begin
        while len(answers) < len(numbers) and time.monotonic() < end:
            if time.monotonic() >= again:
                again, sent_at = time.monotonic() + _AGAIN_S, time.monotonic()
                _send(sock, [made for number, made in queries.items() if numbers[number] not in answers])
            for number, answer in _answers(sock, min(end, again)):
                if number in numbers and numbers[number] not in answers:
                    answers[numbers[number]] = answer | {"ms": round((time.monotonic() - sent_at) * 1000, 3)}
    return answers


def _send(sock: socket.socket, messages: list[bytes]) -> None:
    for message in messages:
        try:
            sock.send(message)
        except OSError:
            return  # refused by an ICMP message: that is no answer, and the next round asks again


def _answers(sock: socket.socket, until: float) -> Iterator[tuple[int, dict[str, Any]]]:
    """The next answer, if one comes until then."""
    left = until - time.monotonic()
    if left <= 0 or not select.select([sock], [], [], left)[0]:
        return
    try:
        raw = sock.recv(65535)
    except OSError:
        time.sleep(max(0.0, min(0.1, until - time.monotonic())))  # port unreachable: not in a tight loop
        return
    answer = read(raw)
    if answer is not None:
        yield answer


def query(name: str, number: int) -> bytes:
    """A question for a name's IPv4 addresses."""
    from scapy.layers.dns import DNS, DNSQR

    return bytes(DNS(id=number, rd=1, qd=DNSQR(qname=name)))


def read(raw: bytes) -> tuple[int, dict[str, Any]] | None:
    """The number of the question, the answer's code (RFC 1035 4.1.1) and addresses; None where it is not an answer."""
    from scapy.layers.dns import DNS

    try:
        message = DNS(raw)
        if not message.qr:
            return None
        records = message.an if isinstance(message.an, list) else list(message.an or [])
        addresses = [str(record.rdata) for record in records if getattr(record, "type", 0) == 1]
        return int(message.id), {"code": int(message.rcode), "addresses": addresses}
    except Exception:  # scapy raises whatever its field parsers meet
        return None


def _portal(interface: str, url: str, resolvers: Sequence[str], wait_s: float) -> dict[str, Any]:
    """The status of one plain HTTP answer, and where it sends us on to."""
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or 80
    addresses = [host] if host.replace(".", "").isdigit() else _addresses(interface, host, resolvers, wait_s)
    if not addresses:
        return {"error": f"no resolver knows {host}"}
    asked = f"GET {place.path or '/'} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
            sock.settimeout(wait_s)
            sock.connect((addresses[0], port))
            sock.sendall(asked.encode())
            return http_head(_received(sock, time.monotonic() + wait_s))
    except OSError as error:
        return {"error": error.strerror or str(error)}


def _addresses(interface: str, host: str, resolvers: Sequence[str], wait_s: float) -> list[str]:
    for resolver in resolvers:
        answer = _ask(interface, resolver, {"host": host}, wait_s).get("host", {})
        if answer.get("addresses"):
            return list(answer["addresses"])
    return []


def _received(sock: socket.socket, until: float) -> bytes:
    raw = b""
    while len(raw) < _PORTAL_BYTES and b"\r\n\r\n" not in raw and time.monotonic() < until:
        chunk = sock.recv(_PORTAL_BYTES)
        if not chunk:
            break
        raw += chunk
    return raw


def http_head(raw: bytes) -> dict[str, Any]:
    """Status and Location of an HTTP answer; an error where it is none."""
    first, *lines = raw.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    words = first.split(" ", 2)
    if not words[0].startswith("HTTP/") or len(words) < 2 or not (words[1].isascii() and words[1].isdigit()):
        return {"error": "the answer is not HTTP"}
    fields = dict(line.partition(":")[::2] for line in lines)
    location = next((value.strip() for name, value in fields.items() if name.lower() == "location"), "")
    return {"status": int(words[1][:3]), "location": location}
