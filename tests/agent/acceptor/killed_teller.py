"""An acceptor that enters records and tells ticket systems of them, until somebody kills it.

Arguments: folder of the keys, file with the records' tokens, the database, URL of the ticket server, its secret's file.
"""

import sys
import threading
from pathlib import Path

from agent.acceptor.ledger import Ledger
from agent.acceptor.senders import sending
from agent.keys import load_private
from agent.trust import parse_trust
from tests.agent.acceptor.conftest import Desk
from tests.agent.acceptor.telling import office_of, only, settings_at

if __name__ == "__main__":
    keys, tokens, database, secret = (Path(sys.argv[number]) for number in (1, 2, 3, 5))
    settings = only(settings_at(sys.argv[4], secret), "tmf653", "tmf697")
    office = office_of(load_private(keys / "acceptor.jwk"), settings)
    desk = Desk(Ledger(database, office), parse_trust((keys / "trust.jwks").read_bytes(), "trust.jwks"))
    with sending(settings, database, office, lambda words: None):
        for token in tokens.read_text().split():
            desk.take(token)
        threading.Event().wait()
