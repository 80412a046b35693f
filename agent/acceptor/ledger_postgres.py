"""The ledger on a PostgreSQL server: any number of acceptors, on any number of machines, over one database.

READ COMMITTED, with an advisory lock for each chain and work order that a transaction is about: whoever has it sees all
that was committed under it before. Conflicts are tried again; a server that is away is told as LedgerAway, and the
next call connects anew. No password is in a connection string, a message or a log.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.acceptor.ledger_database import LedgerAway, LedgerError, Outcome, Rows, Unstorable
from agent.acceptor.ledger_migrations import check_version, migrate
from agent.config_ledger import PostgresSettings
from diagnostics.errors import BadConfiguration, NotAvailable
from diagnostics.measurement import sanitised

if TYPE_CHECKING:
    import psycopg

_TRIES = 10
_CONNECTION = {"connect_timeout": "5", "tcp_user_timeout": "10000", "application_name": "prooflight-acceptor"}
# A statement that waits longer than this waits for somebody who is in trouble; that somebody is cut off a little later.
_SESSION = {"statement_timeout": "10s", "idle_in_transaction_session_timeout": "20s", "synchronous_commit": "on"}
_CONFLICTS = ("40001", "40P01")  # serialization_failure, deadlock_detected
# Connection, resources, lock, intervention; a standby, which only reads; an idle transaction that was cut off.
_AWAY = ("08", "53", "55", "57", "25006", "25P03")
_SPELLING = {"whole": "BIGINT", "strict": "", "arrival": "rowid BIGINT GENERATED ALWAYS AS IDENTITY,"}
# Most of what a record costs the server goes into PGLZ. LZ4 makes it as small at a quarter of that; not all have it.
_COMPRESSION = (
    b"SELECT set_config(name, 'lz4', false) FROM pg_settings"
    b" WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
)
_LOCK = "SELECT count(pg_advisory_xact_lock(hashtextextended('prooflight ' || name, 0))) FROM unnest(?::text[]) AS name"


class Row(Sequence[Any]):
    """One row, its columns by number and by name."""

    __slots__ = ("_columns", "_values")

    def __init__(self, columns: Mapping[str, int], values: Sequence[Any]) -> None:
        self._columns = columns
        self._values = values

    def __getitem__(self, key: Any) -> Any:
        return self._values[self._columns[key] if isinstance(key, str) else key]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def keys(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)


class Postgres:
    """A connection to one database of a server, made anew after it was lost; for one thread at a time."""

    spelling: Mapping[str, str] = _SPELLING

    def __init__(self, settings: PostgresSettings, *, read_only: bool = False) -> None:
        self._settings = settings
        self._read_only = read_only
        self._held: psycopg.Connection[Any] | None = None
        self._inside = False
        self._options, self.where = _options(settings)
        if not read_only:
            migrate(self)
        elif check_version(self) == 0:
            raise LedgerError(f"{self.where}: is empty; its tables come with the first: prooflight acceptor serve")

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        """Run one statement: part of the transaction that is open, else one by itself."""
        import psycopg

        try:
            return self._connection().execute(_numbered(sql), tuple(parameters))
        except psycopg.Error as error:
            if self._inside:
                raise
            raise self._trouble(error) from error

    def transact(self, work: Callable[[], Outcome], *locks: str) -> Outcome:
        """Do `work` in one transaction, alone among all who name one of `locks`; LedgerError where nothing was written.

        Work that met a conflict is done again from its beginning.
        """
        import psycopg

        for _ in range(_TRIES):
            try:
                return self._once(work, locks)
            except psycopg.Error as error:
                if error.sqlstate not in _CONFLICTS:
                    raise self._trouble(error) from error
        raise LedgerAway(f"{self.where}: nothing was written: {_TRIES} conflicts with other acceptors in a row")

    def lock(self, *locks: str) -> None:
        """Inside `transact`: be alone with these, too."""
        if locks:
            self.execute(_LOCK, (sorted(set(locks)),))

    def close(self) -> None:
        """Let go of the server."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def version(self) -> int:
        """The number of the last migration that was done; 0 in an empty database."""
        if self.execute("SELECT to_regclass('migrations')").fetchone()[0] is None:
            return 0
        return int(self.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0])

    def note_version(self, number: int) -> None:
        """Nothing: the table `migrations` says it."""

    def _once(self, work: Callable[[], Outcome], locks: Sequence[str]) -> Outcome:
        connection = self._connection()
        self._inside = True
        try:
            with connection.transaction():
                self.lock(*locks)
                return work()
        finally:
            self._inside = False

    def _connection(self) -> "psycopg.Connection[Any]":
        if self._held is None or self._held.closed:
            if self._inside:
                raise LedgerAway(f"{self.where}: the connection was lost")
            self._held = self._connected()
        return self._held

    def _connected(self) -> "psycopg.Connection[Any]":
        import psycopg
        from psycopg.types.numeric import Int8Dumper

        logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it would say is told by our errors
        given = dict(self._options)
        session = _SESSION | ({"default_transaction_read_only": "on"} if self._read_only else {})
        ours = " ".join(f"-c {name}={value}" for name, value in session.items())
        given["options"] = f"{ours} {given.get('options', '')}".strip()
        if password := self._settings.password():
            given["password"] = password
        try:
            made = psycopg.connect(
                "",
                autocommit=True,
                row_factory=_rows,
                cursor_factory=psycopg.RawCursor,
                **given,  # type: ignore[arg-type]
            )
            made.adapters.register_dumper(int, Int8Dumper)
            made.execute(_COMPRESSION)
        except psycopg.Error as error:
            raise self._trouble(error) from error
        return made

    def _trouble(self, error: "psycopg.Error") -> LedgerError:
        """What an error of the server means to us, in one line."""
        import psycopg

        words = sanitised(str(error).partition("\n")[0], 200)
        if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
            return Unstorable(f"{self.where}: does not take this content: {words}")
        if (error.sqlstate or "08").startswith(_AWAY):
            self.close()
            return LedgerAway(f"{self.where}: does not serve now: {words}; see whether the server runs")
        return LedgerError(f"{self.where}: nothing was written: {words}; see the rights of [ledger] dsn's user")


def _options(settings: PostgresSettings) -> tuple[dict[str, str], str]:
    """What to connect with, and how to name it; BadConfiguration where the text is not fit for that."""
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise NotAvailable("[ledger] dsn: psycopg is not installed; run: pip install 'prooflight[postgres]'") from error
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(settings.dsn).items()}
    except ProgrammingError:  # its words may repeat a part of the text, which may be a password
        raise BadConfiguration("[ledger] dsn: not a connection string of PostgreSQL; see docs/ledger.md") from None
    if "password" in given:
        raise BadConfiguration("[ledger] dsn: a password must not stand there; put it into [ledger] password_file")
    place = f"{given.get('dbname', 'the default database')} on {given.get('host', 'the local server')}"
    return _CONNECTION | given, f"PostgreSQL database {place}"


def _rows(cursor: "psycopg.Cursor[Any]") -> Callable[[Sequence[Any]], Row]:
    columns = {column.name: number for number, column in enumerate(cursor.description or ())}
    return lambda values: Row(columns, values)


@functools.cache
def _numbered(sql: str) -> bytes:
    """The statement with the server's own `$1`, `$2` for its parameters; none of ours holds a question mark else."""
    first, *others = sql.split("?")
    return "".join([first, *(f"${number}{part}" for number, part in enumerate(others, 1))]).encode()
