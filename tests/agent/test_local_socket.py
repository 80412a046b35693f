"""The daemon's door on its own machine: one question, one answer; nobody else comes in, and nonsense harms nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.local_socket import Refused, ask, listening
from agent.visit_facts import VisitError
from diagnostics.errors import NotAvailable


def answer(question: dict[str, Any]) -> dict[str, Any]:
    if question["verb"] == "refuse":
        raise VisitError("stars: must be a whole number from 1 to 5")
    return {"asked": question}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    deep = tmp_path / ("a-name-that-is-longer-than-a-socket-may-be-" * 4)
    deep.mkdir(mode=0o700)
    with listening(deep, answer):
        yield deep


def test_a_question_is_answered_however_long_the_folder_is_called(folder: Path) -> None:
    question = {"verb": "status", "photograph": "x" * (5 << 20)}
    assert ask(folder, question, 1.0) == {"asked": question}
    assert (folder / "daemon.socket").stat().st_mode & 0o777 == 0o600


def test_a_refusal_keeps_its_words_and_its_exit_code(folder: Path) -> None:
    with pytest.raises(Refused, match="stars: must be") as caught:
        ask(folder, {"verb": "refuse"}, 1.0)
    assert caught.value.exit_code == 65


def test_where_no_daemon_listens_there_is_no_answer(tmp_path: Path) -> None:
    assert ask(tmp_path, {"verb": "status"}, 1.0) is None
    assert ask(tmp_path / "nothing", {"verb": "status"}, 1.0) is None
    with listening(tmp_path, answer):
        pass
    assert ask(tmp_path, {"verb": "status"}, 1.0) is None


def test_what_a_dead_daemon_left_is_no_obstacle(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "daemon.socket"))
    assert ask(tmp_path, {"verb": "status"}, 1.0) is None
    with listening(tmp_path, answer):
        assert ask(tmp_path, {"verb": "status"}, 1.0)


@pytest.mark.parametrize("raw", [b"", b"\n", b"[]", b"{}", b"nonsense", b"\xff" * 99, b'{"verb": 7', b"null"])
def test_nonsense_is_refused_and_the_next_one_answered(raw: bytes, tmp_path: Path) -> None:
    with listening(tmp_path, answer):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(str(tmp_path / "daemon.socket"))
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            assert json.loads(line.recv(4096))["exit_code"] == 69
        assert ask(tmp_path, {"verb": "status"}, 1.0) == {"asked": {"verb": "status"}}


def test_a_daemon_that_ends_in_the_middle_is_told_so(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "daemon.socket"))
        silent.listen(1)

        def hang_up() -> None:
            silent.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotAvailable, match="does not answer"):
            ask(tmp_path, {"verb": "status"}, 1.0)
        thread.join(60)
