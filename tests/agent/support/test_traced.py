"""A real station under strace, attacked: it writes only its journal and starts nothing but its known children."""

import subprocess
from pathlib import Path

import pytest

from tests.agent.support.traced import campaign


def traces() -> bool:
    """Whether this machine lets a process be traced."""
    try:
        return (
            subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode
            == 0
        )
    except OSError:
        return False


@pytest.mark.skipif(not traces(), reason="strace may trace nothing here")
def test_an_attacker_makes_a_station_neither_write_nor_start_anything_new(tmp_path: Path) -> None:
    made = campaign(tmp_path, 200, seed=4)
    assert made.judged == 200
    assert len([count for count in made.refused.values() if count]) > 8, "many kinds came"
    assert made.ran <= made.allowed
    assert made.elsewhere == {}
    assert made.strangers == {}
