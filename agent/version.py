"""The version of this software, from the file that the build reads too."""

from pathlib import Path

VERSION = (Path(__file__).parent / "VERSION").read_text().strip()
