"""A real device becomes a capture that its own profile reads, without anything of its owner."""

from pathlib import Path

import pytest

from agent.cli import main
from drivers.capture import load_capture
from drivers.new_family import commands_of
from drivers.profile_file import load_profile
from drivers.virtual.ont import USERNAME, WORD, VirtualOnt
from drivers.virtual.servers import serve


def logins(folder: Path) -> str:
    """A file of log-ins."""
    path = folder / "logins.toml"
    path.write_text(
        f'[default]\nusername = "{USERNAME}"\npassword = "{WORD}"\n[family.dasan_znid]\ncommunity = "{WORD}"\n'
    )
    path.chmod(0o600)
    return str(path)


def record(folder: Path, family: str, transport: str, *words: str) -> VirtualOnt:
    """Capture the lit device of a family; the device."""
    ont = VirtualOnt(capture=load_capture(family, "lit"))
    with serve(ont, transport) as server:
        where = ["--port", str(server.port), "--transport", transport, "--logins", logins(folder), "--out", str(folder)]
        assert main(["profile", "capture", server.host, *where, *words]) == 0
    return ont


@pytest.mark.parametrize(
    ("family", "transport", "secret"),
    [
        ("huawei_wap", "telnet", "4D2A9C17"),
        ("huawei_wap", "ssh", "4D2A9C17"),
        ("dasan_znid", "snmp", "0411C7E9"),
    ],
)
def test_a_recorded_device_is_read_again_as_it_was_and_gives_nobody_away(
    family: str, transport: str, secret: str, tmp_path: Path
) -> None:
    ont = record(tmp_path, family, transport, "--family", family)
    if transport != "snmp":
        shown = [question for question in ont.asked if question.startswith("display")]
        assert len(shown) == len(set(shown)) and ont.log_outs == 1
    made, lit = load_capture(family, "lit", tmp_path), load_capture(family, "lit")
    assert made.origin == "recorded"
    assert set(made.values) == set(lit.values) and made.failures == lit.failures
    changed = {name for name in lit.values if made.values[name] != lit.values[name]}
    assert changed <= {"ont_pon_serial", "ont_equipment_serial", "ont_mac"} and changed
    text = "".join(path.read_text() for path in (tmp_path / family).rglob("*.*"))
    assert secret.lower() not in text.lower() and WORD not in text
    (tmp_path / family / "profile.toml").write_text(
        (Path(__file__).parents[2] / "firmware_profiles" / family / "profile.toml").read_text()
    )
    assert main(["profile", "test", family, "--folder", str(tmp_path)]) == 0


def test_a_new_family_starts_from_a_list_of_commands(tmp_path: Path) -> None:
    commands = tmp_path / "commands.txt"
    commands.write_text("# what the shell knows\ndisplay version\n\ndisplay optic\nlogout\n")
    ont = record(tmp_path, "huawei_wap", "telnet", "--new", "my_ont", "--commands", str(commands))
    assert ont.asked == ["display version", "display optic"] and ont.log_outs == 1
    assert "RxPower" in (tmp_path / "my_ont" / "captures" / "lit" / "display_optic.txt").read_text()
    profile = load_profile("my_ont", tmp_path)
    assert profile.identity.pattern and profile.identity.pattern.search(ont.capture.answers["display version"])
    assert load_capture("my_ont", "lit", tmp_path).spoken


@pytest.mark.parametrize(
    "command",
    ["reboot", "clear pon statistics", "flash set X 1", "rm -rf /", "cat /x; reboot", "diag", "set x", "a" * 300, ""],
)
def test_a_command_that_may_change_the_device_is_refused(command: str) -> None:
    from diagnostics.errors import BadInput

    with pytest.raises(BadInput):
        commands_of(f"{command}\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "give one ADDRESS"),
        (["127.0.0.1"], "give --family"),
        (["127.0.0.1", "--family", "huawei_wap", "--new", "x"], "give --family"),
        (["127.0.0.1", "--new", "x"], "--new needs --commands"),
        (["127.0.0.1", "--family", "no_such"], "no such family"),
    ],
)
def test_a_wrong_request_is_one_line(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "capture", *words]) in (65, 78)
    assert complaint in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "huawei_wap" / "captures" / "lit").mkdir(parents=True)
    assert main(["profile", "capture", "127.0.0.1", "--family", "huawei_wap", "--out", str(tmp_path)]) == 65
    assert "is there already" in capsys.readouterr().err
