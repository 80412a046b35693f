"""A station's kits with their keeper, for the tests of this folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.chain import Chain
from agent.kit import use
from agent.kit.keeper import Keeper
from agent.kit.package import Kit
from agent.kit.store import Store
from agent.kit.trial import Trial
from agent.trust import Trust
from diagnostics.child import never
from tests.agent.conftest import Ring
from tests.agent.kit.making import UNTRIED, hand_over


@dataclass
class House:
    """A station's kits with their keeper, and what it said."""

    folder: Path
    chain: Chain
    ring: Ring
    said: list[str] = field(default_factory=list)
    trust: Callable[[], Trust] | None = None

    @property
    def store(self) -> Store:
        return Store(folder=self.folder / use.FOLDER, trust=self.trust or (lambda: self.ring.trust))

    def keeper(self, trial: Trial = UNTRIED) -> Keeper:
        return Keeper(self.store, self.chain, say=self.said.append, trial=trial)

    def install(self, made: Kit, trial: Trial = UNTRIED) -> None:
        hand_over(self.store, made)
        assert self.keeper(trial).step(never)

    @property
    def in_force(self) -> str:
        current = self.store.standing().current
        return current.title if current else ""

    @property
    def notes(self) -> list[dict[str, Any]]:
        journal = self.chain.journal
        made = [json.loads(journal.read(entry)) for entry in journal.entries if entry.kind == "note"]
        return [note for note in made if note["note"] == "kit"]
