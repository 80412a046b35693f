"""A profile that is wrong is refused in one line that names file, key and remedy."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.profile_file import ProfileError, load_profile
from drivers.toml_table import TableError

GOOD = """
title = "A family"
transports = ["telnet", "snmp"]
sources = ["a page"]
[dialogue]
login = 'login:'
password = 'Password:'
prompt = '# '
last = ["exit"]
never = ['^reboot']
[identify]
sys_descr = '^X'
[rows.lan]
oid = "1.3.6.1.2.1.2.2.1.2"
pattern = '^eth(\\d)$'
[read.ont_model]
command = "version"
pattern = 'model (.*)'
[read.ont_lan_speed_mbps]
oid = "1.3.6.1.2.1.31.1.1.1.15"
rows = "lan"
[[firmware]]
software = '^V2'
[firmware.read.ont_model]
command = "show version"
pattern = 'Model: (.*)'
"""


def load(folder: Path, text: str) -> str:
    """The complaint about a profile, empty where there is none."""
    home = folder / "family"
    home.mkdir(exist_ok=True)
    (home / "profile.toml").write_text(text)
    try:
        load_profile("family", folder)
    except ProfileError as error:
        return str(error)
    return ""


def test_a_good_profile_is_loaded_and_a_firmware_changes_only_what_it_names(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD) == ""
    profile = load_profile("family", tmp_path)
    assert profile.for_software("V1").readings["ont_model"].command == "version"
    newer = profile.for_software("V2.1").readings
    assert newer["ont_model"].command == "show version"
    assert newer["ont_lan_speed_mbps"] == profile.readings["ont_lan_speed_mbps"]
    assert profile.questions() == ("version", "walk 1.3.6.1.2.1.31.1.1.1.15", "walk 1.3.6.1.2.1.2.2.1.2")


COMPLAINTS = {
    "mistyped quantity": ("[read.ont_model]", "[read.ont_rx_powr_dbm]",
        "family/profile.toml: [read.ont_rx_powr_dbm] is not a quantity; did you mean ont_rx_power_dbm?"),
    "a quantity of another floor": ("[read.ont_model]", "[read.throughput_down_mbps]", "is not a quantity"),
    "mistyped key": ("pattern = 'model (.*)'", "patern = 'model (.*)'", "did you mean pattern?"),
    "unknown key": ("sources =", "colour = 'red'\nsources =", "colour is not a key here"),
    "unknown transport": ('"telnet", "snmp"', '"telnet", "snpm"', "did you mean snmp?"),
    "no transport": ('["telnet", "snmp"]', "[]", "transports is empty"),
    "command and oid": ('command = "version"', 'command = "version"\noid = "1.3.6"', "exactly one of command and oid"),
    "neither": ('command = "version"\n', "", "exactly one of command and oid"),
    "command without pattern": ("pattern = 'model (.*)'", "", "pattern is missing"),
    "pattern without group": ("'model (.*)'", "'model .*'", "catches nothing"),
    "pattern with only a row": ("'model (.*)'", "'model (?P<row>.*)'", "catches nothing"),
    "broken pattern": ("'model (.*)'", "'model (.*'", "is not a regular expression"),
    "repeated repeat": ("'model (.*)'", "'model ((?:a+)+)'", "repeats a group that repeats"),
    "endless pattern": ("'model (.*)'", f"'({'a' * 400})'", "longer than 300"),
    "rows without row": ("pattern = 'model (.*)'", "pattern = 'model (.*)'\nrows = 'lan'", "(?P<row>...)"),
    "rows nobody names": ('rows = "lan"', 'rows = "wan"', "there is no [rows.wan]"),
    "unknown conversion": ("pattern = 'model (.*)'", "pattern = '(.)'\nconvert = 'serial'", "is not a conversion"),
    "scale of a text": ("pattern = 'model (.*)'", "pattern = '(.)'\nscale = 2", "belong to numbers"),
    "scale as text": ('rows = "lan"', 'rows = "lan"\nscale = "2"', "scale must be a number"),
    "scale as flag": ('rows = "lan"', 'rows = "lan"\nscale = true', "scale must be a number"),
    "not an OID": ('"1.3.6.1.2.1.31.1.1.1.15"', '"ifHighSpeed"', "must be an OID in digits"),
    "asks what is never asked": ('command = "version"', 'command = "reboot"', "dialogue.never forbids it"),
    "no log-out": ('last = ["exit"]', "", "log-out command"),
    "first_at without first": ('last = ["exit"]', "last = ['exit']\nfirst_at = '[$]'", "and first is missing"),
    "odd line end": ('last = ["exit"]', 'last = ["exit"]\nnewline = "x"', "newline must be"),
    "nothing to know it by": ("sys_descr = '^X'", "", "says nothing to recognise the family by"),
    "half an identity": ("sys_descr = '^X'", "command = 'version'", "belong together"),
    "an OID without snmp": ('"telnet", "snmp"', '"telnet"', "transports lacks snmp"),
    "not TOML": ("title =", "title", "is not TOML"),
    "firmware not a list": ("[[firmware]]", "[firmware]", "must be a list of tables"),
    "wrong type": ('sources = ["a page"]', "sources = 3", "must be a list of strings"),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_wrong_profile_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    old, new, words = COMPLAINTS[name]
    assert old in GOOD
    complaint = load(tmp_path, GOOD.replace(old, new, 1))
    assert words in complaint
    assert complaint.startswith("family/profile.toml: ")
    assert "\n" not in complaint


def test_states_must_be_states_of_the_quantity(tmp_path: Path) -> None:
    text = GOOD.replace("[[firmware]]", "[read.ont_optical_link]\noid = '1.3.6'\nstates = { ok = 'upp' }\n[[firmware]]")
    assert "[read.ont_optical_link] states: upp is not a state of ont_optical_link" in load(tmp_path, text)


@pytest.mark.parametrize("name", ["../etc", "Family", "", "x" * 80, "no_such"])
def test_a_family_that_is_not_there_is_said_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="there is no such family"):
        load_profile(name, tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_profile_is_loaded_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(GOOD) - 1))
    noise = data.draw(st.text(max_size=12))
    complaint = load(tmp_path_factory.getbasetemp(), GOOD[:at] + noise + GOOD[at + data.draw(st.integers(0, 12)) :])
    assert "\n" not in complaint


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "profile.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match="is not TOML"):
        load_profile("family", tmp_path)
