"""The light watched by those on site alone: the very looks that an engineer far away would get, and kept nowhere.

It gives way at once to whatever else somebody on site wants of the line.
"""

from collections.abc import Callable

from agent.jobs import Job
from agent.live import Live
from agent.support.reasons import Ended
from agent.support.verb import House, Work
from agent.support.verbs import ont_watch
from agent.watched import Watched
from drivers.look import USUAL


def watch_here(house: House, job: Job, live: Live, watched: Watched, cancelled: Callable[[], bool]) -> None:
    """Watch until somebody ends it, or as long as an engineer may. Raises Ended where the ONT cannot be watched."""
    number = watched.begin()
    work = Work(
        arguments={"seconds": ont_watch.MOST_S, "quantities": list(USUAL)},
        order=job.assignment.order.id,
        house=house,
        cancelled=lambda: cancelled() or live.stopping,
        emit=lambda event: watched.add(event, number),
    )
    reason = "fault"
    try:
        ont_watch.VERB.run(work)
        reason = _why(house, live, cancelled)
    except Ended as error:
        reason = error.reason
        raise
    finally:
        watched.end(reason, number)


def _why(house: House, live: Live, cancelled: Callable[[], bool]) -> str:
    if cancelled():
        return "station_leaving"
    if house.live is not live:
        return "superseded_by_test"
    return "cancelled" if live.stopping else ""
