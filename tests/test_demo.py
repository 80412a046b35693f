"""The demonstration as people run it: real line, ONT, iperf3, broker and acceptor, with the verdict's exit code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from agent.demo import FAULTS, Demo
from drivers.virtual.namespace import may_make_namespaces

ROOT = Path(__file__).parents[1]
EXAMPLE = (ROOT / "agent" / "examples" / "install.json").read_text()
WITHOUT_BROADBAND = json.dumps(json.loads(EXAMPLE) | {"services": [{"type": "voice"}], "reflectors": []})

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]


def demo(tmp_path: Path, *words: str, order: str = EXAMPLE) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "order.json"
    path.write_text(order)
    command = [sys.executable, "-m", "agent.cli", "demo", "--order", str(path), *words]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)


def left_over(tmp_path: Path) -> list[str]:
    """Command lines of processes that name this demonstration's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(tmp_path) in words:
            found.append(words)
    return found


def test_a_line_as_ordered_is_accepted_and_its_work_order_closed(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verdict: ACCEPTED" in done.stdout
    assert "back office: work order closed" in done.stdout
    assert re.search(
        r"download: 9[2-4]\d\.\d Mbit/s of TCP payload = 9\d\.\d% of the order = 11\d\.\d kB/s", done.stdout
    )
    for word in ("download", "upload  "):
        assert re.search(rf"^{word}  [▁-█]{{8,}}  \d+\.\d\.\.\d+\.\d Mbit/s a second$", done.stdout, re.MULTILINE)
    assert done.stderr == ""
    assert left_over(tmp_path) == []
    bundle = re.search(r"^bundle: (.*)$", done.stdout, re.MULTILINE)
    trust = re.search(r"--trust (.*)$", done.stdout, re.MULTILINE)
    assert bundle and trust
    words = [sys.executable, "-m", "agent.cli", "verify", bundle[1], "--trust", trust[1]]
    verified = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert verified.returncode == 0, verified.stdout
    report = re.search(r"^report: (.*)$", done.stdout, re.MULTILINE)
    assert report and 'class="banner good"' in Path(report[1]).read_text()


def test_a_dark_line_is_rejected_for_the_dark_fibre(tmp_path: Path) -> None:
    done = demo(tmp_path, "--fault", "dark")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "cause 1: No light reaches the ONT" in done.stdout
    assert "rejected, work order stays open" in done.stdout


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("weak-light", "Too little light reaches the ONT"), ("wrong-serial", "This is not the ONT that was ordered")],
)
def test_a_fault_of_the_ont_is_found_whatever_was_ordered(fault: str, cause: str, tmp_path: Path) -> None:
    done = demo(tmp_path, "--fault", fault, order=WITHOUT_BROADBAND)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"cause 1: {cause}" in done.stdout


def test_a_slow_line_is_rejected_for_its_rate(tmp_path: Path) -> None:
    done = demo(tmp_path, "--fault", "slow")
    if done.returncode == 2 and "busy with other work; end it and test again" in done.stdout:
        # A machine that other work keeps busy is in no position to refuse a line, and says so.
        assert "cause 1: The test box's processor was the limit" in done.stdout
        return
    assert done.returncode == 1, done.stdout + done.stderr
    assert "cause 1: The line is shaped to another speed than ordered" in done.stdout
    assert "what a profile of 300 Mbit/s carries" in done.stdout


def test_a_result_waits_in_the_journal_while_the_broker_is_down(tmp_path: Path) -> None:
    done = demo(tmp_path, "--fault", "broker-down", order=WITHOUT_BROADBAND)
    assert done.returncode == 0, done.stdout + done.stderr
    waiting = done.stdout.index("2 records wait in the journal, nothing is lost")
    assert done.stdout.index("every record is acknowledged") > waiting
    assert "back office: work order closed" in done.stdout


def test_an_order_beyond_the_port_is_inconclusive_and_says_why(tmp_path: Path) -> None:
    done = demo(tmp_path, order=EXAMPLE.replace('"down_mbps": 1000', '"down_mbps": 2000'))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "use ports of 2.5G or more on both sides" in done.stdout
    assert "cause 1: The port is too slow to prove the ordered rate" in done.stdout
    assert "back office: for review by a person" in done.stdout


def test_an_interrupted_demonstration_leaves_an_aborted_record_and_no_process(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(EXAMPLE)
    command = [sys.executable, "-m", "agent.cli", "demo", "--order", str(path)]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True)
    assert running.stdout is not None
    while "throughput_down: started" not in (line := running.stdout.readline()):
        assert line, "the demonstration ended"
    running.terminate()
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    assert left_over(tmp_path) == []
    config = next(tmp_path.glob("prooflight-demo-*/station.toml"))
    words = [sys.executable, "-m", "agent.cli", "journal", "list", "--json", "--config", str(config)]
    listed = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)
    assert [record["tx"] for record in json.loads(listed.stdout)] == ["B", "A"]


def test_accept_prints_one_json_document_and_writes_the_bundle(tmp_path: Path) -> None:
    order = tmp_path / "order.json"
    order.write_text(WITHOUT_BROADBAND)
    made = Demo(tmp_path, FAULTS["none"])
    with made.line():
        made.start_broker()
        made.start_acceptor()
        files = ["--bundle", tmp_path / "b.json", "--svg", tmp_path / "runs.svg"]
        words = ["accept", made.issue(order), "--json", *files, "--config", made.station_config]
        command = [sys.executable, "-m", "agent.cli", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["outcome"], told["decision"].partition(" (")[0]) == ("accepted", "work order closed")
    assert told["delivery"] == "every record is acknowledged by the acceptor"
    assert json.loads((tmp_path / "b.json").read_text())["acceptance"]
    assert (tmp_path / "runs.svg").read_text().startswith("<svg ")
    for personal in ("Chen", "5555 0117", "Lakeside", "hz0571"):
        assert personal not in done.stdout + (tmp_path / "b.json").read_text()


def test_checks_run_inside_the_line_and_say_where_a_figure_comes_from(tmp_path: Path) -> None:
    made = Demo(tmp_path, FAULTS["none"])
    with made.line():
        words = ["check", "ont", "link", "port", "--json", "--config", str(made.station_config)]
        command = [sys.executable, "-m", "agent.cli", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    found = {(m["quantity"], m["index"]): m for m in json.loads(done.stdout)}
    assert found[("ont_rx_power_dbm", "")]["value"] == -18.2
    assert found[("port_speed_mbps", "")]["value"] == 1000
    assert found[("port_speed_mbps", "")]["source"] == "port speeds: station 10000 Mbit/s, ONT lan1 1000 Mbit/s"
