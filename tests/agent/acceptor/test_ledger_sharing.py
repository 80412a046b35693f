"""A ledger in a file that several connections share, of one process and of several, some opened while others work."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from agent.acceptor.ledger_sqlite import Sqlite

_ANOTHER = """
import sys
from pathlib import Path
from agent.acceptor.ledger_sqlite import Sqlite
other = Sqlite(Path(sys.argv[1]))
for number in range(100):
    other.execute("INSERT INTO circuits VALUES (?, ?)", (str(number), sys.argv[2]))
other.close()
"""


def test_nothing_that_is_committed_is_lost_where_a_process_has_two_connections(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first = Sqlite(path)
    second = Sqlite(path)
    for turn in "abc":
        subprocess.run([sys.executable, "-c", _ANOTHER, str(path), turn], check=True)
        for number in range(100):
            first.execute("INSERT INTO circuits VALUES (?, ?)", (str(number), f"first {turn}"))
    second.close()
    first.close()
    with sqlite3.connect(path) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert found.execute("SELECT count(*) FROM circuits").fetchone() == (600,)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Sqlite(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
