"""One whole campaign with its database: built, played, audited, and everything cleared away."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.config_ledger import LedgerPlace, PostgresSettings
from tests.chaos.accounts import Accounts, audit, watch_closings
from tests.chaos.campaign import Campaign, Tale
from tests.chaos.plan import Plan
from tests.chaos.world import Ports, World, build
from tests.peers import free_port
from tests.postgres import cluster


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen of a campaign, and its accounts."""

    tale: Tale
    accounts: Accounts


@contextlib.contextmanager
def _database(engine: str, folder: Path) -> Iterator[tuple[LedgerPlace, Callable[[], None] | None]]:
    """A database, and how its server is killed and started again; None for a file, which has none."""
    if engine == "sqlite":
        yield folder / "ledger", None
        return
    with cluster(durable=True) as server:

        def strike() -> None:
            server.kill()
            server.start()

        yield PostgresSettings(dsn=server.database()), strike


def play(
    plan: Plan,
    *,
    engine: str = "sqlite",
    bound_s: float,
    resend_s: float,
    say: Callable[[str], None] = lambda words: None,
) -> Played:
    """Play a plan; ChaosError where it does not end within the bound."""
    ports = Ports(near=free_port(), far=free_port(), gate=free_port())
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, _database(engine, Path(folder)) as (place, strike):
        world = World(Path(folder), plan, ports, place)
        build(world)
        watch_closings(place)
        say(f"{len(plan.jobs)} orders are signed")
        tale = Campaign(world, resend_s=resend_s, strike_database=strike, say=say).run(bound_s)
        return Played(tale, audit(world))
