"""`prooflight kit` as people use it: made, looked at, sent, installed without a daemon, and taken back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import enrolment
from agent.cli import main
from agent.commands.kit import document
from agent.criteria_shelf import Shelf
from agent.demo_files import write_demo_files
from agent.keys import load_private, new_private
from agent.kit import package
from agent.trust import load_trust
from drivers.profile_file import profiles_folder
from tests.agent.broker import mosquitto
from tests.agent.kit.making import AT, FAMILY, MINE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command line, in this process: its exit code, what it printed, and what it complained of."""

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main(list(map(str, words)))
        except SystemExit as end:  # of the argument parser
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A station and an acceptor with a criteria key that both have pinned."""
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=9, interface="lo", namespace="")
    key = new_private(tmp_path / "keys" / "criteria.key")
    enrolment.enrol(tmp_path / "trust.json", enrolment.request(key), role="criteria", name="standards")
    return tmp_path


@pytest.fixture
def folder(house: Path) -> Path:
    """What a kit is made of."""
    made = house / "in"
    shutil.copytree(profiles_folder() / FAMILY, made / "profiles" / FAMILY)
    (made / "criteria").mkdir()
    (made / "criteria" / "mine.toml").write_bytes(MINE)
    return made


def made(run: Run, house: Path, version: int, *more: object) -> Path:
    """A kit of this version, in a file; only criteria, which need no trial."""
    source = house / f"in-{version}"
    (source / "criteria").mkdir(parents=True, exist_ok=True)
    (source / "criteria" / "mine.toml").write_bytes(MINE + f"# {version}\n".encode())
    out = house / f"{version}.kit"
    key = house / "keys" / "criteria.key"
    code, _, complaint = run(
        "kit", "make", source, "--name", "north", "--version", version, "--key", key, "-o", out, *more
    )
    assert (code, complaint) == (0, "")
    return out


def test_a_kit_is_made_tried_shown_and_unpacked(run: Run, house: Path, folder: Path) -> None:
    out, key, trust = house / "a.kit", house / "keys" / "criteria.key", house / "trust.json"
    code, said, _ = run("kit", "make", folder, "--name", "north", "--version", 1, "--key", key, "-o", out)
    kit = package.load(out, load_trust(trust))
    assert (code, said) == (0, f"{out}: north 1, sha256 {kit.digest}\n")
    states = {path.split("/")[3] for path in kit.files if "/captures/" in path}
    assert states == {"lit", "dark"} and f"profiles/{FAMILY}/profile.toml" in kit.files
    code, said, _ = run("kit", "show", out, "--trust", trust)
    assert code == 0 and said.startswith(f"north 1  sha256 {kit.digest}") and "    criteria mine\n" in said
    code, said, _ = run("kit", "show", out, "--trust", trust, "--json")
    assert json.loads(said) == json.loads(json.dumps(document(kit)))
    code, _, _ = run("kit", "unpack", out, "--trust", trust, "--into", house / "criteria")
    shelf = Shelf(folder=house / "criteria" / "criteria", trust=lambda: load_trust(trust))
    assert code == 0 and shelf.load("mine").name == "mine", "an acceptor judges by what the stations got"
    assert run("kit", "unpack", out, "--trust", trust, "--into", house / "criteria")[0] == 65


def wrong_capture(folder: Path) -> None:
    path = folder / "profiles" / FAMILY / "captures" / "lit" / "capture.toml"
    path.write_text(path.read_text().replace("ont_rx_power_dbm = -", "ont_rx_power_dbm = -1", 1))


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing in it": (shutil.rmtree, "holds neither profiles/FAMILY/profile.toml nor criteria/NAME.toml"),
    "no dark capture": (
        lambda folder: shutil.rmtree(folder / "profiles" / FAMILY / "captures" / "dark"),
        f"{FAMILY}: there is no dark capture; add captures/dark/capture.toml",
    ),
    "a profile that is wrong": (
        lambda folder: (folder / "profiles" / FAMILY / "profile.toml").write_text("a = 1"),
        f"{FAMILY}/profile.toml: transports is empty",
    ),
    "criteria of ours": (
        lambda folder: (folder / "criteria" / "mine.toml").write_bytes(MINE.replace(b'"mine"', b'"cn_telecom_ftth"')),
        "comes with the software; give your own set another name",
    ),
    "a file of no place": (
        lambda folder: (folder / "profiles" / FAMILY / "captures" / "lit" / ".hidden").write_bytes(b""),
        "is no place for a profile",
    ),
    "a file too large": (
        lambda folder: (folder / "profiles" / FAMILY / "captures" / "lit" / "x").write_bytes(b"x" * 90_001),
        "is larger than 90000 bytes; shorten it",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), WRONG.values(), ids=WRONG)
def test_what_no_station_would_take_is_not_made(
    spoil: Callable[[Path], object], words: str, run: Run, house: Path, folder: Path
) -> None:
    spoil(folder)
    out = house / "a.kit"
    key = house / "keys" / "criteria.key"
    code, said, complaint = run("kit", "make", folder, "--name", "north", "--version", 1, "--key", key, "-o", out)
    assert (code, said) in ((65, ""), (78, "")) and words in complaint and complaint.count("\n") == 1
    assert not out.exists()


def test_a_station_without_a_daemon_installs_lists_and_goes_back(run: Run, house: Path) -> None:
    config = ("--config", house / "station.toml")
    assert run("kit", "list", *config)[1].startswith("no kit is in force")
    for version in (1, 2):
        code, said, _ = run("kit", "install", made(run, house, version), *config)
        assert code == 0 and f"north {version}  sha256 " in said and said.rstrip().endswith("in force")
    code, said, complaint = run("kit", "install", house / "1.kit", *config)
    assert code == 65 and "version 1 is not newer than 2" in complaint
    code, said, _ = run("kit", "rollback", *config)
    assert code == 0 and [line.split()[-1] for line in said.splitlines()] == ["force", "kept"]
    code, said, complaint = run("kit", "rollback", 7, *config)
    assert code == 65 and "version 7 is not kept here; kept: 1, 2" in complaint
    assert run("kit", "rollback", 2, *config)[0] == 0
    listed = json.loads(run("kit", "list", "--json", *config)[1])
    assert [known["version"] for known in listed["known"]] == [1, 2]
    assert listed["in_force"] == listed["known"][1]["digest"] and listed["refused"] == ""
    status = json.loads(run("status", "--json", *config)[1])
    assert status["kit"]["in_force"]["version"] == 2 and status["kit"]["waiting"] == 0
    assert "kit: north 2\n" in run("status", *config)[1]
    assert run("kit", "rollback", 0, *config)[1].count("kept") == 2


def test_a_kit_that_is_refused_after_all_ends_with_3_and_what_is_done_later_does_not(run: Run, house: Path) -> None:
    config = ("--config", house / "station.toml")
    assert run("kit", "install", made(run, house, 1), *config)[0] == 0
    raw = {f"profiles/{FAMILY}/profile.toml": b'title = "x"'}
    named: dict[str, Any] = {"name": "north", "version": 2, "software": "0.1.0", "made_at": AT}
    bad = package.make(raw, **named, key=load_private(house / "keys" / "criteria.key"))
    (house / "bad.kit").write_bytes(bad.write())
    code, said, _ = run("kit", "install", house / "bad.kit", *config)
    assert code == 3 and f"refused: north 2: {FAMILY}/profile.toml: transports is empty" in said
    assert run("kit", "rollback", *config)[0] == 0 and run("kit", "rollback", 1, *config)[0] == 0


def test_kits_are_sent_to_each_station_and_who_was_not_reached_is_told(
    run: Run, house: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = made(run, house, 1)
    config = house / "acceptor.toml"
    assert run("kit", "send", out, "--station", "s1", "--hours", 0, "--config", config)[0] == 65
    with mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        config.write_text(config.read_text().replace("port = 9\n", f"port = {broker.port}\n"))
        code, said, complaint = run("kit", "send", out, "--station", "s1", "--station", "s2", "--config", config)
    assert (code, said) == (69, "")
    assert "station s1: it never listened; send it again" in complaint and "(and 1 more stations)" in complaint
