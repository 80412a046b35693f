"""Keys, a station, a reflector's gate and a ticket server, as other folders have them."""

from tests.agent.acceptor.conftest import server
from tests.agent.conftest import ring, station
from tests.agent.reflector.conftest import house

__all__ = ["house", "ring", "server", "station"]
