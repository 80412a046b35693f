"""`cancel`: an engineer ends what they asked for themselves, named by the digest of that command.

It is done as soon as it is taken, without waiting for its turn, by the support that runs the other command.
"""

from collections.abc import Mapping
from typing import Any

from agent.fields import Fields
from agent.record_form import digest
from agent.support.verb import Verb, Work

NAME = "cancel"


def _read(arguments: Fields) -> Mapping[str, Any]:
    return {"of": digest(arguments.exactly("of", of="of this verb"), "of")}


def _run(work: Work) -> None:
    """Nothing is left to do."""


VERB = Verb(name=NAME, consent=False, line=False, read=_read, run=_run)
