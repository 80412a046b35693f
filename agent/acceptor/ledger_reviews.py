"""The reviews in the ledger: what persons decided, in place of which acceptance, and whether the station was told.

The first decision on a record stays. The transaction around each call is the caller's.
"""

from typing import Any

from agent import review, seal
from agent.acceptor.ledger_database import Connection
from agent.acceptor.office import Answer
from agent.have import Have
from agent.review import Review

_MOST = 200


class Reviews:
    """The table of reviews."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, made: Review, token: str, before: str, at: str, *, sent: bool = False) -> None:
        """Note a person's decision, the acceptance whose place the new one takes, and whether the station has that."""
        row = (made.record, token, before, at, at if sent else None)
        self._connection.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)

    def of(self, digest: str) -> Review | None:
        """What a person decided on the record with this digest."""
        row = self._connection.execute("SELECT review FROM reviews WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else review.from_json(seal.content(seal.read(row[0], typ=seal.REVIEW)))

    def accepted_by(self, digest: str) -> str:
        """Who accepted the record with this digest; empty where nobody did."""
        made = self.of(digest)
        return made.reviewer if made and made.decision == "accept" else ""

    def unsent(self) -> list[tuple[str, Answer]]:
        """The acceptances that a station was not told yet, each with its record's digest; oldest first."""
        statement = (
            "SELECT v.digest, r.station, r.acceptance, r.decision FROM reviews v JOIN records r ON r.digest = v.digest"
            f" WHERE v.sent_at IS NULL ORDER BY v.decided_at LIMIT {_MOST}"
        )
        return [(str(row[0]), _answer(row)) for row in self._connection.execute(statement).fetchall()]

    def missed(self, have: Have) -> list[Answer]:
        """The acceptances of what a station believes to be left to a person, who has decided since; oldest first."""
        numbers = have.review.numbers if have.review else ()
        statement = (
            "SELECT v.digest, r.station, r.acceptance, r.decision, r.seq, r.tx FROM records r"
            " JOIN reviews v ON v.digest = r.digest"
            f" WHERE r.kid = ? AND r.epoch = ? AND r.seq IN ({', '.join('?' * len(numbers))}) ORDER BY v.decided_at"
        )
        if not numbers:
            return []
        rows = self._connection.execute(statement, (have.kid, have.epoch, *numbers)).fetchall()
        return [_answer(row, f"{have.epoch}/{row['seq']} {row['tx']}") for row in rows]

    def awaited(self, have: Have) -> list[int]:
        """The numbers of the records, of those that a station looked at, on which nobody has decided here."""
        if have.review is None:
            return []
        statement = (
            "SELECT seq FROM records WHERE kid = ? AND epoch = ? AND seq BETWEEN ? AND ? AND decision = 'review'"
            f" ORDER BY seq LIMIT {_MOST}"
        )
        span = (have.kid, have.epoch, have.review.first, have.review.last)
        return [int(row[0]) for row in self._connection.execute(statement, span).fetchall()]

    def note_sent(self, digest: str, at: str) -> None:
        """Note that the broker took what the station is to be told."""
        statement = "UPDATE reviews SET sent_at = ? WHERE digest = ? AND sent_at IS NULL"
        self._connection.execute(statement, (at, digest))


def _answer(row: Any, place: str = "") -> Answer:
    words = f"{row['decision']}, as a person decided"
    return Answer(station=row["station"], token=row["acceptance"], repeat=bool(place), words=words, place=place)
