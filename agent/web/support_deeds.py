"""What the page can say to remote support: let somebody in for a while, or not; end what runs, or all of it.

Only who asks now can be let in, so that a request that is sent twice, or kept for later, opens nothing.
"""

from agent.daemon import Daemon
from agent.http_message import Answer, Refused, Request, field, only, told
from agent.jobs import NotNow
from agent.web.support_view import Support

LONGEST_MIN = 30
_KID = 128


def grant(daemon: Daemon, request: Request) -> Answer:
    """Let one who asks in, for at most half an hour."""
    made = request.json()
    only(made, ("kid", "minutes", "by"))
    kid, minutes, by = _asking(daemon, made), field(made, "minutes", int), field(made, "by", str)
    if not 1 <= minutes <= LONGEST_MIN:
        raise Refused(400, "odd_request", "minutes")
    if by not in ("technician", "customer"):
        raise Refused(400, "odd_request", "by")
    _support(daemon).grant(kid, minutes, "customer" if by == "customer" else "technician")
    return told({"granted": minutes})


def decline(daemon: Daemon, request: Request) -> Answer:
    """Say no to one who asks."""
    made = request.json()
    only(made, ("kid",))
    kid = _asking(daemon, made)
    _support(daemon).decline(kid)
    return told({"declined": True})


def withdraw(daemon: Daemon, request: Request) -> Answer:
    """Let nobody in any more; what runs for them ends."""
    only(request.json(), ())
    support = _support(daemon)
    if support.told()["granted"] is None:
        raise NotNow("nobody_let_in", "nobody is let in any more")
    support.withdraw()
    return told({"withdrawn": True})


def stop(daemon: Daemon, request: Request) -> Answer:
    """End what runs for an engineer now."""
    only(request.json(), ())
    support = _support(daemon)
    if support.told()["running"] is None:
        raise NotNow("nothing_remote", "nothing runs for anybody far away")
    support.stop()
    return told({"stopping": True})


def _asking(daemon: Daemon, made: dict[str, object]) -> str:
    """The one who is named, if they ask now. Raises NotNow."""
    kid = str(field(made, "kid", str, longest=_KID))
    if kid not in [each["kid"] for each in _support(daemon).told()["asked"]]:
        raise NotNow("nobody_asks", "this person does not ask any more; they can ask again")
    return kid


def _support(daemon: Daemon) -> Support:
    found: Support | None = daemon.support
    if found is None:
        raise NotNow("no_support", "this station takes no remote support")
    return found
