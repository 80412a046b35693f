"""A real server asked by schemathesis whatever its document allows and forbids, the same questions each time.

Undocumented answers, 5xx, wrong requests that are taken, right ones that are not, methods without a 405: all are
faults. It runs as a process of its own, since it is made for one.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.interfaces.openapi import Document

WAIT_S = 600  # a bound on a hang, and no measure of speed
# The same questions whatever is answered, and no bound on anybody's speed.
# What a refusal of what the document forbids may be; and of what it allows: it cannot know which tokens are believed.
_CONFIG = """
[warnings]
enabled = false
[phases.stateful]
enabled = false
[phases.coverage]
extra-data-sources = { responses = false }
[phases.fuzzing]
extra-data-sources = { responses = false }
error-feedback = { enabled = false }
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 411, 413, 415, 422, 429]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 429, @]
"""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of it: the exit code, how many operations were asked and how often, and what it said."""

    code: int
    operations: int
    cases: int
    said: str


def probe(
    name: str,
    url: str,
    folder: Path,
    *,
    secrets: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    refused: int = 422,
) -> Probed:
    """Ask everything but the paths `without`, with the secrets of the document's security schemes.

    `refused` is what a server says where what it is told does not hold together, which no document can tell.
    """
    config = folder / f"{name}.toml"
    auth = "".join(f'[auth.openapi.{each}]\napi_key = "{secret}"\n' for each, secret in (secrets or {}).items())
    config.write_text(_CONFIG.replace("@", str(refused)) + auth)
    words = ["--config-file", config, "run", Document(name).path, "--url", url.rstrip("/"), "--no-color"]
    words += ["--phases", "coverage,fuzzing", "--max-examples", "4", "--generation-deterministic", "--no-shrink"]
    words += ["--request-timeout", str(WAIT_S), "--suppress-health-check", "all"]
    words += [word for path in without for word in ("--exclude-path", path)]
    command = [sys.executable, "-m", "schemathesis.cli", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=WAIT_S, check=False)
    tested, cases = re.search(r"Tested: (\d+)", done.stdout), re.search(r"(\d+) generated", done.stdout)
    said = "\n".join(line[:300] for line in (done.stdout + done.stderr).splitlines())
    return Probed(done.returncode, int(tested[1]) if tested else 0, int(cases[1]) if cases else 0, said)
