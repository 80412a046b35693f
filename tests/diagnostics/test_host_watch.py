"""The station watched: what its files say once a second, nothing made up where they say nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.child import Bounds, run_child
from diagnostics.host import HostChild
from diagnostics.host_watch import Jiffies, celsius, cores, shares, throttling
from diagnostics.measurement import Failure

STAT = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 100 20 30 800 50 0 10 0 0 0\ncpu1 0 0 0 1000 0 0 0 0 0 0\nintr 5 1\n"
NET = "Inter-|   Receive\n face |bytes\n  lan0: 1000 10 1 0 0 0 0 0 2000 20 2 0 0 0 0 0\n"


def tree(root: Path, files: dict[str, str]) -> Path:
    """A made root directory."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_cores_are_read_one_by_one() -> None:
    assert cores(STAT) == {
        "cpu0": Jiffies(busy=160, softirq=10, total=1010),
        "cpu1": Jiffies(busy=0, softirq=0, total=1000),
    }


def test_shares_are_those_of_the_time_between_two_readings() -> None:
    before = {"cpu0": Jiffies(busy=100, softirq=0, total=1000), "cpu1": Jiffies(busy=0, softirq=0, total=1000)}
    after = {"cpu0": Jiffies(busy=195, softirq=10, total=1100), "cpu1": Jiffies(busy=25, softirq=0, total=1100)}
    assert shares(before, after) == ([950, 250], [100, 0])


@pytest.mark.parametrize("passed", [0, 5, -50])
def test_two_readings_too_near_to_each_other_say_nothing(passed: int) -> None:
    before = {"cpu0": Jiffies(busy=100, softirq=0, total=1000)}
    assert shares(before, {"cpu0": Jiffies(busy=100, softirq=0, total=1000 + passed)}) == ([], [])
    assert shares({}, before) == ([], [])


@given(st.text(alphabet="cpu0123456789 \n-.x\0²", max_size=80))
def test_garbage_in_proc_stat_is_passed_over(text: str) -> None:
    made = cores(text + "\n" + STAT)
    assert made["cpu1"] == Jiffies(busy=0, softirq=0, total=1000)
    shares(made, made)


FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
ALARM = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, None),
        ({FIRMWARE: "0\n"}, "none"),
        ({FIRMWARE: "50000\n"}, "none"),  # since boot, not now
        ({FIRMWARE: "50005\n"}, "under_voltage"),
        ({FIRMWARE: "2\n"}, "throttled"),
        ({FIRMWARE: "8\n"}, "throttled"),
        ({FIRMWARE: "what\n"}, None),
        ({FIRMWARE: ""}, None),
        ({"sys/class/hwmon/hwmon1/name": "rpi_volt\n", ALARM: "1\n"}, "under_voltage"),
        ({"sys/class/hwmon/hwmon1/name": "rpi_volt\n", ALARM: "0\n"}, "none"),
        ({"sys/class/hwmon/hwmon1/name": "nct6775\n", ALARM: "1\n"}, None),
        ({"sys/class/hwmon/hwmon1/name": "rpi_volt\n", ALARM: "0\n", FIRMWARE: "4\n"}, "throttled"),
    ],
)
def test_a_pi_tells_of_its_voltage_and_clock_and_other_machines_do_not(
    files: dict[str, str], told: str | None, tmp_path: Path
) -> None:
    assert throttling(tree(tmp_path, files)) == told


@pytest.mark.parametrize(
    ("temperatures", "told"),
    [([], None), (["51250\n", "48000\n"], 51.25), (["x"], None), (["999999999", "40000"], 40.0)],
)
def test_the_hottest_zone_counts(temperatures: list[str], told: float | None, tmp_path: Path) -> None:
    files = {f"sys/class/thermal/thermal_zone{n}/temp": text for n, text in enumerate(temperatures)}
    assert celsius(tree(tmp_path, files)) == told


def watched(root: Path, interface: str, samples: int) -> list[dict[str, Any]]:
    """What the child prints until it has printed so many samples, and then at its end."""
    heard: list[dict[str, Any]] = []
    ending = run_child(
        "diagnostics.host_watch",
        {"interface": interface, "root": str(root)},
        bounds=Bounds(deadline_s=30),
        on_line=heard.append,
        until=lambda: len(heard) >= samples,
    )
    assert ending.kind == "done", ending
    return heard


def test_the_child_samples_at_its_beginning_and_once_more_at_its_end(tmp_path: Path) -> None:
    root = tree(tmp_path, {"proc/stat": STAT, "proc/net/dev": NET, FIRMWARE: "1\n"})
    first, *_, last = heard = watched(root, "lan0", 1)
    assert len(heard) >= 2
    assert last["at_s"] > first["at_s"]
    for sample in heard:
        assert {**sample, "at_s": 0} == {
            "at_s": 0,
            **{"rx_bytes": 1000, "tx_bytes": 2000, "rx_packets": 10, "tx_packets": 20},
            **{"busy": [], "softirq": [], "throttling": "under_voltage", "celsius": None},
        }


def test_an_interface_that_is_not_there_is_named(tmp_path: Path) -> None:
    (told,) = watched(tree(tmp_path, {"proc/stat": STAT, "proc/net/dev": NET}), "lan9", 1)
    assert told == {"missing": "interface lan9: No such device"}
    made = HostChild().watch("no-such0", until=lambda: False, deadline_s=20, on_sample=lambda: None)
    assert isinstance(made, Failure) and "no-such0" in made.detail


def test_this_machine_can_be_watched() -> None:
    told: list[None] = []
    made = HostChild().watch("lo", until=lambda: len(told) >= 2, deadline_s=30, on_sample=lambda: told.append(None))
    assert not isinstance(made, Failure), made
    assert json.dumps([sample.busy for sample in made])
    whole = next(sample for sample in made[1:] if sample.busy)
    assert len(whole.busy) == len(whole.softirq) >= 1
    assert all(0 <= share <= 1000 for share in (*whole.busy, *whole.softirq))
    assert [s.rx_bytes for s in made] == sorted(s.rx_bytes for s in made)


def test_a_watch_that_is_never_told_to_end_ends_with_its_deadline() -> None:
    made = HostChild().watch("lo", until=lambda: False, deadline_s=1.5, on_sample=lambda: None)
    assert isinstance(made, Failure) and "deadline" in made.detail
