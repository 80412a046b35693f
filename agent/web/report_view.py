"""The acceptance report of an order, as the page links it: kept on the station, and known by its SHA-256.

Its own policy goes along in the header; it runs no script.
"""

from agent.daemon import Daemon
from agent.http_message import Answer, Refused, Request, told
from agent.station import shelf_of
from agent.trust import load_trust


def report(daemon: Daemon, request: Request) -> Answer:
    """The report itself, or with `digest` in the query only what it is known by. Raises BundleError: there is none."""
    from agent.report.kept import kept
    from agent.report.sheet import content_policy

    language = request.query.get("lang", "en")
    if language not in ("en", "zh"):
        raise Refused(400, "odd_request", "lang")
    order, station = daemon.order(request.query.get("order", "")), daemon.station
    made = kept(
        station.chain,
        order.order.id,
        "zh" if language == "zh" else "en",
        folder=station.config.state_dir / "reports",
        trust=load_trust(station.config.trust),
        load_criteria=shelf_of(station.config).load,
        now=station.chain.stamp().wall,
    )
    if "digest" in request.query:
        return told({"digest": made.digest})
    policy = ("Content-Security-Policy", f"{content_policy()}; frame-ancestors 'none'")
    return Answer(body=made.page, kind="text/html; charset=utf-8", headers=(policy,))
