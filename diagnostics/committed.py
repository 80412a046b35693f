"""What a committed value looks like where it stands in a value's place: `sha256:` and 64 hexadecimal digits.

Two values that were committed with the same salt under the same name are equal when these texts are; nothing else can
be read from them. How one is made is not known here.
"""

import re
from typing import Any

PREFIX = "sha256:"
_FORM = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")


def is_commitment(value: Any) -> bool:
    """Whether this stands for a value without telling it."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None
