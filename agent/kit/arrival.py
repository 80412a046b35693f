"""A kit as it goes by MQTT: first its manifest, then its files, a message each; taken in by the thread that delivers.

No file is kept that a believed manifest does not name, by digest and size, and only one kit arrives at a time; so a
stranger on the broker can fill nothing. Once all is there it waits for the thread that tests.
"""

import hashlib
import shutil
from pathlib import Path

from agent import seal
from agent.base64url import Base64Error, decode, encode
from agent.disk import complaint
from agent.fields import Fields
from agent.kit import checks, package
from agent.kit.courier import Kits
from agent.kit.manifest import MOST_FILE_BYTES, KitError, Manifest
from agent.kit.package import Kit
from agent.kit.store import Store
from agent.kit.use import told
from agent.kit.waiting import Waiting
from agent.record_form import digest as digest_in
from agent.trust import TrustError
from diagnostics import strict_json

_MANIFEST = "manifest"
_MESSAGE_BYTES = MOST_FILE_BYTES * 4 // 3 + 256


def heard_of(state_dir: Path, store: Store) -> Kits:
    """What delivery has to do with a station's kits."""
    return Kits(take=Arrival(store).take, told=lambda: told(state_dir))


def messages(kit: Kit) -> list[bytes]:
    """What goes over the broker for a kit, in this order."""
    files = {file.digest: kit.files[path] for path, file in kit.manifest.files.items()}
    parts = ({"digest": digest, "content": encode(raw)} for digest, raw in files.items())
    return [kit.token.encode(), *(strict_json.write(part) for part in parts)]


def _file(payload: bytes) -> tuple[str, bytes]:
    """The file that a message brings, by its digest; KitError where it is another one."""
    try:
        root = Fields(strict_json.parse_object(payload, size=_MESSAGE_BYTES), "", KitError)
        root.exactly("digest", "content", of="of a kit's file")
        named, content = digest_in(root, "digest"), decode(root.text("content", "", longest=_MESSAGE_BYTES))
    except (strict_json.JsonError, Base64Error) as error:
        raise KitError(f"a file of it cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != named:
        raise KitError(f"the file {named[:12]} is not the one that was signed")
    return named, content


class Arrival:
    """The one kit that is on its way here; what it has of it survives a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = store.folder / "arriving"
        self._waiting = Waiting(store.folder, store.disk)

    def take(self, payload: bytes) -> str:
        """Take a manifest, or a file; what there is to tell, empty where nothing."""
        try:
            return self._take_file(payload) if payload.startswith(b"{") else self._take_manifest(payload)
        except (KitError, TrustError) as error:
            return f"a kit is let go: {error}"
        except OSError as error:
            return f"a kit could not be saved: {complaint(error, 'make state_dir writable')}; send it again"

    def _take_manifest(self, payload: bytes) -> str:
        if len(payload) > seal.TOKEN_LENGTH:
            raise KitError("its manifest is too long")
        token = payload.decode("ascii", errors="replace")
        manifest = package.believed(token, self._store.trust())
        standing = self._store.standing()
        if seal.digest_of(token) == standing.in_force:
            return ""
        checks.check_newer(manifest, standing.highest)
        checks.check_software(manifest)
        self._check_newest(manifest)
        if payload != self._stored():
            self._forget()
            self._store.disk.make_directories(self._folder)
            self._store.disk.replace(self._folder / _MANIFEST, payload)
        return self._completed(manifest) or f"kit {manifest.name} {manifest.version} is arriving"

    def _check_newest(self, manifest: Manifest) -> None:
        """Refuse what is older than a kit that is on its way; KitError."""
        known = self._on_its_way()
        if known is not None and known.version > manifest.version:
            raise KitError(f"version {manifest.version}: a newer one is on its way")

    def _on_its_way(self) -> Manifest | None:
        """The manifest of the kit that is on its way; None where there is none that is believed."""
        stored = self._stored()
        if stored is None:
            return None
        try:
            return package.believed(stored.decode("ascii", errors="replace"), self._store.trust())
        except KitError:
            return None

    def _take_file(self, payload: bytes) -> str:
        manifest = self._on_its_way()
        if manifest is None:
            return ""  # of a kit that is here already, or of none
        digest, content = _file(payload)
        if digest not in {file.digest for file in manifest.files.values()}:
            return ""
        self._store.disk.replace(self._folder / digest, content)
        return self._completed(manifest)

    def _completed(self, manifest: Manifest) -> str:
        """Let the kit on its way wait to be taken into use, if all of it is here."""
        files: dict[str, bytes] = {}
        for path, file in manifest.files.items():
            place = self._folder / file.digest
            if self._store.disk.length(place) != file.size:
                return ""
            files[path] = self._store.disk.read(place)
        token = (self._stored() or b"").decode("ascii")
        self._waiting.put_kit(package.joined(token, files), seal.digest_of(token))
        self._forget()
        return f"kit {manifest.name} {manifest.version} has arrived, and is tried when nothing is tested"

    def _stored(self) -> bytes | None:
        path: Path = self._folder / _MANIFEST
        if self._store.disk.length(path) is None:
            return None
        return self._store.disk.read(path, size=seal.TOKEN_LENGTH + 1)

    def _forget(self) -> None:
        """Let go of what has come; the manifest first, so that no file is kept without one."""
        self._store.disk.remove(self._folder / _MANIFEST)
        shutil.rmtree(self._folder, ignore_errors=True)
