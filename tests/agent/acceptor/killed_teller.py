"""An acceptor that enters records and tells ticket systems of them, until somebody kills it.

Arguments: folder of the keys, file with the records' tokens, the database, URL of the ticket server, its secret's file.
"""

import contextlib
import sys
import threading
from pathlib import Path

from agent.acceptor.ledger import Ledger
from agent.acceptor.office import Office
from agent.acceptor.senders import sending
from agent.config_tickets import TEST_WORDS, WORK_FINAL, ClientCredentials, ServiceTests, TicketSettings, WorkOrders
from agent.keys import load_private
from agent.trust import parse_trust
from diagnostics import criteria
from tests.agent.acceptor.conftest import Desk

if __name__ == "__main__":
    keys, tokens, database, url, secret = map(Path, sys.argv[1:])
    server = sys.argv[4]
    settings = TicketSettings(
        systems={
            "tmf653": ServiceTests(url=f"{server}/api/v4/serviceTest", specification="x", words=TEST_WORDS),
            "tmf697": WorkOrders(
                url=f"{server}/api/v4/workOrder",
                words={"opened": "inProgress", "closed": "completed"},
                final=WORK_FINAL,
            ),
        },
        oauth2=ClientCredentials(token_url=f"{server}/token", client_id="desk", secret_file=secret),
    )
    office = Office(
        name="desk",
        key=load_private(keys / "acceptor.jwk"),
        close_unanchored=True,
        load_criteria=criteria.load,
        told=settings.told,
    )
    desk = Desk(Ledger(database, office), parse_trust((keys / "trust.jwks").read_bytes(), "trust.jwks"))
    with sending(settings, database, office, lambda words: None):
        for token in tokens.read_text().split():
            desk.take(token)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
