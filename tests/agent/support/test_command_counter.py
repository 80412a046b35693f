"""The number of a command rises, whatever the clock does, however many ask at once; whose files it needs is plain."""

import threading
from pathlib import Path

import pytest

from agent.config_support import load_support
from agent.support.command_counter import MOST, next_number
from agent.toml_table import ConfigError


def test_it_begins_with_the_clock_and_rises_also_when_that_goes_back(tmp_path: Path) -> None:
    file = tmp_path / "counter"
    numbers = [next_number(file, wall_ms) for wall_ms in (1000, 1000, 5000, 10, 0)]
    assert numbers == [1000, 1001, 5000, 5001, 5002]
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_at_once_never_get_the_same(tmp_path: Path) -> None:
    numbers: list[int] = []
    threads = [
        threading.Thread(target=lambda: numbers.extend(next_number(tmp_path / "counter", 5) for _ in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(5, 85))


def test_a_clock_of_another_age_leaves_room_for_ever(tmp_path: Path) -> None:
    assert next_number(tmp_path / "counter", 10**18) <= MOST // 2


@pytest.mark.parametrize("text", ["soon", "-1", "1e5", str(MOST), "٣", "\x00"])
def test_what_is_no_number_is_named_and_kept(tmp_path: Path, text: str) -> None:
    file = tmp_path / "counter"
    file.write_text(text)
    with pytest.raises(ConfigError, match="counter: holds no number"):
        next_number(file, 1)
    assert file.read_text() == text


@pytest.mark.parametrize("place", ["missing/counter", "link", "folder"])
def test_a_file_that_cannot_be_ours_is_one_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match=f"{place}: .*\\[support\\] counter"):
        next_number(tmp_path / place, 1)
    assert not (tmp_path / "elsewhere").exists()


def test_the_configuration_is_the_person_s_own_where_none_is_named(tmp_path: Path) -> None:
    own = tmp_path / ".config" / "prooflight" / "support.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[support]\nkey = "k.jwk"\ntrust = "t.jwks"\n[mqtt]\nhost = "b"\ntenant = "n"\n')
    made = load_support(None, {"HOME": str(tmp_path)})
    assert (made.key, made.counter) == (own.parent / "k.jwk", own.parent / "k.jwk.counter")
    other = tmp_path / "other.toml"
    other.write_text(own.read_text().replace('trust = "t.jwks"', 'trust = "t.jwks"\ncounter = "c"'))
    assert load_support(None, {"HOME": str(tmp_path), "PROOFLIGHT_CONFIG": str(other)}).counter == tmp_path / "c"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("[support]", "[suport]"), r"\[support\]"),
        (('key = "k.jwk"', ""), r"\[support\] key: is missing"),
        (('tenant = "n"', ""), r"\[mqtt\] tenant: is missing"),
        (('trust = "t.jwks"', 'trust = "t.jwks"\ncuonter = "c"'), "did you mean counter"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    file = tmp_path / "support.toml"
    whole = '[support]\nkey = "k.jwk"\ntrust = "t.jwks"\n[mqtt]\nhost = "b"\ntenant = "n"\n'
    file.write_text(whole.replace(*change))
    with pytest.raises(ConfigError, match=told):
        load_support(file, {})
