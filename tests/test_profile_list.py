"""The table of families says of every capture where it comes from, and promises nothing of a constructed one."""

import json
from pathlib import Path

import pytest

from agent.cli import main
from drivers.capture import load_capture, states
from drivers.profile_file import families


def test_the_table_has_every_family_with_its_captures_by_origin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == list(families())
    assert all(line.startswith("| ") and line.endswith(" |") and line.count(" | ") == 3 for line in lines[2:])
    assert not [line for line in lines if "works" in line]
    for line, family in zip(lines[2:], families(), strict=True):
        for state in states(family):
            origin = load_capture(family, state).origin
            (found,) = [part for part in line.rpartition(" | ")[2].split("; ") if part.startswith(f"{origin}: ")]
            assert state in found.strip(" |").removeprefix(f"{origin}: ").split(", ")


def test_as_json_each_capture_has_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list", "huawei_wap", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["profiles"]
    assert row["captures"]["lit"] == "constructed"


def test_the_readme_shows_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    assert capsys.readouterr().out.strip() in (Path(__file__).parents[1] / "README.md").read_text()
