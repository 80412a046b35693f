"""`record.resend`: marks records of the station for going out once more, the same bytes, also acknowledged ones.

It sends nothing by itself and ends nothing: delivery does, and only a verified acceptance ends a delivery.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.fields import Fields
from agent.support.verb import Verb, Work

MOST = 50
_DIGEST = re.compile(r"[0-9a-f]{64}")


def _read(arguments: Fields) -> Mapping[str, Any]:
    named = arguments.exactly("records", of="of record.resend").items("records", least=1)
    if len(named) > MOST or not all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in named):
        raise arguments.complain("records", f"must be at most {MOST} digests of records, as record.list tells them")
    return {"records": list(dict.fromkeys(named))}


def _run(work: Work) -> None:
    wanted = work.arguments["records"]
    links = {link.digest: link for link in work.house.station.chain.links}
    found = [links[digest] for digest in wanted if digest in links]
    work.house.resend(found)
    unknown = [digest for digest in wanted if digest not in links]
    work.emit({"event": "resend", "marked": [link.digest for link in found], "unknown": unknown})


VERB = Verb(name="record.resend", consent=True, line=False, read=_read, run=_run)
