"""A SIP registrar over UDP with digest (RFC 3261 10, RFC 7616) for one telephone line, until its standard input ends.

What it is comes as one JSON line on standard input: address, domain, user, password, and with what it bars the account.
"""

import hashlib
import json
import os
import re
import socket
import sys
import threading
from dataclasses import dataclass

_KEPT = ("via", "from", "to", "call-id", "cseq", "contact", "expires")
_PART = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The line that may register; `barred` is what everybody is told who knows the password, empty for nobody."""

    domain: str
    user: str
    password: str
    barred: str = ""


def answered(raw: bytes, account: Account, nonce: str) -> bytes:
    """The answer to a request; empty for what is none. A REGISTER is challenged, checked, then accepted or refused."""
    first, _, rest = raw.decode("utf-8", "replace").partition("\r\n")
    if not re.fullmatch(r"[A-Z]+ sip:\S+ SIP/2\.0", first):
        return b""
    headers = [tuple(map(str.strip, line.split(":", 1))) for line in rest.split("\r\n") if ":" in line]
    known = {name.lower(): value for name, value in headers}
    code, extra = _decision(first.split(" ")[0], known, account, nonce)
    kept = [f"{name}: {value}" for name, value in headers if name.lower() in _KEPT]
    return "\r\n".join([f"SIP/2.0 {code}", *kept, *extra, "Content-Length: 0", "", ""]).encode()


def _decision(method: str, known: dict[str, str], account: Account, nonce: str) -> tuple[str, list[str]]:
    if method != "REGISTER":
        return "405 Method Not Allowed", []
    said = {name: quoted or plain for name, quoted, plain in _PART.findall(known.get("authorization", ""))}
    if said.get("nonce") != nonce:
        challenge = f'Digest realm="{account.domain}", nonce="{nonce}", algorithm=MD5, qop="auth"'
        return "401 Unauthorized", [f"WWW-Authenticate: {challenge}"]
    if said.get("username") != account.user or said.get("response") != _response(said, account, method):
        return "403 Forbidden", []
    return (f"403 {account.barred}" if account.barred else "200 OK"), []


def _response(said: dict[str, str], account: Account, method: str) -> str:
    def digest(*words: str) -> str:
        return hashlib.md5(":".join(words).encode()).hexdigest()

    secret = digest(account.user, account.domain, account.password)
    proof = (said.get("nc", ""), said.get("cnonce", ""), said.get("qop", ""))
    return digest(secret, said.get("nonce", ""), *proof, digest(method, said.get("uri", "")))


def main() -> None:
    """Serve until standard input ends."""
    wanted = json.loads(sys.stdin.readline())
    address = wanted.pop("address")
    account, nonce = Account(**wanted), os.urandom(12).hex()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 5060))
        threading.Thread(target=_serve, args=(sock, account, nonce), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()


def _serve(sock: socket.socket, account: Account, nonce: str) -> None:
    while True:
        raw, peer = sock.recvfrom(65535)
        answer = answered(raw, account, nonce)
        if answer:
            sock.sendto(answer, peer)


if __name__ == "__main__":
    main()
