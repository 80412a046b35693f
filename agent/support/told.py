"""What the engineer is told of one command, thing by thing; screens put it into words, `--json` prints it as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A note on how it goes, an event of the verb, a refusal, or the end; each with its code and what belongs to it.

    An end has code '' where all was done. `own` is true of a refusal or an end that no station signed: it is what this
    machine knows.
    """

    kind: Literal["note", "event", "refused", "end"]
    code: str = ""
    own: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """One line of `--json`."""
        made: dict[str, Any] = {"told": self.kind}
        if self.kind == "event":
            return made | dict(self.about)
        if self.kind == "note":
            return made | {"note": self.code} | dict(self.about)
        return made | {"reason": self.code, "by": "this machine" if self.own else "station"} | dict(self.about)
