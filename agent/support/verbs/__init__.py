"""The verbs of remote support: what may be asked of a station. All only read; what is not in the table is not done."""

from collections.abc import Mapping

from agent.support.verb import House, Verb, Work
from agent.support.verbs import status

__all__ = ("VERBS", "House", "Verb", "Work")

_ALL = (status.VERB,)
VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _ALL}
