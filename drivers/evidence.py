"""Makes an ONT's answers fit to be kept: whatever looks like a secret in them is replaced before it is stored; pure."""

import re
from collections.abc import Sequence

HIDDEN = "<secret>"
_NAMED = re.compile(
    r"(?im)(\b[\w.\-]*(?:passw(?:or)?d|passphrase|pwd|secret|community|registration.?id|loid|psk|pre.?shared.?key)\b"
    r"[^\n:=]{0,40}[:=][ \t]*)([^\n]+)"
)
_QUOTED = re.compile(r'(?i)(name="[^"\n]{0,60}(?:pass|pwd|secret|key|loid)[^"\n]{0,60}"\s+val=")([^"\n]*)(")')


def without(text: str, secrets: Sequence[str]) -> str:
    """The text without the given secrets; words of one or two letters are too common to be looked for."""
    for word in sorted(secrets, key=len, reverse=True):
        if len(word) > 2:
            text = text.replace(word, HIDDEN)
    return text


def redacted(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without the given secrets and without the values of fields that are named like secrets."""
    return _QUOTED.sub(rf"\1{HIDDEN}\3", _NAMED.sub(rf"\1{HIDDEN}", without(text, secrets)))
