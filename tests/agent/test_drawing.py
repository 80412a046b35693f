"""Runs are shown as they were made: blocks and bounds of their counted seconds, failures by name, all in one SVG."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent.diagnosis import announcement, diagnose, summary
from agent.drawing import Drawing, document, lines, of_acceptance, of_diagnosis, writable, write
from diagnostics.criteria import load, load_diagnosis
from diagnostics.errors import BadInput, NotAvailable
from diagnostics.filling import Filling
from diagnostics.instruments import Second, Window
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from diagnostics.trial import Trial, Way, trial_of
from tests.diagnostics.fakes import LINE, NOW, ORDERED, instruments, measured, run_at

MBIT = 125_000


def trial(*rates: float, way: Way = "down", failure: Failure | None = None) -> Trial:
    """A run of these rates in Mbit/s, one a second, its first second discarded."""
    seconds = tuple(
        Second(payload_bytes=int(rate * MBIT), us=1_000_000, omitted=place == 0) for place, rate in enumerate(rates)
    )
    return Trial(
        direction=way,
        reflector=0,
        family=4,
        discard_s=1,
        average_s=2,
        streams=8,
        congestion_control="cubic",
        started_at=NOW,
        seconds=seconds,
        failure=failure,
    )


REFUSED = Failure(kind="refused", stage="iperf3", detail="nothing listens there")


def test_a_run_is_a_line_of_blocks_with_the_bounds_of_its_counted_seconds() -> None:
    drawings = of_acceptance([trial(0, 50, 100), trial(10, 10, 10, way="up")], (), ())
    assert lines(drawings) == [
        "download  ▁▅█  50.0..100.0 Mbit/s a second",
        "upload    ███  10.0..10.0 Mbit/s a second",
    ]


def test_a_run_that_failed_says_why_and_one_that_was_repeated_has_its_number() -> None:
    drawings = of_acceptance([trial(failure=REFUSED), trial(1, 1)], (), ())
    assert lines(drawings) == [
        "download    - refused at iperf3: nothing listens there",
        "download 2  ██  1.0..1.0 Mbit/s a second",
    ]


def test_nothing_was_made_and_nothing_is_shown() -> None:
    assert lines(()) == []
    assert not list(ET.fromstring(document(())))[1:]


def test_an_acceptance_is_drawn_with_floor_and_ceiling() -> None:
    limits = load("cn_telecom_ftth").for_line(ORDERED)
    ceiling = measured("throughput_down_ceiling_mbps", 941.5)
    root = ET.fromstring(document(of_acceptance([trial(0, 930, 940)], [ceiling], limits)))
    words = list(root.itertext())
    assert {"TCP payload rate, download (Mbit/s)", "floor 921.6", "ceiling 941.5"} <= set(words)


def test_a_diagnosis_is_drawn_with_what_was_expected() -> None:
    fillings = [
        Filling(title="window down 25%", trial=trial(5, 6), expected_mbps=4.8),
        Filling(title="TCP up", trial=trial(failure=REFUSED)),
    ]
    words = set(ET.fromstring(document(of_diagnosis(fillings))).itertext())
    assert {"TCP payload rate, window down 25% (Mbit/s)", "expected 4.8"} <= words
    assert "TCP payload rate, TCP up, refused (Mbit/s)" in words


def test_a_drawing_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    write(None, ())
    write(tmp_path / "runs.svg", of_diagnosis([Filling(title="a < b", trial=trial(1, 2))]))
    assert "a < b" in "".join(ET.fromstring((tmp_path / "runs.svg").read_text()).itertext())


def test_a_place_that_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    writable(None)
    writable(tmp_path / "runs.svg")
    for path in (tmp_path, tmp_path / "no" / "runs.svg"):
        with pytest.raises(BadInput, match="cannot be written"):
            writable(path)
    with pytest.raises(NotAvailable, match="--svg"):
        write(tmp_path, [Drawing(title="run", trial=trial(1, 2))])


def test_a_diagnosis_is_summed_up_with_its_window_scan() -> None:
    made = diagnose(LINE, instruments(down=run_at(100), up=run_at(100)), load_diagnosis())
    told = summary(made.measurements)
    assert told[:3] == [
        "idle round trip (ms): 1",
        "bandwidth (Mbit/s): down 100, up 100",
        "bandwidth-delay product (B): down 12500, up 12500",
    ]
    assert told[3] == "window down 25%: 3125 B, expected 25 Mbit/s, carried - not_applicable"
    assert told[-1] == "window up 150%: 18750 B, expected 100 Mbit/s, carried 100"
    assert len(told) == 3 + 10


def test_a_diagnosis_says_before_how_long_it_takes() -> None:
    told = announcement(LINE, load_diagnosis())
    assert told.startswith("diagnosis after RFC 6349 over lan0 to 198.18.0.9 port 5201: about 2 min 4")


def test_a_diagnosis_is_never_signed() -> None:
    made = diagnose(LINE, instruments(), load_diagnosis()).to_json()
    assert (made["signed"], made["outcome"]) == (False, "accepted")
    assert [run["title"] for run in made["runs"][:3]] == ["bandwidth down", "bandwidth up", "TCP down"]


def test_a_trial_keeps_what_the_engine_said() -> None:
    window = Window(discard_s=0, average_s=10, streams=1)
    made = trial_of(run_at(8), direction="up", reflector=0, family=4, window=window, started_at=NOW)
    assert lines([Drawing(title="run", trial=made)]) == ["run  ██████████  8.0..8.0 Mbit/s a second"]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("198.18.0.9", "198.18.0.9", 5201),
        ("198.18.0.9:5300", "198.18.0.9", 5300),
        ("reflector.example", "reflector.example", 5201),
        ("reflector.example:1", "reflector.example", 1),
        ("2001:db8::9", "2001:db8::9", 5201),
        ("[2001:db8::9]", "2001:db8::9", 5201),
        ("[2001:db8::9]:5300", "2001:db8::9", 5300),
        ("::ffff:198.18.0.9", "::ffff:198.18.0.9", 5201),
    ],
)
def test_a_reflector_is_read_as_people_write_it(text: str, host: str, port: int) -> None:
    assert Reflector.parse(text) == Reflector(host=host, port=port)


@pytest.mark.parametrize(
    "text", ["", ":5201", "host:", "host:0", "host:65536", "host:http", "-x", "a b", "[::1", "a/b:1", "h:٣"]
)
def test_what_is_no_reflector_says_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="is not a reflector; write HOST, HOST:PORT or"):
        Reflector.parse(text)
