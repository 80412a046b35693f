"""Takes out of a device's answers what belongs to its owner: secrets, serials, MACs, network names; pure.

The same word gets the same stand-in wherever it stands, in every spelling, and the form is kept, so that a scrubbed
answer is read as the real one was. With the salt gone nobody can find the way back.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from drivers.evidence import redacted

_PON = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<letters>[A-Za-z]{4})(?P<plain>[0-9A-Fa-f]{8})"
    r"|(?P<vendor>(?:[46][1-9A-Fa-f]|[57][0-9Aa])(?:(?P<gap>[ :\-]?)(?:[46][1-9A-Fa-f]|[57][0-9Aa]))"
    r"(?:(?P=gap)(?:[46][1-9A-Fa-f]|[57][0-9Aa])){2}(?P=gap))(?P<spaced>[0-9A-Fa-f]{2}(?:(?P=gap)[0-9A-Fa-f]{2}){3}))"
    r"(?![0-9A-Za-z])"
)
_MAC = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9A-Fa-f][:.\-])(?:[0-9A-Fa-f]{2}(?P<gap>[:.\-])(?:[0-9A-Fa-f]{2}(?P=gap)){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}(?P<dash>[.\-])[0-9A-Fa-f]{4}(?P=dash)[0-9A-Fa-f]{4}"
    r"|(?=[0-9]{0,11}[A-Fa-f])[0-9A-Fa-f]{12})(?![0-9A-Za-z]|[:.\-][0-9A-Fa-f]{2}\b)"
)
_DIGITS_MAC = re.compile(r"(?i)(\b\w{0,12}mac\w{0,12}[^\n:=]{0,20}[:=][ \t]*\"?)([0-9]{12})\b")
_SERIAL = re.compile(
    r"(?i)(\b(?:\w{0,20}serial(?:[ _]?(?:number|num|no))?|\w{0,12}[ _]sn|sn)\b[ \t]*[:=]?[ \t]*\"?)([0-9a-z]{6,32})\b"
)
_NETWORK = re.compile(r"(?im)(\b\w{0,12}ssid\w{0,12}\b[^\n:=]{0,30}[:=][ \t]*\"?)([^\s\"][^\n\"]*)")
_ACCOUNT = re.compile(r"(?im)(\b(?:user ?name|account|pppoe[ _]?user)\b[^\n:=]{0,20}[:=][ \t]*\"?)([^\s\"]+)")
_IN_ROW = re.compile(r'(?i)(name="[^"\n]{0,60}(?:ssid|serial|username|mac)[^"\n]{0,60}"\s+val=")([^"\n]+)')
_LABELLED = (_SERIAL, _NETWORK, _ACCOUNT, _IN_ROW)
_FEWEST = 4  # letters of a word that is looked for everywhere


def scrubbed(answers: Mapping[str, str], secrets: Sequence[str], salt: bytes) -> dict[str, str]:
    """The answers, question by question, without what identifies device or owner. `salt` must be random."""
    clean = {question: redacted(answer, secrets) for question, answer in answers.items()}
    known = _learnt("\n".join(clean.values()))
    return {question: _without(answer, known, salt) for question, answer in clean.items()}


def _learnt(text: str) -> tuple[str, ...]:
    """The words that a label, or their own form, gives away; the longest first."""
    words = {match[2].strip() for pattern in _LABELLED for match in pattern.finditer(text)}
    words |= {match["plain"] for match in _PON.finditer(text) if match["plain"]}
    words |= {re.sub(r"\W", "", match["spaced"]) for match in _PON.finditer(text) if match["spaced"]}
    return tuple(sorted((word for word in words if len(word) >= _FEWEST), key=len, reverse=True))


def _without(text: str, known: Sequence[str], salt: bytes) -> str:
    text = _PON.sub(lambda found: _pon_stand_in(found, salt), text)
    text = _DIGITS_MAC.sub(lambda found: found[1] + _mac_stand_in(found[2], salt), text)
    text = _MAC.sub(lambda found: _mac_stand_in(found[0], salt), text)
    for pattern in _LABELLED:
        text = pattern.sub(lambda found: found[1] + _once(found[2], known, salt), text)
    for word in known:
        standing = re.compile(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", re.IGNORECASE)
        text = standing.sub(lambda found: stand_in(found[0], salt), text)
    return text


def _once(word: str, known: Sequence[str], salt: bytes) -> str:
    """The stand-in of a labelled word, unless an earlier pattern has put one there already."""
    return stand_in(word, salt) if word.strip() in known else word


def _pon_stand_in(found: re.Match[str], salt: bytes) -> str:
    digits = found["plain"] or found["spaced"]
    return (found["letters"] or found["vendor"]) + _spelt(digits, salt)


def _mac_stand_in(mac: str, salt: bytes) -> str:
    plain = re.sub(r"\W", "", mac)
    if plain.lower() in ("0" * 12, "f" * 12):
        return mac
    return _respelt(mac, plain[:6] + stand_in(plain[6:], salt))


def _spelt(word: str, salt: bytes) -> str:
    return _respelt(word, stand_in(re.sub(r"\W", "", word), salt))


def _respelt(form: str, letters: str) -> str:
    """The letters in the form's case-free shape: its separators stay where they are."""
    left = iter(letters)
    return "".join(next(left) if c.isalnum() else c for c in form)


def stand_in(word: str, salt: bytes) -> str:
    """Another word of the same shape: digits for digits, capitals for capitals, hexadecimal stays hexadecimal."""
    hexadecimal = re.fullmatch(r"[0-9A-Fa-f]+", word) is not None
    for attempt in range(100):
        noise = hashlib.shake_256(salt + bytes([attempt]) + word.lower().encode("utf-8", "replace")).digest(len(word))
        made = "".join(_letter(c, byte, hexadecimal) for c, byte in zip(word, noise, strict=True))
        if made.lower() != word.lower():
            return made
    return "x" * len(word)


def _letter(c: str, byte: int, hexadecimal: bool) -> str:
    if c.isascii() and c.isdigit():
        return str(byte % 10)
    letters = "abcdef" if hexadecimal else "abcdefghijklmnopqrstuvwxyz"
    if c.isalpha():
        return letters[byte % len(letters)].upper() if c.isupper() else letters[byte % len(letters)]
    return c


Scrub = Callable[[Mapping[str, str]], dict[str, str]]
