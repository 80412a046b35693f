"""What was told long ago leaves the outbox by a command; what was not told never does, however old it is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_outbox import Outbox
from agent.cli import main
from agent.config_ledger import LedgerPlace
from tests.agent.acceptor.test_reading_commands import configured
from tests.agent.conftest import Ring

DAY = timedelta(days=1)
# Each decided, and tried last, so many days ago.
ROWS = [("told", 400), ("told", 31), ("told", 29), ("waiting", 400), ("set aside", 400), ("waiting", 1), ("told", 0)]


def filled(place: LedgerPlace, copies: int = 1) -> list[str]:
    """An outbox with these rows; their names, in order."""
    database, now = connect(place), datetime.now(UTC)
    rows = [(f"{state} {days} {copy}", state, days) for copy in range(copies) for state, days in ROWS]

    def fill() -> None:
        outbox = Outbox(database)
        for number, (name, _, days) in enumerate(rows):
            at = now - days * DAY - timedelta(seconds=1)
            outbox.enter("webhook", name, f"{number:064x}", "closed", "why", at)
        states = {name: state for name, state, _ in rows}
        while (claimed := outbox.claim("webhook", now, now + DAY)) is not None:
            if states[claimed.order_id] == "told":
                outbox.postpone(claimed.number, "", claimed.decided_at)  # as if it was told at once
                outbox.told(claimed.number, "said")
            elif states[claimed.order_id] == "set aside":
                outbox.set_aside(claimed.number, "said")

    database.transact(fill)
    database.close()
    return [name for name, _, _ in rows]


def left(place: LedgerPlace) -> list[str]:
    database = connect(place, read_only=True)
    found = [row["order_id"] for row in Outbox(database).rows("waiting", "told", "set aside")]
    database.close()
    return found


@pytest.mark.parametrize(("days", "gone"), [(30, ["told 400 0", "told 31 0"]), (399, ["told 400 0"]), (401, [])])
def test_only_what_was_told_so_long_ago_is_deleted(
    tmp_path: Path, ring: Ring, place: LedgerPlace, capsys: pytest.CaptureFixture[str], days: int, gone: list[str]
) -> None:
    names = filled(place)
    words = ["acceptor", "tickets", "prune", "--older", str(days), "--config", str(configured(tmp_path, ring, place))]
    for count in (len(gone), 0):
        assert main(words) == 0
        assert capsys.readouterr().out == f"{count} that were told more than {days} days ago were deleted\n"
        assert left(place) == [name for name in names if name not in gone]


def test_it_is_done_in_parts_and_all_of_it(place: LedgerPlace) -> None:
    filled(place, copies=3)
    database, before = connect(place), datetime.now(UTC) - 30 * DAY
    done = [database.transact(lambda: Outbox(database).prune(before, 4)) for _ in range(3)]
    database.close()
    assert done == [4, 2, 0]
    assert len(left(place)) == 3 * (len(ROWS) - 2)


@pytest.mark.parametrize("days", ["0", "-1", "36501"])
def test_a_time_that_makes_no_sense_is_one_plain_line(
    tmp_path: Path, ring: Ring, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    words = ["acceptor", "tickets", "prune", f"--older={days}", "--config", str(configured(tmp_path, ring, tmp_path))]
    assert main(words) == 65
    assert capsys.readouterr().err.endswith("--older: must be a number of days from 1 to 36500\n")
