"""A kit as one file: the signed manifest on the first line, behind it the bytes of its files, in the manifest's order.

Nothing is compressed and nothing names a length but the manifest, so a kit is as long as its signer said and not a byte
longer; the signature is verified before any other byte is looked at.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from agent import seal
from agent.keys import PrivateKey
from agent.kit import manifest as form
from agent.kit.manifest import MOST_BYTES, KitError, KitFile, Manifest
from agent.trust import Trust
from diagnostics import strict_json

FILE_BYTES = seal.TOKEN_LENGTH + 1 + MOST_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A kit whose signature and files were verified; `digest` is its token's, by which records name it."""

    token: str = field(repr=False)
    manifest: Manifest
    files: Mapping[str, bytes] = field(repr=False)
    digest: str

    @property
    def title(self) -> str:
        """Its name and version, as people read them."""
        return f"{self.manifest.name} {self.manifest.version}"

    def write(self) -> bytes:
        """The kit as one file."""
        return joined(self.token, self.files)


def make(
    files: Mapping[str, bytes], *, name: str, version: int, software: str, made_at: datetime, key: PrivateKey
) -> Kit:
    """A kit of these files by path, signed by a criteria key; KitError where it cannot be one."""
    listed = {path: KitFile(digest=_digest(raw), size=len(raw)) for path, raw in sorted(files.items())}
    manifest = Manifest(name=name, version=version, software=software, made_at=made_at, files=listed)
    token = seal.seal(form.write(manifest), typ=seal.KIT, key=key).token
    return Kit(token=token, manifest=manifest, files=dict(sorted(files.items())), digest=seal.digest_of(token))


def load(path: Path, trust: Trust) -> Kit:
    """The kit in a file; KitError, which names the file."""
    try:
        with path.open("rb") as file:
            return opened(file.read(FILE_BYTES + 1), trust)
    except OSError as error:
        raise KitError(f"{path}: {error.strerror}; name a kit") from error
    except KitError as error:
        raise KitError(f"{path}: {error}") from error


def opened(raw: bytes, trust: Trust, at: datetime | None = None) -> Kit:
    """The kit in a file's bytes; KitError where its signature is not believed or a file is not the signed one.

    `at` is a time that has passed, by which the key must be valid; None: for a kit that is in use already.
    """
    line, _, content = raw[:FILE_BYTES].partition(b"\n")
    token = line.decode("ascii", errors="replace")
    manifest = believed(token, trust, at)
    sizes = sum(file.size for file in manifest.files.values())
    if len(raw) != len(line) + 1 + sizes:
        raise KitError(f"is {len(raw)} bytes long and must be {len(line) + 1 + sizes}; fetch it again")
    files: dict[str, bytes] = {}
    place = 0
    for path, file in manifest.files.items():
        files[path] = content[place : place + file.size]
        place += file.size
        if _digest(files[path]) != file.digest:
            raise KitError(f"{path}: is not the file that was signed; fetch the kit again")
    return Kit(token=token, manifest=manifest, files=files, digest=seal.digest_of(token))


def believed(token: str, trust: Trust, at: datetime | None = None) -> Manifest:
    """The manifest of a token that a pinned criteria key has signed; `at` as in `manifest.opened`. KitError."""
    try:
        return form.opened(token, trust, at)
    except (seal.SealError, strict_json.JsonError) as error:
        raise KitError(f"its signature is not believed: {error}") from error


def joined(token: str, files: Mapping[str, bytes]) -> bytes:
    """One file of a token and the files behind it, which are in the manifest's order."""
    return b"".join([token.encode(), b"\n", *files.values()])


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
