"""The openings in the ledger: what the back office can open of its records, encrypted as it came; forgotten for good.

One that was forgotten leaves an empty place, so that the same message again does not bring it back.
"""

from agent.acceptor.ledger_database import Connection


class Openings:
    """The table of openings; the transaction around each call is the caller's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, digest: str, token: str) -> None:
        """Note the opening of a record, named by its digest; the first one stays."""
        self._connection.execute("INSERT INTO openings VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, token))

    def forget(self, order_id: str) -> int:
        """Give up the openings of a work order's records; how many there were."""
        of = "digest IN (SELECT digest FROM records WHERE order_id = ?)"
        done = self._connection.execute(
            f"UPDATE openings SET token = NULL WHERE token IS NOT NULL AND {of}", (order_id,)
        )
        self._connection.execute(
            "INSERT INTO openings SELECT digest, NULL FROM records WHERE order_id = ? ON CONFLICT DO NOTHING",
            (order_id,),
        )
        return int(done.rowcount)
