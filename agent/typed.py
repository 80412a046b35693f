"""A secret as a person gives it: typed twice at a terminal without being shown, or one line of standard input."""

import getpass
import sys

from diagnostics.errors import BadInput
from diagnostics.secret import Secret

_LONGEST = 300


def twice(prompt: str, what: str) -> Secret:
    """The secret; BadInput where it was typed differently. `what` is what they are called, in the plural."""
    if not sys.stdin.isatty():
        return Secret(sys.stdin.readline(_LONGEST).rstrip("\r\n"))
    first = getpass.getpass(prompt)
    if getpass.getpass("once more: ") != first:
        raise BadInput(f"the two {what} differ; nothing was changed")
    return Secret(first)
