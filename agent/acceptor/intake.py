"""The intake: what has arrived is believed, and entered in one transaction; then it may be answered and acknowledged.

A message that spoils the transaction is found by entering each by itself: it is told and let go, the others are
entered. Where the database is away everything stays here, and `enter` is called again.
"""

from collections.abc import Callable
from datetime import datetime

from agent import seal
from agent.acceptor.believing import believed, witnessed
from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_database import LedgerAway, is_everybodys
from agent.acceptor.office import Answer, Arrival, Witnessed
from agent.mqtt_link import Received
from agent.receipt import ReceiptError
from agent.record import RecordError
from agent.trust import PinnedKeys
from diagnostics.measurement import sanitised


class Intake:
    """Messages on their way into a ledger."""

    def __init__(
        self, ledger: Ledger, keys: PinnedKeys, *, say: Callable[[str], None], now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._say = say
        self._now = now
        self._arrived: list[Arrival | Witnessed] = []
        self._answers: list[Answer] = []

    def add(self, message: Received) -> None:
        """Believe a message, or tell why not."""
        where = sanitised(message.topic, 120)
        try:
            self._arrived.append(self._believed(message))
        except (seal.SealError, RecordError, ReceiptError) as error:
            self._say(f"{where}: not believed: {sanitised(str(error))}")
        except Exception as error:  # ours, and nobody else's records shall wait for it
            self._say(f"{where}: let go, it cannot be read: {_told(error)}")

    def forget(self) -> None:
        """Give up what was not entered; it comes again."""
        self._arrived.clear()
        self._answers.clear()

    def enter(self) -> list[Answer]:
        """Enter all that was added; the answers to send. Where the database is away (LedgerAway), call it again."""
        try:
            self._together(self._arrived)
        except LedgerAway:
            raise
        except Exception as error:
            if is_everybodys(error):
                raise
            self._each_by_itself()
        answers, self._answers = self._answers, []
        return answers

    def _believed(self, message: Received) -> Arrival | Witnessed:
        keys, now = self._keys.now(), self._now()
        if message.topic.split("/")[4:5] == ["receipt"]:
            return witnessed(message.payload.decode("ascii", errors="replace"), keys, now)
        return believed(message, keys, now)

    def _together(self, items: list[Arrival | Witnessed]) -> None:
        """Enter these in one transaction; they are gone from the intake then, and their answers are there."""
        arrivals = [each for each in items if isinstance(each, Arrival)]
        receipts = [each for each in items if isinstance(each, Witnessed)]
        answers, new = self._ledger.enter(arrivals, receipts, self._now().isoformat())
        del self._arrived[: len(items)]
        for arrival, given in zip(arrivals, answers, strict=True):
            self._answers += given
            self._tell(arrival, given)
        for each in new:
            seen = f"run {each.receipt.run} of order {each.receipt.order[:12]} for {each.receipt.station}"
            self._say(f"receipt of {each.receipt.reflector}: {seen}, {each.receipt.state}")

    def _each_by_itself(self) -> None:
        while self._arrived:
            try:
                self._together(self._arrived[:1])
            except LedgerAway:
                raise
            except Exception as error:
                if is_everybodys(error):
                    raise
                self._say(f"{_named(self._arrived.pop(0))}: let go, it cannot be entered: {_told(error)}")

    def _tell(self, arrival: Arrival, answers: list[Answer]) -> None:
        for answer in answers:
            self._say(f"{answer.station} {answer.place}: {sanitised(answer.words)}")
        if not answers:
            self._say(f"{_named(arrival)}: waits for the one before, or for its line")


def _named(item: Arrival | Witnessed) -> str:
    if isinstance(item, Arrival):
        return f"{item.record.station} {item.record.epoch}/{item.record.seq}"
    return f"receipt of {item.receipt.reflector}"


def _told(error: Exception) -> str:
    return sanitised(f"{type(error).__name__}: {error}", 200)
