"""kill -9 while a kit comes in: the old or the new one is in force, whole, and after the next start the new one."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[3]
EVERY = 17  # all of them: python -m tests.agent.kit.killed_install FOLDER
MEMORY = Path("/dev/shm")  # a kill needs no disk: what the kernel was told survives it


def test_a_station_that_is_killed_at_any_call_has_one_whole_kit_in_force() -> None:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        command = [sys.executable, "-m", "tests.agent.kit.killed_install", folder, str(EVERY)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=500)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["kills"] == found["lives"] - 1 >= 20
    assert found["in force 1"] >= 5 and found["in force 2"] >= 5, "before the pointer, and behind it"
