"""The ledger's tables as a list of numbered changes, from an empty database to the newest; nothing here is ever edited.

To change a table, append one `Migration` to MIGRATIONS: what for, and its statements, one string each. Its place in the
list is its number (the first is 1). Each runs once in every database, in the transaction that notes its number in the
table `migrations`. The statements are for SQLite and PostgreSQL alike; what they spell differently stands in braces:

    {whole}     a whole number of 64 bits               INTEGER     BIGINT
    {strict}    behind the closing parenthesis           STRICT      (nothing)
    {arrival}   a column of one's own that counts        (nothing)   rowid BIGINT GENERATED ALWAYS AS IDENTITY,
                the rows as they came: `rowid`

Only add (a table, an index, a column that may be NULL or has a DEFAULT): acceptors of the release before may still be
running beside. Times are TEXT (ISO 8601, UTC), flags {whole} 0 or 1. docs/ledger.md describes every column, and a test
compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from agent.acceptor.ledger_database import Database, LedgerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One change of the tables: what for, and its statements."""

    purpose: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        purpose="records, orders and work orders",
        statements=(
            """CREATE TABLE IF NOT EXISTS records (
                {arrival}
                kid TEXT NOT NULL, epoch {whole} NOT NULL, seq {whole} NOT NULL, digest TEXT NOT NULL UNIQUE,
                tx TEXT NOT NULL, station TEXT NOT NULL, order_id TEXT, attempt {whole} NOT NULL,
                decision TEXT NOT NULL, outcome TEXT, reasons TEXT NOT NULL, received_at TEXT NOT NULL,
                token TEXT NOT NULL, acceptance TEXT NOT NULL, PRIMARY KEY (kid, epoch, seq)
            ){strict}""",
            "CREATE INDEX IF NOT EXISTS records_of_order ON records (order_id)",
            """CREATE TABLE IF NOT EXISTS waiting (
                kid TEXT NOT NULL, epoch {whole} NOT NULL, seq {whole} NOT NULL, digest TEXT NOT NULL,
                token TEXT NOT NULL, received_at TEXT NOT NULL, PRIMARY KEY (kid, epoch, seq)
            ){strict}""",
            """CREATE TABLE IF NOT EXISTS equivocations (
                kid TEXT NOT NULL, epoch {whole} NOT NULL, seq {whole} NOT NULL, digest TEXT PRIMARY KEY,
                token TEXT NOT NULL, received_at TEXT NOT NULL, acceptance TEXT NOT NULL
            ){strict}""",
            """CREATE TABLE IF NOT EXISTS orders (
                digest TEXT PRIMARY KEY, order_id TEXT NOT NULL, token TEXT NOT NULL, issued_at TEXT NOT NULL,
                revoked TEXT
            ){strict}""",
            "CREATE TABLE IF NOT EXISTS attempts (anchor TEXT NOT NULL, digest TEXT NOT NULL UNIQUE){strict}",
            """CREATE TABLE IF NOT EXISTS receipts (
                digest TEXT PRIMARY KEY, anchor TEXT NOT NULL, token TEXT NOT NULL, received_at TEXT NOT NULL
            ){strict}""",
            "CREATE TABLE IF NOT EXISTS openings (digest TEXT PRIMARY KEY, token TEXT){strict}",
            """CREATE TABLE IF NOT EXISTS quarantine (
                kid TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL
            ){strict}""",
            """CREATE TABLE IF NOT EXISTS tickets (
                id TEXT PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
                why TEXT NOT NULL, closed_by TEXT, changed_at TEXT NOT NULL
            ){strict}""",
        ),
    ),
    Migration(
        purpose="an order's attempts and receipts are found without reading all of them",
        statements=(
            "CREATE INDEX attempts_of_order ON attempts (anchor)",
            "CREATE INDEX receipts_of_order ON receipts (anchor)",
            "CREATE INDEX orders_of_id ON orders (order_id)",
        ),
    ),
    Migration(
        purpose="what persons decide, reasons by their kind, orders of a circuit",
        statements=(
            """CREATE TABLE reviews (
                digest TEXT PRIMARY KEY, review TEXT NOT NULL, before TEXT NOT NULL, decided_at TEXT NOT NULL,
                sent_at TEXT
            ){strict}""",
            "CREATE INDEX reviews_unsent ON reviews (decided_at) WHERE sent_at IS NULL",
            "ALTER TABLE records ADD COLUMN kinds TEXT",
            "CREATE INDEX records_in_review ON records (received_at) WHERE decision = 'review'",
            "CREATE INDEX records_decided ON records (received_at) WHERE tx IN ('E', 'V')",
            """CREATE TABLE circuits (
                keyed TEXT NOT NULL, order_id TEXT NOT NULL, PRIMARY KEY (keyed, order_id)
            ){strict}""",
            "CREATE INDEX circuits_of_order ON circuits (order_id)",
        ),
    ),
    Migration(
        purpose="when a station said what it has",
        statements=(
            "CREATE TABLE stations (kid TEXT PRIMARY KEY, station TEXT NOT NULL, heard_at TEXT NOT NULL){strict}",
        ),
    ),
    Migration(
        purpose="ticket systems are told from an outbox",
        statements=(
            """CREATE TABLE outbox (
                {arrival}
                target TEXT NOT NULL, order_id TEXT NOT NULL, digest TEXT NOT NULL, event TEXT NOT NULL,
                why TEXT NOT NULL, decided_at TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'told', 'set aside')), attempts {whole} NOT NULL,
                due_at TEXT NOT NULL, said TEXT NOT NULL, UNIQUE (target, digest, event)
            ){strict}""",
            "CREATE INDEX outbox_due ON outbox (target, due_at) WHERE state = 'waiting'",
            "CREATE INDEX outbox_of_order ON outbox (target, order_id) WHERE state = 'waiting'",
            """CREATE TABLE ticket_links (
                order_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (order_id, kind)
            ){strict}""",
        ),
    ),
    Migration(
        purpose="what nobody was told yet is counted without reading what was",
        statements=("CREATE INDEX outbox_untold ON outbox (target, state, decided_at) WHERE state <> 'told'",),
    ),
    Migration(
        purpose="what is left to a person is found by its place in the chain",
        statements=("CREATE INDEX records_left ON records (kid, epoch, seq) WHERE decision = 'review'",),
    ),
    Migration(
        purpose="the fleet's tables are read from narrow facts, each by an index that holds all it asks for",
        statements=(
            "ALTER TABLE records ADD COLUMN software TEXT",
            """CREATE TABLE fleet_results (
                digest TEXT PRIMARY KEY, order_id TEXT NOT NULL, attempt TEXT NOT NULL, at {whole} NOT NULL,
                kind TEXT NOT NULL, decision TEXT NOT NULL, kinds TEXT NOT NULL, cause TEXT NOT NULL,
                area TEXT NOT NULL, family TEXT NOT NULL, firmware TEXT NOT NULL, station TEXT NOT NULL,
                down_kbps {whole}, down_permille {whole}, up_kbps {whole}, up_permille {whole}, rx {whole},
                circuit TEXT NOT NULL, drift {whole}
            ){strict}""",
            "CREATE INDEX fleet_results_of_order ON fleet_results (order_id)",
            "CREATE INDEX fleet_refusals ON fleet_results (decision, kinds, at, area, family, firmware, station)"
            " WHERE decision IN ('rejected', 'review')",
            "CREATE INDEX fleet_causes ON fleet_results (area, cause, family, firmware, station, at) WHERE cause <> ''",
            "CREATE INDEX fleet_down ON fleet_results (down_kbps, down_permille, at, area, family, firmware, station)"
            " WHERE down_permille IS NOT NULL",
            "CREATE INDEX fleet_up ON fleet_results (up_kbps, up_permille, at, area, family, firmware, station)"
            " WHERE up_permille IS NOT NULL",
            "CREATE INDEX fleet_found ON fleet_results (circuit, order_id, rx, digest)"
            " WHERE kind = 'repair' AND rx IS NOT NULL AND circuit <> ''",
            "CREATE INDEX fleet_drift ON fleet_results (drift, order_id, at, area, family, firmware, station)"
            " WHERE drift IS NOT NULL",
            "CREATE INDEX fleet_accepted ON fleet_results (circuit, at, order_id, rx)"
            " WHERE kind IN ('install', 'move') AND decision IN ('closed', 'recorded') AND rx IS NOT NULL"
            " AND circuit <> ''",
            """CREATE TABLE fleet_orders (
                order_id TEXT PRIMARY KEY,
                state TEXT NOT NULL CHECK (state IN ('open', 'rejected', 'review', 'visit', 'closed')),
                attempt TEXT NOT NULL, day {whole} NOT NULL,
                area TEXT NOT NULL, family TEXT NOT NULL, firmware TEXT NOT NULL, station TEXT NOT NULL
            ){strict}""",
            "CREATE INDEX fleet_orders_by_day ON fleet_orders (day, state, area, family, firmware, station)",
            """CREATE TABLE fleet_progress (
                part TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, whole {whole} NOT NULL
            ){strict}""",
            "INSERT INTO fleet_progress SELECT 'results', '', '', CASE WHEN EXISTS (SELECT 1 FROM records)"
            " THEN 0 ELSE 1 END",
            "INSERT INTO fleet_progress SELECT 'orders', '', '', CASE WHEN EXISTS (SELECT 1 FROM tickets)"
            " THEN 0 ELSE 1 END",
        ),
    ),
)

_NOTED = "CREATE TABLE IF NOT EXISTS migrations (number {whole} PRIMARY KEY, purpose TEXT NOT NULL){strict}"


class Migratable(Database, Protocol):
    """A database that knows how it spells the words in braces, and which migration it has last seen."""

    spelling: Mapping[str, str]

    def version(self) -> int:
        """The number of the last migration that was done; 0 in an empty database."""

    def note_version(self, number: int) -> None:
        """Keep the number wherever older software of ours looks for it."""


def migrate(database: Migratable) -> None:
    """Bring the tables up to date; LedgerError where they are newer than this software."""
    if check_version(database) < len(MIGRATIONS):
        database.transact(lambda: _bring_up(database), "migrations")


def check_version(database: Migratable) -> int:
    """The number of the last migration that was done; LedgerError where this software does not know it."""
    version = database.version()
    if version > len(MIGRATIONS):
        known = len(MIGRATIONS)
        raise LedgerError(
            f"{database.where}: has schema {version}, this software knows {known}; use the newer software"
        )
    return version


def _bring_up(database: Migratable) -> None:
    database.execute(_NOTED.format_map(database.spelling))
    done = check_version(database)  # again: another process may have been faster
    for number, migration in enumerate(MIGRATIONS, 1):
        if number > done:
            for statement in migration.statements:
                database.execute(statement.format_map(database.spelling))
        noted = "INSERT INTO migrations (number, purpose) VALUES (?, ?) ON CONFLICT DO NOTHING"
        database.execute(noted, (number, migration.purpose))
    database.note_version(len(MIGRATIONS))
