"""Kits on the disk: whatever moment the power goes, one whole kit is in force, the old one or the new one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from agent.kit import standing
from agent.kit.manifest import KitError
from agent.kit.standing import KEPT, KnownKit, Standing
from agent.kit.store import Store
from diagnostics.errors import NotAvailable
from tests.agent.conftest import Ring
from tests.agent.kit.making import kit
from tests.agent.medium import HONEST, after_the_cut, honest_moments
from tests.agent.paper_disk import PaperDisk, nth

FOLDER = Path("/state/kits")


def paper(ring: Ring, disk: PaperDisk) -> Store:
    return Store(folder=FOLDER, trust=lambda: ring.trust, disk=disk)


def titles(known: Sequence[KnownKit]) -> list[str]:
    return [each.title for each in known]


def test_whenever_the_power_goes_one_whole_kit_is_in_force_and_what_was_called_done_stays(ring: Ring) -> None:
    disk, dice = PaperDisk(), Random(9)
    store = paper(ring, disk)
    made = [kit(ring, version) for version in range(1, 6)]
    done: list[tuple[int, int]] = []  # place in the log, version that counts from there on
    for each in made:
        store.put_in_force(each, "installed")
        done.append((len(disk.log), each.manifest.version))
    store.save(store.standing().back_at(store.standing().known[0], "rolled back"))
    log, images = disk.log, 0
    for place, (sure, open_) in enumerate(honest_moments(log, disk.start)):
        least = max((version for at, version in done if at <= place), default=0)
        for fate in HONEST:
            left = paper(ring, PaperDisk(after_the_cut(sure, open_, fate, dice)))
            found = left.standing()
            assert found.highest in (least, least + 1) or place > done[-1][0]
            if found.current is not None:
                assert left.load(found.current) in made
            assert (found.current is None) == (found.highest == 0)
            images += 1
    assert images > 500


@pytest.mark.parametrize("step", ["open", "create", "write", "truncate", "sync", "rename"])
@pytest.mark.parametrize("n", range(1, 9))
def test_a_disk_that_refuses_leaves_what_was_in_force(step: str, n: int, ring: Ring) -> None:
    disk = PaperDisk()
    store = paper(ring, disk)
    store.put_in_force(kit(ring, 1), "installed")
    disk.trouble = nth(step, n, 28)
    refused = False
    try:
        store.put_in_force(kit(ring, 2), "installed")
    except NotAvailable:
        refused = True
    disk.trouble = lambda of: None
    current = store.standing().current
    assert current is not None and (current.version == 2 or (refused and current.version == 1))
    assert store.load(current).manifest.version == current.version
    store.put_in_force(kit(ring, 3), "installed")
    assert store.standing().highest == 3


def test_only_the_newest_kits_are_kept_and_the_others_leave_nothing(tmp_path: Path, ring: Ring) -> None:
    store = Store(folder=tmp_path / "kits", trust=lambda: ring.trust)
    for version in range(1, 6):
        store.put_in_force(kit(ring, version), "installed")
        store.unpacked(kit(ring, version).digest).mkdir()
    found = store.standing()
    assert titles(found.known) == ["north 3", "north 4", "north 5"] and len(found.known) == KEPT
    store.put_in_force(kit(ring, 6), "installed")
    kept = {each.digest for each in store.standing().known}
    assert {path.stem for path in store.folder.glob("*.kit")} == kept
    assert {path.name for path in store.folder.iterdir() if path.is_dir()} < kept


def test_what_lies_under_a_name_is_verified_whenever_it_is_read(tmp_path: Path, ring: Ring) -> None:
    store = Store(folder=tmp_path / "kits", trust=lambda: ring.trust)
    first, second = kit(ring, 1), kit(ring, 2)
    store.put_in_force(first, "installed")
    (known,) = store.standing().known
    path = store.path(known.digest)
    for raw, words in (
        (first.write()[:-1] + b"!", "is not the file that was signed"),
        (second.write(), "another kit lies in its place"),
        (b"", "signature is not believed"),
    ):
        path.write_bytes(raw)
        with pytest.raises(KitError, match=f"north 1: .*{words}"):
            store.load(known)
    path.unlink()
    with pytest.raises(KitError, match="north 1: cannot be read: No such file"):
        store.load(known)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\0" * 64, b'{"v":1}', b"[]", b'{"v":1,"in_force":"x"}'])
def test_a_pointer_that_cannot_be_read_means_no_kit(raw: bytes, tmp_path: Path, ring: Ring) -> None:
    store = Store(folder=tmp_path / "kits", trust=lambda: ring.trust)
    store.put_in_force(kit(ring, 1), "installed")
    (store.folder / "in_force.json").write_bytes(raw)
    assert store.standing() == Standing()


def test_the_standing_comes_back_as_it_was_written(ring: Ring) -> None:
    made = Standing().with_kit(kit(ring, 1), "a").with_kit(kit(ring, 2), "b").with_refusal("north 3", "no\x1b[31m")
    assert standing.parse(standing.write(made)) == made
    assert "\x1b" not in made.refused
    assert made.before() == made.known[0] and made.changes == 3 and made.noted == 0
    assert standing.parse(standing.write(made.told())).noted == 3
    nowhere = standing.write(replace(made, in_force="0f" * 32))
    with pytest.raises(KitError, match="in_force: must be one of the known kits"):
        standing.parse(nowhere)
