"""A station's key in a TPM signs as any other, and never leaves it; a real software TPM answers."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent import bundle, enrolment, opening_key, seal, tpm_key
from agent.base64url import decode, encode
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.keys import KeyFileError
from agent.tpm_key import TpmError, TpmKey
from agent.trust import Trust, TrustError, load_trust, parse_trust
from agent.verification import verify
from diagnostics import criteria, strict_json
from tests.agent.acceptor.conftest import NOW, visit
from tests.agent.conftest import Ring

needs_tpm = pytest.mark.skipif(
    not shutil.which("swtpm") or not shutil.which("tpm2_sign"), reason="needs swtpm and tpm2-tools"
)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def tcti(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A software TPM of its own, fresh and started up."""
    folder, port = tmp_path_factory.mktemp("tpm"), neighbours()
    command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}", "--flags", "not-need-init,startup-clear"]
    command += ["--server", f"type=tcp,port={port}", "--ctrl", f"type=tcp,port={port + 1}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as swtpm:
        try:
            while not listens(port + 1):
                assert swtpm.poll() is None, "swtpm ended"
            yield f"swtpm:host=127.0.0.1,port={port}"
        finally:
            swtpm.kill()


def neighbours() -> int:
    """A free port whose neighbour is free as well, as the TCTI expects them.

    Below those that the system gives out: a probe of such a one may meet itself, or another test may be given it.
    """
    for port in random.Random(os.getpid()).sample(range(20000, 30000, 2), 200):
        with socket.socket() as first, socket.socket() as second, contextlib.suppress(OSError):
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port
    raise AssertionError("no two free ports")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def made(tcti: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TpmKey]:
    path = tmp_path_factory.mktemp("keys") / "own" / "station.key"
    return path, tpm_key.new(path, tcti)


def pinned(folder: Path, key: TpmKey) -> Trust:
    path = folder / "trust.jwks"
    enrolment.enrol(path, enrolment.request(key), role="station", name="station-1")
    return load_trust(path)


@needs_tpm
def test_a_key_in_a_tpm_leaves_no_secret_in_its_file(made: tuple[Path, TpmKey]) -> None:
    path, key = made
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_bytes())) == {"crv", "kty", "x", "y", "handle", "tcti"}
    assert tpm_key.load(path) == key
    assert (key.algorithm, key.held) == ("ES256", "tpm")


@needs_tpm
def test_a_station_with_such_a_key_is_enrolled_and_its_bundle_verifies(
    tmp_path: Path, made: tuple[Path, TpmKey], ring: Ring
) -> None:
    trust = pinned(tmp_path, made[1])
    with Journal(tmp_path / "journal") as journal:
        station = Chain(journal, key=tpm_key.load(made[0]), station="station-1", clock=StationClock())
        assert station.key_held == "tpm"
        visit(station)
        found = verify(bundle.collect(station, "WO-1"), trust, criteria.load, NOW)
    assert found.valid, [check for check in found.checks if check.status == "FAILED"]
    assert found.outcome == "accepted"


@needs_tpm
def test_a_signature_has_one_spelling_and_fits_nothing_else(tmp_path: Path, made: tuple[Path, TpmKey]) -> None:
    trust = pinned(tmp_path, made[1])
    token = seal.seal(b'{"seq":1}', typ=seal.RECORD, key=made[1]).token
    assert seal.open_sealed(token, typ=seal.RECORD, trust=trust).content == {"seq": 1}
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    twin = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    for other in (twin, raw[:-1], raw + b"\0", bytes(64), raw[:32] + bytes(32), raw[::-1]):
        with pytest.raises(seal.SealError) as caught:
            seal.open_sealed(f"{signed}.{encode(other)}", typ=seal.RECORD, trust=trust)
        assert caught.value.reason == "signature"


@needs_tpm
def test_a_tpm_that_is_not_there_or_holds_another_key_is_told_in_one_line(
    tmp_path: Path, tcti: str, made: tuple[Path, TpmKey]
) -> None:
    with pytest.raises(TpmError, match="refused tpm2_evictcontrol") as taken:
        tpm_key.new(tmp_path / "own" / "second.key", tcti)
    assert not (tmp_path / "own" / "second.key").exists()
    elsewhere = replace(made[1], tcti="device:/no")
    with pytest.raises(TpmError) as absent:
        elsewhere.sign(b"x")
    for caught in (taken, absent):
        assert "\n" not in str(caught.value)


@needs_tpm
def test_the_command_makes_shows_and_enrols_it(tmp_path: Path, tcti: str) -> None:
    def keys(*words: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "agent.cli", "keys", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    path = tmp_path / "own" / "box.key"
    done = keys("new", path, "--tpm", tcti, "--handle", "0x81010051")
    assert (done.returncode, done.stderr) == (0, "")
    request = tmp_path / "request"
    request.write_text(keys("show", path, "--request").stdout)
    done = keys("enrol", request, "--role", "station", "--name", "box", "--trust", tmp_path / "trust.jwks")
    assert (done.returncode, done.stderr) == (0, "")
    (key,) = load_trust(tmp_path / "trust.jwks").keys.values()
    assert (key.algorithm, key.role) == ("ES256", "station")
    other = keys("enrol", request, "--role", "reflector", "--name", "box", "--trust", tmp_path / "other.jwks")
    assert (other.returncode, other.stderr.count("\n")) == (65, 1)
    wrong = keys("new", tmp_path / "own" / "o.key", "--tpm", tcti, "--role", "order")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (65, 1)


@pytest.fixture(scope="module")
def point(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A P-256 point as a trust file states a station's."""
    key = opening_key.new_private(tmp_path_factory.mktemp("point") / "own" / "key")
    return key.public() | {"kid": key.kid, "alg": "ES256", "role": "station", "name": "station-1"}


@pytest.mark.parametrize(
    "change",
    [
        {"role": "reflector"},
        {"role": "acceptor"},
        {"alg": "Ed25519"},
        {"alg": "ECDH-ES"},
        {"crv": "P-384"},
        {"y": "A"},
    ],
)
def test_only_a_station_may_have_a_key_of_p_256(point: dict[str, str], change: dict[str, str]) -> None:
    parse_trust(strict_json.write({"keys": [point]}), "trust.jwks")
    with pytest.raises(TrustError):
        parse_trust(strict_json.write({"keys": [point | change]}), "trust.jwks")


@pytest.mark.parametrize("change", [{"handle": None}, {"d": "AA"}, {"crv": "P-384"}, {"x": "AA"}])
def test_a_spoilt_key_file_is_refused(tmp_path: Path, point: dict[str, str], change: dict[str, str | None]) -> None:
    whole = {name: point[name] for name in ("crv", "kty", "x", "y")} | {"handle": "0x81010050", "tcti": "device:/no"}
    spoilt = {name: value for name, value in (whole | change).items() if value is not None}
    path = tmp_path / "own" / "key"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(strict_json.write(spoilt))
    path.chmod(0o600)
    with pytest.raises(KeyFileError) as caught:
        tpm_key.load(path)
    assert "\n" not in str(caught.value)
