"""The tests' own cluster: what was committed outlives SIGKILL, and two databases share nothing."""

import psycopg
import pytest

from tests import postgres


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing())
def test_a_killed_cluster_comes_back_with_what_was_committed_and_nothing_else() -> None:
    with postgres.cluster() as cluster:
        one, two = cluster.database(), cluster.database()
        with psycopg.connect(one) as connection:
            connection.execute("CREATE TABLE kept (number INTEGER)")
        with psycopg.connect(two) as connection:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        open_transaction = psycopg.connect(one)
        open_transaction.execute("INSERT INTO kept VALUES (1)")
        cluster.kill()
        with pytest.raises(psycopg.OperationalError):
            open_transaction.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(one)
        cluster.start()
        with psycopg.connect(one) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert not cluster.directory.exists()
