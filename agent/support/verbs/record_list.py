"""`record.list`: the newest records of the station's chain, and how far each one got; nothing in it is personal."""

from collections.abc import Mapping
from typing import Any

from agent import record_form, seal
from agent.chain import Chain
from agent.fields import Fields
from agent.link import Link, read_acceptance
from agent.support.verb import Verb, Work

MOST = 100
_AT_ONCE = 20
_RESULTS = "EV"


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly(of="of record.list", optional=("last",))
    return {"last": arguments.whole("last", 1, MOST, 20)}


def _run(work: Work) -> None:
    chain = work.house.station.chain
    links = chain.links[-work.arguments["last"] :]
    waiting = {link.digest for link in chain.pending()}
    for start in range(0, len(links), _AT_ONCE):
        if work.cancelled():
            return
        made = [_told(chain, link, link.digest in waiting) for link in links[start : start + _AT_ONCE]]
        work.emit({"event": "records", "records": made})
    work.emit({"event": "listed", "records": len(chain.links), "waiting": len(waiting)})


def _told(chain: Chain, link: Link, waiting: bool) -> dict[str, Any]:
    record = record_form.parse(seal.read(chain.token(link), typ=seal.RECORD).payload)
    receipt = chain.receipt(link)
    return {
        "digest": link.digest,
        "epoch": link.epoch,
        "seq": link.seq,
        "tx": link.tx,
        "order": link.order.id if link.order else "",
        "attempt": link.attempt,
        "wall": record.clock.wall.isoformat(timespec="seconds"),
        "clock": record.clock.status,
        "outcome": record.result.outcome if record.result else "",
        "waiting": waiting,
        "decision": read_acceptance(receipt).decision if receipt else "",
    }


VERB = Verb(name="record.list", consent=True, line=False, read=_read, run=_run)
