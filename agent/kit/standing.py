"""How kits stand on a station: which one is in force, which were, and what was refused last; pure.

It is one small file that is replaced whole: what it says is in force is in force, whatever else lies beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent.fields import Fields
from agent.kit.manifest import MOST_VERSION, KitError
from agent.kit.package import Kit
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.measurement import sanitised

VERSION = 1
KEPT = 3  # the one in force, and two to go back to
_MOST_CHANGES = 2**53 - 1
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKit:
    """A kit that is or was in force here: its digest, name and version."""

    digest: str
    name: str
    version: int

    @property
    def title(self) -> str:
        """Its name and version, as people read them."""
        return f"{self.name} {self.version}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in documents."""
        return {"name": self.name, "version": self.version, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The kits of a station; `in_force` is a digest, or empty where only the software's own profiles count.

    `known` are those that can be gone back to, by rising version; `highest` is the newest version that ever was in
    force. `changes` counts what happened, and `noted` up to where the journal was told of it; `why` is the last event.
    """

    in_force: str = ""
    known: tuple[KnownKit, ...] = ()
    highest: int = 0
    refused: str = ""
    why: str = ""
    changes: int = 0
    noted: int = 0

    @property
    def current(self) -> KnownKit | None:
        """The kit in force."""
        return next((kit for kit in self.known if kit.digest == self.in_force), None)

    def with_kit(self, kit: Kit, why: str) -> "Standing":
        """The standing with a new kit in force, the oldest beyond those that are kept forgotten."""
        new = KnownKit(digest=kit.digest, name=kit.manifest.name, version=kit.manifest.version)
        others = [each for each in self.known if each.digest != new.digest]
        known = tuple(sorted([*others, new], key=lambda each: each.version))[-KEPT:]
        highest = max(self.highest, new.version)
        return self._changed(in_force=new.digest, known=known, highest=highest, refused="", why=why)

    def back_at(self, kit: KnownKit | None, why: str) -> "Standing":
        """The standing with a kit that was in force before in force again; None: with no kit."""
        return self._changed(in_force=kit.digest if kit else "", why=sanitised(why, _LONGEST))

    def with_refusal(self, title: str, why: str) -> "Standing":
        """The standing with a kit that was refused, and why; what is in force stays so."""
        words = sanitised(f"{title}: {why}", _LONGEST)
        return self._changed(refused=words, why=sanitised(f"refused {words}", _LONGEST))

    def told(self) -> "Standing":
        """The standing of which the journal knows."""
        return replace(self, noted=self.changes)

    def before(self) -> KnownKit | None:
        """The kit to go back to from the one in force: the next lower version that is kept."""
        current = self.current
        lower = [kit for kit in self.known if current is not None and kit.version < current.version]
        return lower[-1] if lower else None

    def _changed(self, **changes: Any) -> "Standing":
        return replace(self, changes=self.changes + 1, **changes)


def write(standing: Standing) -> bytes:
    """The standing as a file."""
    known = [kit.to_json() for kit in standing.known]
    made = {name: getattr(standing, name) for name in _FIELDS if name != "known"}
    return strict_json.write({"v": VERSION, "known": known} | made)


_FIELDS = ("in_force", "known", "highest", "refused", "why", "changes", "noted")


def parse(raw: bytes) -> Standing:
    """The standing that a file states; KitError."""
    try:
        return _from_json(strict_json.parse_object(raw))
    except strict_json.JsonError as error:
        raise KitError(str(error)) from error


def _from_json(made: Mapping[str, Any]) -> Standing:
    root = Fields(dict(made), "", KitError)
    root.exactly("v", *_FIELDS, of="of how kits stand").version(VERSION)
    standing = Standing(
        in_force=root.text("in_force", ""),
        known=tuple(_known(each) for each in root.objects("known")),
        highest=root.whole("highest", 0, MOST_VERSION),
        refused=root.text("refused", ""),
        why=root.text("why", ""),
        changes=root.whole("changes", 0, _MOST_CHANGES),
        noted=root.whole("noted", 0, _MOST_CHANGES),
    )
    if standing.in_force and standing.current is None:
        raise root.complain("in_force", "must be one of the known kits")
    return standing


def _known(entry: Fields) -> KnownKit:
    entry.exactly("name", "version", "digest", of="of a kit")
    version = entry.whole("version", 1, MOST_VERSION)
    return KnownKit(digest=digest(entry, "digest"), name=entry.text("name"), version=version)
