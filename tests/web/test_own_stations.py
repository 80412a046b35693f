"""The page's server over stations of their own: stopped in a test, without a PIN, locked, beside a command."""

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.web.labels import code, photograph
from tests.web.served import ORDER, PIN, ROOT, Client, ask_ont_at, serve, station_in


def test_a_running_test_is_stopped_once_and_leaves_its_record(tmp_path: Path) -> None:
    config = station_in(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as ont:
        ask_ont_at(config, ont.getsockname()[1])
        with serve(config) as (_, url):
            client, other = Client(url).sign_in(), Client(url).sign_in()
            assert client.ask("POST", "/api/order", json.dumps(ORDER).encode())[0] == 200
            key = client.state()["orders"][0]["key"]
            assert client.post("/api/stop", {"key": key})[1]["refused"] == "not_now_nothing_runs"
            assert client.post("/api/start", {"key": key, "kind": "test"})[0] == 200
            ont.settimeout(60)
            with ont.accept()[0]:  # the station has begun to ask, and this ONT says nothing
                assert client.post("/api/stop", {"key": "another"})[1]["refused"] == "not_now_nothing_runs"
                assert client.post("/api/stop", {"key": key})[:2] == (200, {"stopping": True})
                assert other.post("/api/stop", {"key": key})[0] == 409, "not twice"
                while (job := other.state(key)["job"])["running"]:
                    pass
            assert job["ended"] == {"stopped": True}
            last = other.state(key)["order"]["last"]
            assert (last["tx"], last["reason"], last["result"]) == ("A", "stopped on the page", None)
            assert client.post("/api/stop", {"key": key})[1]["refused"] == "not_now_nothing_runs"
        listed = [sys.executable, "-m", "agent.cli", "journal", "list", "--json", "--config", str(config)]
        kept = json.loads(subprocess.run(listed, capture_output=True, check=True, cwd=ROOT).stdout)
        assert [each["tx"] for each in kept] == ["B", "A"]


def test_a_station_without_a_pin_lets_nobody_in_and_says_what_to_do(tmp_path: Path) -> None:
    config = station_in(tmp_path)
    (tmp_path / "state" / "pin").unlink()
    with serve(config) as (_, url):
        status, made, text = Client(url).post("/api/sign-in", {"pin": PIN})
        assert (status, made["refused"]) == (503, "no_pin") and str(tmp_path) not in text
        command = [sys.executable, "-m", "agent.cli", "pin", "set", "--config", str(config)]
        for given, code, words in (("12345\n", 65, "6 to 12 digits"), (f"{PIN}\n", 0, "the PIN is set")):
            done = subprocess.run(command, input=given, capture_output=True, text=True, cwd=ROOT, check=False)
            assert done.returncode == code and words in done.stdout + done.stderr
            assert given.strip() not in done.stdout + done.stderr
        assert Client(url).sign_in().state()


def test_the_wait_after_wrong_pins_is_told_and_those_inside_stay(tmp_path: Path) -> None:
    with serve(station_in(tmp_path)) as (_, url):
        inside = Client(url).sign_in()
        answers = [Client(url).post("/api/sign-in", {"pin": "000001"}) for _ in range(5)]
        assert [status for status, *_ in answers] == [401, 401, 401, 401, 429]
        status, made, _ = Client(url).post("/api/sign-in", {"pin": PIN})
        assert (status, made["refused"]) == (429, "locked") and 1 <= int(made["detail"]) <= 31
        assert inside.ask("GET", "/api/state")[0] == 200
        assert PIN not in (tmp_path / "serve.log").read_text()


def test_the_command_visit_notes_and_closes_by_the_daemon_that_has_the_journal(tmp_path: Path) -> None:
    config = station_in(tmp_path)
    order = tmp_path / "order.json"
    order.write_text(json.dumps(ORDER))
    picture = tmp_path / "device.jpg"
    picture.write_bytes(photograph(code("SN:HWTC4D2A9C17")))

    def visit(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agent.cli", "visit", str(order), "--config", str(config), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)

    with serve(config) as (_, url):
        client = Client(url).sign_in()
        assert client.ask("POST", "/api/order", order.read_bytes())[0] == 200
        while not (listed := client.state()["orders"]):
            pass
        key = listed[0]["key"]
        assert visit("arrive").stdout.startswith("noted: arrived at ")
        assert visit("photo", str(picture), "--kind", "device").returncode == 0
        assert [fact["fact"] for fact in client.state(key)["order"]["visit"]["facts"]] == ["arrived", "photograph"]
        wrong = visit("rate", "6")
        assert (wrong.returncode, wrong.stderr.count("\n")) == (65, 1) and "stars: must be" in wrong.stderr
        assert visit("close", "--wait", "0").returncode == 65, "there is no result yet"
        assert client.post("/api/start", {"key": key, "kind": "test"})[0] == 200
        while client.state(key)["job"]["running"]:
            pass
        closed = visit("close", "--wait", "0", "--bundle", str(tmp_path / "bundle.json"))
        assert closed.returncode == 0, closed.stderr
        assert "records wait in the journal, nothing is lost" in closed.stdout
        assert json.loads((tmp_path / "bundle.json").read_text())["attempts"]
        assert client.state(key)["order"]["visit"]["closed"]


def test_a_password_that_was_typed_is_used_and_kept_nowhere(tmp_path: Path) -> None:
    typed = "typed-on-the-page-4711"
    bridged = {"type": "broadband", "down_mbps": 100, "up_mbps": 50, "account": "hz0571@ftth", "mode": "bridge"}
    order = ORDER | {"services": [bridged], "reflectors": [{"host": "192.0.2.1", "port": 5201}]}
    with serve(station_in(tmp_path)) as (_, url):
        client = Client(url).sign_in()
        assert client.ask("POST", "/api/order", json.dumps(order).encode())[0] == 200
        key = client.state()["orders"][0]["key"]
        assert client.state(key)["order"]["dials"] is True
        assert client.post("/api/start", {"key": key, "kind": "test", "password": typed})[0] == 200
        while client.state(key)["job"]["running"]:
            pass
        assert typed not in json.dumps(client.state(key))
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in kept if typed.encode() in path.read_bytes()] == []
    assert any(path.suffix == ".segment" for path in kept)
