"""The shelf: criteria sets by name, those that come with the software and those that a criteria key has signed.

A signed set is one token in a file of its own; its TOML text is inside, so its digest is that of the very bytes that
were signed. A set of ours cannot be replaced by one of the same name, and nothing unsigned is ever taken from a folder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import seal
from agent.fields import Fields
from agent.keys import PrivateKey
from agent.record_form import digest
from agent.trust import Trust, TrustError
from diagnostics import criteria, strict_json
from diagnostics.criteria import Criteria, CriteriaError
from diagnostics.errors import BadInput

VERSION = 1
SUFFIX = ".criteria"
_FIELDS = ("v", "name", "version", "digest", "text")


class SignedCriteriaError(BadInput):
    """A signed criteria set is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where criteria are found: with the software, in a folder if there is one, and in what `newer` says, if anything.

    `newer` is asked each time for the folder of the kit in force.
    """

    folder: Path | None = None
    trust: Callable[[], Trust] = Trust
    newer: Callable[[], Path | None] = lambda: None

    def load(self, name: str) -> Criteria:
        """The criteria set of this name; CriteriaError where there is none, or its signature is not believed."""
        path = None if name in criteria.names() else self._path(name)
        if path is None:
            return criteria.load(name)
        try:
            made = opened(path.read_text(), self.trust())
        except (OSError, UnicodeDecodeError, seal.SealError, SignedCriteriaError, TrustError) as error:
            raise CriteriaError(f"{path}: {error}") from error
        if made.name != name:
            raise CriteriaError(f"{path}: holds {made.name}; name the file {made.name}{SUFFIX}")
        return made

    def _path(self, name: str) -> Path | None:
        """The file of a signed set, None where there is none."""
        folders = [folder for folder in (self.folder, self.newer()) if folder and _is_plain(name)]
        return next((path for folder in folders if (path := folder / f"{name}{SUFFIX}").exists()), None)


def _is_plain(name: str) -> bool:
    return name.replace("_", "").replace("-", "").isalnum()


def sign(raw: bytes, file: str, key: PrivateKey) -> tuple[Criteria, str]:
    """The criteria that a TOML file's bytes state, and the token that a criteria key makes of them."""
    made = criteria.parse(raw, file)
    if made.name in criteria.names():
        raise SignedCriteriaError(f"{file}: {made.name} comes with the software; give your own set another name")
    content = {"v": VERSION, "name": made.name, "version": made.version, "digest": made.digest, "text": raw.decode()}
    try:
        return made, seal.seal(strict_json.write(content), typ=seal.CRITERIA, key=key).token
    except strict_json.JsonError as error:
        raise SignedCriteriaError(f"{file}: {error}; a signed set is at most 64 KiB") from error


def opened(token: str, trust: Trust) -> Criteria:
    """The criteria in a token, once its signature is verified and its name and digest are those of its text."""
    content = seal.open_sealed(token.strip(), typ=seal.CRITERIA, trust=trust)
    seal.refuse_revoked(content)
    made = content.content
    root = Fields(dict(made), "", SignedCriteriaError).exactly(*_FIELDS, of="of signed criteria")
    root.version(VERSION)
    if not isinstance(made["text"], str):
        raise root.complain("text", "must be text")
    found = criteria.parse(made["text"].encode(), root.text("name"))
    if (found.name, found.version, found.digest) != (root.text("name"), root.text("version"), digest(root, "digest")):
        raise root.complain("digest", "name, version and digest must be those of the text")
    return found
