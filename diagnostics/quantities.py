"""The dictionary: every quantity that can be learnt about a line, once, with its unit in its name.

A name that is not here is not measured, judged, stored or shown. A new quantity is a new line; nothing else.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from diagnostics.quantities_line import ADDRESSING, REACH, SERVICES, STATION
from diagnostics.quantities_load import BESIDE, LATENCY, RFC_6349, THROUGHPUT
from diagnostics.quantities_ont import ONT, ONT_AGAIN
from diagnostics.quantities_session import PPPOE
from diagnostics.quantities_visit import VISIT
from diagnostics.quantity import Kind, Quantity

__all__ = ["ONT_QUANTITIES", "QUANTITIES", "VISIT_QUANTITIES", "Kind", "Quantity", "nearest_name"]

_ALL = (
    *(*ONT, *STATION, *PPPOE, *REACH, *ADDRESSING, *SERVICES, *THROUGHPUT, *LATENCY, *BESIDE, *ONT_AGAIN),
    *(*RFC_6349, *VISIT),
)
QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
ONT_QUANTITIES = tuple(quantity.name for quantity in ONT)  # what an ONT, or its OLT, can be asked
VISIT_QUANTITIES = frozenset(quantity.name for quantity in VISIT)  # judged on the visit, all others on the line


def nearest_name(name: str, known: Iterable[str]) -> str:
    """A closing clause that proposes the known name nearest to a mistyped one; empty where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
