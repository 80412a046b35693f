"""Threads of one station do the same thing at the same moment (page, test, delivery), and none harms another."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agent.disk import Disk
from agent.salts import station_salts

THREADS = 8


def at_once(act: Callable[[int], object]) -> list[object]:
    """What each of several threads gets that begin together."""
    gate = threading.Barrier(THREADS)

    def begin(number: int) -> object:
        gate.wait(60)
        return act(number)

    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        return list(threads.map(begin, range(THREADS)))


def test_all_threads_get_the_salts_of_one_secret(tmp_path: Path) -> None:
    for attempt in range(8):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        made = at_once(lambda _, folder=folder: station_salts(folder, "order")("ont_serial"))
        assert set(made) == {station_salts(folder, "order")("ont_serial")}


def test_a_file_that_many_threads_replace_is_whole_and_theirs(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    texts = [bytes([65 + number]) * 20_000 for number in range(THREADS)]
    for _ in range(8):
        at_once(lambda number: Disk().replace(path, texts[number]))
        assert path.read_bytes() in texts
    assert [each.name for each in tmp_path.iterdir()] == ["bundle.json"]
