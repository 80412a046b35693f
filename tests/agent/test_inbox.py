"""Orders are taken oldest first and each once; what is no order lies beside its reason, and nothing is deleted."""

import os
import tracemalloc
from pathlib import Path

from agent.assignment import Assignment
from agent.inbox import Inbox, Refusal
from agent.trust import Trust

EXAMPLES = Path(__file__).parents[2] / "agent" / "examples"


def put(inbox: Inbox, name: str, raw: bytes, age_s: int = 0) -> None:
    path = inbox.folder / name
    path.write_bytes(raw)
    os.utime(path, (1_000_000 - age_s, 1_000_000 - age_s))


def test_orders_come_out_oldest_first_and_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    put(inbox, "a.json", (EXAMPLES / "move.json").read_bytes(), age_s=1)
    put(inbox, "b.json", (EXAMPLES / "install.json").read_bytes(), age_s=9)
    taken = [inbox.take(Trust), inbox.take(Trust), inbox.take(Trust)]
    assert [order and isinstance(order, Assignment) and order.order.ordered.kind for order in taken] == [
        "install",
        "move",
        None,
    ]
    assert len(list((tmp_path / "orders").iterdir())) == 2


def test_a_file_that_is_not_whole_yet_is_left_alone(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    put(inbox, "a.json.part", b"{")
    assert inbox.take(Trust) is None


def test_what_is_no_order_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    put(inbox, "a.json", b"{}")
    refused = inbox.take(Trust)
    assert isinstance(refused, Refusal) and "services: is missing" in refused.reason
    assert (tmp_path / "refused" / "a.json").read_bytes() == b"{}"
    assert "services" in (tmp_path / "refused" / "a.json.reason").read_text()
    assert inbox.take(Trust) is None


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    with (inbox.folder / "a.json").open("wb") as file:
        file.truncate(8 << 30)  # sparse: it takes no room on the disk, and would take 8 GiB of memory
    tracemalloc.start()
    try:
        refused = inbox.take(Trust)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert isinstance(refused, Refusal) and "larger than 1 MiB" in refused.reason


def test_a_dangling_link_is_refused_and_does_not_stop_the_others(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    (inbox.folder / "a.json").symlink_to(tmp_path / "nowhere")
    assert isinstance(inbox.take(Trust), Refusal)
    assert inbox.take(Trust) is None


def test_an_order_that_comes_twice_by_message_waits_once(tmp_path: Path) -> None:
    inbox, raw = Inbox(tmp_path), (EXAMPLES / "move.json").read_bytes()
    inbox.put(raw)
    assert isinstance(inbox.take(Trust), Assignment)
    Inbox(tmp_path).put(raw)
    assert inbox.take(Trust) is None
