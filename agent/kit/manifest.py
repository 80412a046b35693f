"""The manifest of a kit: its name, its version, the oldest software that may use it, and every file by digest; pure.

It is what the criteria key signs. A path is one of three kinds and nothing else, so that no file ever lands anywhere
but below the folder that the kit is unpacked into.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import seal
from agent.fields import Fields
from agent.record_form import digest
from agent.trust import Trust
from diagnostics import strict_json
from diagnostics.errors import BadInput

VERSION = 1
MOST_BYTES = 4 << 20
MOST_FILE_BYTES = 90_000  # in base64 one message on every broker that is fit for a fleet
MOST_VERSION = 2**31 - 1
PROFILES, CRITERIA = "profiles", "criteria"
_PATH = re.compile(
    r"profiles/[a-z][a-z0-9_]{1,40}/"
    r"(?:profile\.toml|captures/[A-Za-z0-9][A-Za-z0-9_.\-]{0,60}/[A-Za-z0-9][A-Za-z0-9_.\-]{0,100})"
    r"|criteria/[A-Za-z0-9][A-Za-z0-9_\-]{0,60}\.criteria"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,40}")
_SOFTWARE = re.compile(r"\d{1,6}(?:\.\d{1,6}){0,3}")


class KitError(BadInput):
    """A kit cannot be used; the message names the field or the file and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KitFile:
    """One file of a kit: SHA-256 and size of its bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a kit holds; `version` rises from kit to kit, whatever their names; `files` by path, in their order."""

    name: str
    version: int
    software: str
    made_at: datetime
    files: Mapping[str, KitFile]

    @property
    def families(self) -> tuple[str, ...]:
        """The ONT families that it brings profiles of."""
        return tuple(path.split("/")[1] for path in self.files if path.endswith("/profile.toml"))

    @property
    def criteria(self) -> tuple[str, ...]:
        """The names of the criteria sets that it brings."""
        names = (path.removeprefix(f"{CRITERIA}/") for path in self.files if path.startswith(f"{CRITERIA}/"))
        return tuple(name.removesuffix(".criteria") for name in names)


def write(manifest: Manifest) -> bytes:
    """The bytes that are signed; KitError where they would not read back as this manifest."""
    made = {
        "v": VERSION,
        "name": manifest.name,
        "version": manifest.version,
        "software": manifest.software,
        "made_at": manifest.made_at.isoformat(),
        "files": {path: [file.digest, file.size] for path, file in manifest.files.items()},
    }
    raw = strict_json.write(made)
    from_json(made)
    if len(raw) > strict_json.OBJECT_BYTES:
        raise KitError(f"files: {len(manifest.files)} are too many to name in one manifest; make a kit of fewer")
    return raw


def opened(token: str, trust: Trust, at: datetime | None = None) -> Manifest:
    """The manifest in a token, once the signature of a pinned criteria key is verified; SealError, KitError.

    `at` is a time that is proven to have passed, by which the key must be valid still; None: for a kit that is in use.
    """
    believed = seal.open_sealed(token, typ=seal.KIT, trust=trust)
    seal.refuse_revoked(believed)
    manifest = from_json(believed.content)
    if at is not None:
        seal.check_validity(believed, max(manifest.made_at, at))
    return manifest


def from_json(made: Mapping[str, Any]) -> Manifest:
    """The manifest that a strictly read JSON object states."""
    root = Fields(dict(made), "", KitError)
    root.exactly("v", "name", "version", "software", "made_at", "files", of="of a kit").version(VERSION)
    name, software = root.text("name", longest=41), root.text("software", longest=40)
    if not _NAME.fullmatch(name):
        raise root.complain("name", "must be small letters, digits, dashes and underscores, at most 41")
    if not _SOFTWARE.fullmatch(software):
        raise root.complain("software", "must be a version such as 0.1.0")
    return Manifest(
        name=name,
        version=root.whole("version", 1, MOST_VERSION),
        software=software,
        made_at=root.required_time("made_at"),
        files=_files(root, made["files"]),
    )


def _files(root: Fields, made: Any) -> dict[str, KitFile]:
    if not isinstance(made, dict) or not made:
        raise root.complain("files", "must be an object with at least one file")
    files = {path: _file(root, path, entry) for path, entry in made.items()}
    if sum(file.size for file in files.values()) > MOST_BYTES:
        raise root.complain("files", f"must be at most {MOST_BYTES} bytes together")
    return files


def _file(root: Fields, path: str, entry: Any) -> KitFile:
    if not _PATH.fullmatch(path):
        raise root.complain("files", f"{path[:80]!r} is no place for a profile, a capture or a signed criteria set")
    if not isinstance(entry, list) or len(entry) != 2:
        raise root.complain("files", f"{path}: must be a list of digest and size")
    fields = Fields({"digest": entry[0], "size": entry[1]}, f"files.{path}", KitError)
    return KitFile(digest=digest(fields, "digest"), size=fields.whole("size", 0, MOST_FILE_BYTES))


def is_older(software: str, needed: str) -> bool:
    """Whether a software version, of which the first numbers count, is below the one that is needed."""
    return _numbers(software) < _numbers(needed)


def _numbers(version: str) -> tuple[int, ...]:
    found = _SOFTWARE.match(version)
    made = [int(part) for part in found[0].split(".")] if found else []
    return (*made, *[0] * (4 - len(made)))
