"""`status`: how the station is. Nothing in it is a customer's, so it is told without anybody's consent."""

from agent.support.verb import Verb, Work, nothing


def _run(work: Work) -> None:
    work.emit({"event": "status", "status": work.house.status()})


VERB = Verb(name="status", consent=False, line=False, read=nothing, run=_run)
