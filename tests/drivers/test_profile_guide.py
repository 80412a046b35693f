"""The example in docs/profiles.md is one that works."""

import re
from pathlib import Path

from drivers.profile_file import load_profile
from drivers.virtual.rehearsal import rehearse

GUIDE = Path(__file__).parents[2] / "docs" / "profiles.md"


def test_the_worked_example_reads_as_the_guide_says(tmp_path: Path) -> None:
    profile, capture = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.S)
    home = tmp_path / "example"
    (home / "captures" / "lit").mkdir(parents=True)
    (home / "profile.toml").write_text(profile)
    (home / "captures" / "lit" / "capture.toml").write_text(capture)
    (home / "captures" / "lit" / "show_version.txt").write_text("Example ONT 3.2\nOK\n")
    (home / "captures" / "lit" / "show_optics.txt").write_text("Rx level: -21.4 dBm\nOK\n")
    (made,) = rehearse(load_profile("example", tmp_path), tmp_path)
    assert made.differences == ()
