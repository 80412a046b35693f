"""SIP messages and the digest, as text: pure, no socket, no clock (RFC 3261, 7616).

What a registrar says is read into plain values; a broken message reads as None. Passwords go in, never out.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_HASHES = {"": hashlib.md5, "MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PART = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^",\s]+)')
_COMPACT = {"f": "from", "i": "call-id", "t": "to", "v": "via", "m": "contact", "l": "content-length"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response: its code and reason phrase, and each header's values in their order, names in lower case."""

    code: int
    reason: str
    headers: Mapping[str, tuple[str, ...]]

    def first(self, name: str) -> str:
        """The first value of a header; empty where there is none."""
        return self.headers.get(name, ("",))[0]


def parse(raw: bytes) -> Answer | None:
    """The response that a datagram holds; None where it is none."""
    head = raw.decode("utf-8", "replace").split("\r\n\r\n")[0]
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    status = re.fullmatch(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?", first)
    if status is None:
        return None
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            key = _COMPACT.get(key, key)
            headers[key] = (*headers.get(key, ()), value.strip())
    return Answer(code=int(status[1]), reason=status[2] or "", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Who registers where: domain, user, the contact address, and the numbers that make the dialogue one."""

    domain: str
    user: str
    contact: str
    call_id: str
    tag: str

    def request(self, number: int, branch: str, *, expires: int, authorization: tuple[str, str] | None = None) -> bytes:
        """A REGISTER request; `expires` 0 takes the registration back."""
        record = f"<sip:{self.user}@{self.domain}>"
        lines = [
            f"REGISTER sip:{self.domain} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.contact};branch=z9hG4bK{branch};rport",
            "Max-Forwards: 70",
            f"From: {record};tag={self.tag}",
            f"To: {record}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {number} REGISTER",
            f"Contact: <sip:{self.user}@{self.contact}>",
            f"Expires: {expires}",
            "User-Agent: prooflight",
            *([f"{authorization[0]}: {authorization[1]}"] if authorization else []),
            "Content-Length: 0",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def challenge(answer: Answer) -> dict[str, str] | None:
    """The parts of the first challenge that we can meet; None where there is none."""
    name = "proxy-authenticate" if answer.code == 407 else "www-authenticate"
    for value in answer.headers.get(name, ()):
        scheme, _, rest = value.partition(" ")
        parts = {key.lower(): _bare(part) for key, part in _PART.findall(rest)}
        words = parts.get("qop", "auth").lower().replace(" ", "").split(",")
        known = parts.get("algorithm", "").upper() in _HASHES
        if scheme.lower() == "digest" and known and "auth" in words and parts.keys() >= {"realm", "nonce"}:
            return parts
    return None


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def authorization(parts: Mapping[str, str], *, user: str, password: str, uri: str, cnonce: str) -> str:
    """The answer to a digest challenge (RFC 7616 3.4; without qop as RFC 2069 had it)."""
    hashed = _HASHES[parts.get("algorithm", "").upper()]

    def digest(*words: str) -> str:
        return hashed(":".join(words).encode()).hexdigest()

    secret, asked = digest(user, parts["realm"], password), digest("REGISTER", uri)
    shown = {"username": user, "realm": parts["realm"], "nonce": parts["nonce"], "uri": uri}
    ending = ""
    if "qop" in parts:
        shown["response"] = digest(secret, parts["nonce"], "00000001", cnonce, "auth", asked)
        ending = f', qop=auth, nc=00000001, cnonce="{cnonce}"'
    else:
        shown["response"] = digest(secret, parts["nonce"], asked)
    if "opaque" in parts:
        shown["opaque"] = parts["opaque"]
    if "algorithm" in parts:
        ending += f", algorithm={parts['algorithm']}"
    return "Digest " + ", ".join(f'{key}="{_quoted(value)}"' for key, value in shown.items()) + ending


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
