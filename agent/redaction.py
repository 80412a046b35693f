"""Redaction: takes out of words what must not leave the station: values that are known, and addresses of any kind.

An address keeps its network: /24 of IPv4, /48 of IPv6, the maker's half of a MAC address. Pure; what was taken out is
named, never told.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping

_ADDRESS = re.compile(
    r"(?P<mac>\b[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\2){4}[0-9A-Fa-f]{2}\b)"
    r"|(?P<mac3>\b[0-9A-Fa-f]{4}([.-])[0-9A-Fa-f]{4}\4[0-9A-Fa-f]{4}\b)"
    r"|(?P<six>(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}))"
    r"(?:/(?P<bits6>\d{1,3}))?"
    r"|(?P<four>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w))(?:/(?P<bits4>\d{1,2}))?"
)
_LEAST_ASCII, _LEAST = 4, 2


class Redaction:
    """What is taken out of the words of one visit; `known` names each value by what stands in its place.

    A secret is taken out only where it stands alone: of a word inside another one the rest would tell it.
    """

    def __init__(self, known: Mapping[str, str], secrets: Iterable[str] = ()) -> None:
        spellings = {form: name for value, name in known.items() for form in _forms(value)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._names = {form.casefold(): name for form, name in spellings.items()}
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)
        hidden = sorted((re.escape(each) for each in secrets if len(each) >= _LEAST_ASCII), key=len, reverse=True)
        self._secret = re.compile(rf"(?<!\w)(?:{'|'.join(hidden)})(?!\w)" if hidden else r"(?!)")

    def without_secrets(self, text: str) -> str:
        """The text without passwords, which not even the back office may read."""
        return self._secret.sub("<secret>", text)

    def words(self, text: str, *, addresses: bool = True) -> str:
        """The text without known values, and unless they are to stay without whole addresses."""
        made = self._known.sub(self._named, self.without_secrets(text))
        return without_addresses(made) if addresses else made

    def _named(self, found: re.Match[str]) -> str:
        return f"<{self._names.get(found[0].casefold(), 'personal')}>"


def without_addresses(text: str) -> str:
    """The text with each address cut down to its network."""
    return _ADDRESS.sub(_network, text)


def _network(found: re.Match[str]) -> str:
    if found["mac"]:
        return f"{found['mac'][:8]}{found[2]}xx{found[2]}xx{found[2]}xx"
    if found["mac3"]:
        return f"{found['mac3'][:7]}xx{found[4]}xxxx"
    text, bits, most = (found["six"], found["bits6"], 48) if found["six"] else (found["four"], found["bits4"], 24)
    try:
        length = min(int(bits or most), most)
        return str(ipaddress.ip_network(f"{text}/{length}", strict=False))
    except ValueError:  # a time of day, a version: no address
        return found[0]


def _forms(value: str) -> list[str]:
    """The spellings of a value that a device may use: as it is, and as hexadecimal digits of its text."""
    plain = value.strip()
    if len(plain) < (_LEAST_ASCII if plain.isascii() else _LEAST):
        return []
    forms = [plain, plain.encode().hex()]
    if re.fullmatch(r"[A-Za-z]{4}[0-9A-Fa-f]{8}", plain):  # a PON serial: the vendor's letters in hexadecimal digits
        whole = plain[:4].upper().encode().hex() + plain[4:]
        pairs = [whole[at : at + 2] for at in range(0, 16, 2)]
        forms += [whole, *(between.join(pairs) for between in " :-")]
        forms += [f"{plain[:4]}{between}{plain[4:]}" for between in " :-"]
    return forms
