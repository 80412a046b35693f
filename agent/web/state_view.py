"""The whole station as the page shows it, with a version that changes with it, so that nothing is sent twice."""

import hashlib
from typing import Any

from agent.daemon import Daemon
from agent.jobs import NotNow
from agent.version import VERSION
from agent.web.findings import findings, shown
from agent.web.order_view import brief, detail
from diagnostics import strict_json

MOST_ORDERS = 30
MOST_DETAILS = 8  # as many as phones


class StateView:
    """Makes the state for several phones at once; what costs is worked out anew only when something changed."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._listed: tuple[Any, list[dict[str, Any]]] = ((), [])
        self._detailed: dict[str, tuple[Any, dict[str, Any]]] = {}

    def state(self, since: str, key: str) -> dict[str, Any] | None:
        """The state now, with the order that the page shows; None where it is what the page has already."""
        made = self._made() | {"order": self._order(key)}
        version = hashlib.sha256(strict_json.write(made)).hexdigest()[:16]
        return None if version == since else made | {"version": version}

    def _made(self) -> dict[str, Any]:
        daemon = self._daemon
        live = daemon.live
        return {
            "station": daemon.station.config.name,
            "software": VERSION,
            "clock": daemon.station.chain.stamp().status,
            "delivery": {
                "configured": daemon.delivery is not None,
                "connected": daemon.delivery is not None and daemon.delivery.connected,
                "waiting": len(daemon.station.chain.pending()),
            },
            "saving": not daemon.broken.is_set(),
            "job": live.to_json() if live is not None else None,
            "seen": self._seen(),
            "orders": self._orders(),
            "refused": [{"file": each.file, "reason": each.reason} for each in reversed(daemon.refused)],
        }

    def _orders(self) -> list[dict[str, Any]]:
        daemon = self._daemon
        orders = daemon.orders()
        mark = (*self._mark(), *orders)
        known = self._listed
        if known[0] != mark:
            known = (mark, [brief(daemon, key, order) for key, order in list(orders.items())[:MOST_ORDERS]])
            self._listed = known
        return known[1]

    def _order(self, key: str) -> dict[str, Any] | None:
        """The order that the page shows; None where it shows none, or one that is not here any more."""
        if not key:
            return None
        mark = self._mark()
        known = self._detailed.get(key)
        if known is None or known[0] != mark:
            try:
                known = (mark, detail(self._daemon, key))
            except NotNow:
                return None
            self._detailed = dict([*self._detailed.items(), (key, known)][-MOST_DETAILS:])
        return known[1]

    def _mark(self) -> tuple[Any, ...]:
        """What changes whenever anything that was saved or sent changes."""
        daemon = self._daemon
        sent = (
            [daemon.delivery.state(link.digest) for link in daemon.station.chain.pending()] if daemon.delivery else []
        )
        return (len(daemon.station.chain.journal.entries), *sent, bool(daemon.live and daemon.live.running))

    def _seen(self) -> dict[str, Any] | None:
        """What the last look, or check again, found."""
        seen, live = self._daemon.seen, self._daemon.live
        if seen is None or live is None or live.kind == "test" or live.running:
            return None
        listed = [shown(m) for m in seen.measurements]
        return {"measurements": listed, "findings": findings(seen.measurements, seen.limits)}
