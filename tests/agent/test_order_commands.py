"""Orders are signed, sent, worked on and withdrawn by the commands of the two houses, over files and a real broker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import enrolment
from agent.acceptor.dispatch import NotSent, send
from agent.config_broker import MqttSettings
from agent.demo_files import write_demo_files
from agent.keys import load_private, new_private
from tests.agent.broker import Broker, mosquitto
from tests.agent.orders import RAW
from tests.agent.qr_reader import read_qr
from tests.peers import free_port

VOICE = json.loads(RAW) | {"services": [{"type": "voice"}], "reflectors": []}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, broker: Broker) -> Path:
    """A folder with a station, an acceptor and a work order without broadband."""
    folder = tmp_path / "house"
    folder.mkdir()
    write_demo_files(folder, station="s1", tenant="north", broker_port=broker.port, interface="lo", namespace="")
    (folder / "order.json").write_text(json.dumps(VOICE))
    return folder


def command(house: Path, who: str, *words: object) -> list[str]:
    return [sys.executable, "-m", "agent.cli", *map(str, words), "--config", str(house / f"{who}.toml")]


def prooflight(house: Path, who: str, *words: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(house, who, *words), capture_output=True, text=True, check=False, timeout=60)


def issue(house: Path, *words: object) -> "subprocess.CompletedProcess[str]":
    return prooflight(house, "acceptor", "acceptor", "order", "issue", house / "order.json", *words)


def test_an_order_goes_from_the_back_office_to_a_verified_bundle_by_file(house: Path) -> None:
    signed, bundle = house / "signed.json", house / "bundle.json"
    picture = house / "order.svg"
    done = issue(house, "--station", "s1", "--attempts", 1, "--out", signed, "--qr", picture)
    assert (done.returncode, done.stderr) == (0, "")
    reference = done.stdout.splitlines()[-2]
    assert reference.startswith("prooflight:order:WO-2026-000117:")
    assert read_qr(picture.read_bytes()) == reference
    accept = ("accept", signed, "--wait", "0", "--bundle", bundle)
    assert prooflight(house, "station", *accept).returncode == 2
    used = prooflight(house, "station", *accept)
    assert (used.returncode, used.stderr.count("\n")) == (65, 1)
    assert "allows 1 attempts, all are used" in used.stderr
    told = json.loads(
        subprocess.run(
            [sys.executable, "-m", "agent.cli", "verify", bundle, "--trust", house / "trust.json", "--json"],
            capture_output=True,
            check=False,
        ).stdout
    )
    checks = {check["name"]: check["words"] for check in told["checks"] if check["status"] == "OK"}
    assert checks["anchor"] == "signed by demo-tickets, and kept to"
    journal = json.loads(prooflight(house, "station", "journal", "verify", "--json").stdout)
    assert not [fault for fault in journal["faults"] if "evidence" not in fault]


@pytest.mark.parametrize(
    ("change", "words", "code", "told"),
    [
        ("", ["--station", "s1", "--attempts", "0"], 65, "attempts: must be a whole number"),
        ("", ["--station", "s1", "--hours", "-1"], 65, "--hours: must be more than 0"),
        ("", ["--attempts", "1"], 64, "--station"),
        ("order_key = ", ["--station", "s1"], 78, "order_key is needed"),
    ],
)
def test_what_cannot_be_issued_is_one_line(house: Path, change: str, words: list[str], code: int, told: str) -> None:
    config = house / "acceptor.toml"
    config.write_text("\n".join(line for line in config.read_text().splitlines() if not change or change not in line))
    done = issue(house, *words)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert told in done.stderr


def test_an_order_is_sent_to_a_serving_station_and_withdrawn_again(house: Path) -> None:
    serving = subprocess.Popen(
        command(house, "station", "serve"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        hear(serving, "serving: put work orders into")
        sent = issue(house, "--station", "s1", "--send")
        while sent.returncode:  # it has not subscribed yet
            assert "never listened" in sent.stderr, sent.stderr
            sent = issue(house, "--station", "s1", "--send")
        hear(serving, "WO-2026-000117: testing")
        hear(serving, "WO-2026-000117: inconclusive")
        withdrawn = prooflight(
            house, "acceptor", "acceptor", "order", "revoke", "WO-2026-000117", "--reason", "moved", "--send"
        )
        assert (withdrawn.returncode, withdrawn.stderr) == (0, "")
        hear(serving, "was revoked: moved")
    finally:
        serving.kill()
        serving.communicate()


def hear(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout is not None
    while words not in (line := process.stdout.readline()):
        assert line, f"the station ended: {process.stderr and process.stderr.read()}"


def test_a_revoked_order_is_refused_also_when_the_revocation_came_as_a_file(house: Path) -> None:
    signed, revoked = house / "signed.json", house / "revoked.json"
    assert issue(house, "--station", "s1", "--out", signed).returncode == 0
    words = ("acceptor", "order", "revoke", "WO-2026-000117", "--reason", "wrong house", "--out", revoked)
    assert prooflight(house, "acceptor", *words).returncode == 0
    assert prooflight(house, "station", "accept", revoked).returncode == 0
    done = prooflight(house, "station", "accept", signed, "--wait", "0")
    assert (done.returncode, done.stderr.count("\n")) == (65, 1)
    assert "was revoked: wrong house" in done.stderr
    again = prooflight(house, "acceptor", *words)
    assert (again.returncode, again.stderr.count("\n")) == (65, 1)


def test_an_order_that_the_broker_does_not_take_is_told(broker: Broker) -> None:
    with pytest.raises(NotSent, match="station s9: it never listened; hand the order over as a file"):
        send(broker.settings, {"s9": b"{}"}, expiry_s=60)
    with pytest.raises(NotSent, match="hand the order over as a file"):
        send(MqttSettings(host="127.0.0.1", port=free_port(), tenant="north"), {"s9": b"{}"}, expiry_s=60)


def test_a_repair_brings_the_installation_that_a_person_accepted_and_its_station_compares(house: Path) -> None:
    circuit = {"resource": VOICE["resource"] | {"circuit": "C-571-0042"}}
    for name, kind in (("WO-1", "install"), ("WO-2", "repair")):
        (house / f"{kind}.json").write_text(json.dumps(VOICE | circuit | {"id": name, "kind": kind}))
    config = house / "acceptor.toml"
    config.write_text(config.read_text().replace("order_key", 'circuits_key = "circuits.key"\norder_key', 1))
    reviewer, trust = house / "keys" / "reviewer.key", house / "trust.json"
    new_private(reviewer)
    enrolment.enrol(trust, enrolment.request(load_private(reviewer)), role="reviewer", name="Ma Li")

    def order(kind: str) -> tuple[str, Path]:
        out = house / f"{kind}.signed.json"
        words = ("acceptor", "order", "issue", house / f"{kind}.json", "--station", "s1", "--out", out)
        done = prooflight(house, "acceptor", *words)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout, out

    told, signed = order("repair")
    assert "baseline: no installation of this circuit is known here" in told
    told, signed = order("install")
    assert "baseline" not in told
    serving = subprocess.Popen(command(house, "acceptor", "acceptor", "serve"), stdout=subprocess.PIPE, text=True)
    try:
        hear(serving, "listening")
        done = prooflight(house, "station", "accept", signed, "--wait", "60", "--json")
        assert done.returncode == 2, done.stderr
        record = json.loads(done.stdout)["record"]
        decide = ("acceptor", "review", "decide", record[:8], "accept", "--why", "heard the dial tone", "--by", "Ma Li")
        closed = prooflight(house, "acceptor", *decide, "--key", reviewer)
        assert closed.stdout.startswith(f"record {record[:12]}: closed: Ma Li decided: heard the dial tone"), closed
        hear(serving, "closed, as a person decided")
        told, signed = order("repair")
        assert "baseline: the installation by order WO-1 goes out with it" in told
        again = prooflight(house, "station", "accept", signed, "--wait", "60")
        assert "baseline: order WO-1 of " in again.stdout
    finally:
        serving.kill()
        serving.communicate()
    listed = json.loads(prooflight(house, "station", "journal", "list", "--json").stdout)
    assert [each["acceptance"] for each in listed if each["digest"] == record] == ["closed"], "the station was told"
