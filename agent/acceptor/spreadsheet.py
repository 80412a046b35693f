"""CSV for spreadsheets: what somebody else wrote in a cell can never be a formula there; pure.

A cell that a spreadsheet could take for a formula (OWASP, CSV injection; the full-width signs as well) is led by an
apostrophe. Every cell is quoted.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FORMULA = tuple("=+-@\t\r\n|%＝＋－＠")
_BEFORE = " \u00a0\u3000\ufeff\u200b\"'"


def cell(value: Any) -> Any:
    """The value as it may stand in a cell; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value)
    risky = text.startswith(_FORMULA) or text.lstrip(_BEFORE).startswith(_FORMULA)
    return f"'{text}" if risky else text


def write(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A table with its columns' names, as RFC 4180 has it."""
    out = io.StringIO()
    made = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    made.writerow(columns)
    for row in rows:
        made.writerow([cell(row[name]) for name in columns])
    return out.getvalue()
