"""Log-ins come from a private file, one for each ONT, and are never shown."""

import json
from pathlib import Path

import pytest

from diagnostics.errors import BadConfiguration
from diagnostics.secret import Secret
from drivers.evidence import redacted
from drivers.logins import Login, load_logins

FILE = """
[default]
username = "root"
password = "hunter-default"
[family.huawei_wap]
username = "telecomadmin"
password = "hunter-family"
[family.dasan_znid]
username = "monitor"
authentication = "sha256"
authentication_key = "hunter-auth"
privacy = "aes"
privacy_key = "hunter-priv"
[serial.HWTC4D2A9C17]
username = "root"
password = "hunter-own"
"""


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "logins.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("family", "serial", "word"),
    [
        ("huawei_wap", "HWTC4D2A9C17", "hunter-own"),
        ("huawei_wap", "", "hunter-family"),
        ("other", "", "hunter-default"),
        ("", "", "hunter-default"),
    ],
)
def test_an_ont_gets_its_own_log_in_before_its_familys(family: str, serial: str, word: str, tmp_path: Path) -> None:
    found = load_logins(written(tmp_path, FILE)).find(family=family, serial=serial)
    assert found and found.password.reveal() == word


def test_there_is_never_a_second_log_in_to_try(tmp_path: Path) -> None:
    two = FILE.split("[family.huawei_wap]")[1]
    assert load_logins(written(tmp_path, "[family.huawei_wap]" + two)).find() is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="chmod 600"):
        load_logins(written(tmp_path, FILE, mode))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[default]\nuser = 'x'", "user is not a key here; did you mean username?"),
        ("[defaults]\nusername = 'x'", "defaults is not a key here; did you mean default?"),
        ("[default]\nauthentication = 'sha'", "authentication and authentication_key belong together"),
        ("[default]\nauthentication = 'rot13'\nauthentication_key = 'x'", "must be one of"),
        ("[default]\nprivacy = 'aes'\nprivacy_key = 'x'", "privacy needs authentication"),
        ("[default]\npassword = 7", "password must be a string"),
        ("nonsense", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=words) as caught:
        load_logins(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"none\.toml: cannot be read"):
        load_logins(tmp_path / "none.toml")


def test_a_secret_is_not_shown() -> None:
    login = Login(username="root", password=Secret("hunter2"), community=Secret("hunter3"))
    assert "hunter" not in f"{login} {login!r} {login.password} {[login.password]}"
    with pytest.raises(TypeError):
        json.dumps(login.password)


def test_a_log_in_survives_the_way_to_the_child() -> None:
    login = Login(username="root", password=Secret("p"), authentication="sha", authentication_key=Secret("k"))
    assert Login.from_request(json.loads(json.dumps(login.to_request()))) == login
    with pytest.raises(ValueError, match="consists of strings"):
        Login.from_request({"username": 7})


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the word hunter2 in an answer", "the word <secret> in an answer"),
        ("Password : abc def\nModel : X", "Password : <secret>\nModel : X"),
        ("GPON_PLOAM_PASSWD=0102\nMODEL=X", "GPON_PLOAM_PASSWD=<secret>\nMODEL=X"),
        ('<DM name="PSK_Key" val="abc"/>', '<DM name="PSK_Key" val="<secret>"/>'),
        ("LOID = 123", "LOID = <secret>"),
        ("RxPower : -18.2", "RxPower : -18.2"),
    ],
)
def test_what_looks_like_a_secret_is_not_kept_as_evidence(text: str, kept: str) -> None:
    assert redacted(text, ["hunter2"]) == kept
