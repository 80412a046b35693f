"""The gate admits the station that an order names, once for each nonce, and signs a receipt for whatever came of it."""

import http.client
import json
import os
import socket
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import seal
from agent.gate import GateChild, GatedThroughput, Papers
from agent.reflector.firewall import Watch
from agent.reflector.gate import Admitted, Refused
from diagnostics.errors import NotAvailable
from diagnostics.instruments import Run, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from tests.agent.conftest import Ring
from tests.agent.reflector.conftest import NOW, OPEN, WAIT_S, House

WINDOW = Window(discard_s=1, average_s=2, streams=2)
SOURCE = "127.0.0.1"


def admitted(house: House, **changes: Any) -> Admitted:
    order = house.order()
    found = house.gate.admit(order.token, house.proof(order, **changes), SOURCE)
    assert isinstance(found, Admitted)
    return found


REFUSED: dict[str, tuple[Callable[[House], tuple[str, str]], str]] = {
    "an order that a stranger signed": (
        lambda h: ((o := h.order(h.ring.stranger)).token, h.proof(o)),
        "not in the trust file",
    ),
    "an order that the station signed": (lambda h: ((o := h.order(h.ring.station)).token, h.proof(o)), "pinned as"),
    "a proof of a stranger": (lambda h: ((o := h.order()).token, h.proof(o, h.ring.stranger)), "not in the trust"),
    "a proof of the order key": (lambda h: ((o := h.order()).token, h.proof(o, h.ring.order)), "pinned as order"),
    "an order for another station": (
        lambda h: ((o := h.order(stations=("station-9",))).token, h.proof(o)),
        "not for station station-1",
    ),
    "an order that names other reflectors": (
        lambda h: ((o := h.order(reflectors=(Reflector(host="x", name="other", gate=1),))).token, h.proof(o)),
        "names other reflectors",
    ),
    "an order that expired": (
        lambda h: ((o := h.order(expires_at=NOW - timedelta(seconds=1))).token, h.proof(o)),
        "has expired",
    ),
    "an order from the future": (
        lambda h: ((o := h.order(issued_at=NOW + timedelta(seconds=1))).token, h.proof(o)),
        "not valid yet",
    ),
    "a proof for another order": (
        lambda h: (h.order().token, h.proof(h.order(attempts=9))),
        "for another order than the one beside it",
    ),
    "a proof for another gate": (
        lambda h: ((o := h.order()).token, h.proof(o, reflector="reflector-2")),
        "this is reflector-1",
    ),
    "a nonce of nobody": (lambda h: ((o := h.order()).token, h.proof(o, nonce="A" * 43)), "nonce is not one"),
    "a longer run than is allowed": (
        lambda h: ((o := h.order()).token, h.proof(o, average_s=100_000)),
        "average_s: must be a whole number",
    ),
    "no order": (lambda h: ("", h.proof(h.order())), "not a compact JWS"),
}


@pytest.mark.parametrize(("asked", "words"), REFUSED.values(), ids=REFUSED)
def test_who_is_not_admitted_is_told_why_and_gets_no_port(
    house: House, asked: Callable[[House], tuple[str, str]], words: str
) -> None:
    order, proof = asked(house)
    with pytest.raises(Refused, match=words):
        house.gate.admit(order, proof, SOURCE)
    assert house.kept == []


def test_a_proof_is_good_once(house: House) -> None:
    order = house.order()
    proof = house.proof(order)
    assert isinstance(house.gate.admit(order.token, proof, SOURCE), Admitted)
    with pytest.raises(Refused, match="was used"):
        house.gate.admit(order.token, proof, SOURCE)


def test_a_nonce_is_forgotten_when_too_many_are_asked_for(house: House) -> None:
    order = house.order()
    proof = house.proof(order)
    for _ in range(1024):
        house.gate.nonce()
    with pytest.raises(Refused, match="nonce is not one"):
        house.gate.admit(order.token, proof, SOURCE)


class Stuck(Watch):
    """A firewall that opens nothing."""

    def admit(self, address: str, port: int) -> None:
        raise NotAvailable("nft: not permitted")


def test_a_port_that_cannot_be_opened_is_told_and_takes_no_place(tmp_path: Path, ring: Ring) -> None:
    house = House(ring=ring, folder=tmp_path / "reflector", capacity=1, firewall=Stuck())
    order = house.order()
    for _ in range(2):
        with pytest.raises(Refused, match="could not be opened"):
            house.gate.admit(order.token, house.proof(order), SOURCE)
    house.gate.close()
    house.face.server_close()


def test_a_full_gate_signs_that_it_is_busy(house: House) -> None:
    first, second = admitted(house), admitted(house, direction="up")
    assert first.port != second.port
    order = house.order()
    token = house.gate.admit(order.token, house.proof(order), SOURCE)
    assert isinstance(token, str)
    busy = house.believed(token)
    assert (busy.state, busy.run, busy.bytes, busy.open) == ("busy", 3, 0, OPEN)
    assert busy.health.sessions == busy.health.capacity == 2


def test_a_gate_that_ends_signs_that_runs_were_aborted_and_admits_nobody(house: House) -> None:
    found = admitted(house)
    house.gate.close()
    ended = house.receipt(found.session)
    assert (ended.state, ended.reason) == ("aborted", "the reflector was stopped")
    order = house.order()
    assert house.believed(str(house.gate.admit(order.token, house.proof(order), SOURCE))).state == "busy"


def test_an_admission_that_nobody_uses_ends_by_itself(tmp_path: Path, ring: Ring) -> None:
    house = House(ring=ring, folder=tmp_path / "reflector", admitted_s=0.5)
    try:
        order = house.order()
        proof = house.proof(order)
        found = house.gate.admit(order.token, proof, SOURCE)
        if isinstance(found, Admitted):
            made = house.receipt(found.session)
            assert (made.state, made.reason, made.bytes) == ("failed", "nobody came within 0.5 s", 0)
            with pytest.raises(OSError):
                socket.create_connection(("127.0.0.1", found.port), 2)
    finally:
        house.gate.close()
        house.face.server_close()


def test_a_foreign_source_at_an_admitted_port_ends_the_run(house: House) -> None:
    found = admitted(house)
    with socket.create_connection(("127.0.0.1", found.port), WAIT_S, source_address=("127.0.0.2", 0)):
        made = house.receipt(found.session)
    assert (made.state, made.bytes) == ("aborted", 0)
    assert made.reason == "another address than the admitted one connected"


def iperf3(port: int, *words: str) -> "subprocess.CompletedProcess[bytes]":
    command = ["iperf3", "-c", "127.0.0.1", "-p", str(port), "-t", "3", "-P", "2", "-J", *words]
    return subprocess.run(command, capture_output=True, check=False, timeout=WAIT_S)


@pytest.mark.parametrize(("direction", "words"), [("down", ["-R"]), ("up", [])])
def test_the_kernel_s_count_is_what_the_client_counted(house: House, direction: str, words: list[str]) -> None:
    found = admitted(house, direction=direction)
    counted = json.loads(iperf3(found.port, *words).stdout)["end"]["sum_received"]["bytes"]
    made = house.receipt(found.session)
    assert (made.state, made.ok) == ("completed", made.health.run_permille < 950)
    assert counted * 0.99 <= made.bytes <= counted * 1.5
    assert made.series[-1][1] == made.bytes
    assert made.source == "127.0.0.0/24"
    assert made.min_rtt_us
    saved = sorted((house.folder / "receipts").iterdir())
    assert [seal.digest_of(path.read_text()) for path in saved] == house.kept


def test_a_client_that_leaves_in_mid_run_gets_a_receipt_that_is_not_of_a_whole_run(house: House) -> None:
    found = admitted(house, average_s=60)
    client = subprocess.Popen(
        ["iperf3", "-c", "127.0.0.1", "-p", str(found.port), "-t", "60", "-R", "--forceflush"], stdout=subprocess.PIPE
    )
    try:
        assert client.stdout is not None
        while b"sec" not in client.stdout.readline():
            pass
    finally:
        client.kill()
        client.communicate()
    made = house.receipt(found.session)
    assert made.counted(1, 60) is None
    assert made.bytes > 0


def test_runs_side_by_side_have_receipts_of_their_own(house: House) -> None:
    both = admitted(house), admitted(house)
    clients = [
        subprocess.Popen(
            ["iperf3", "-c", "127.0.0.1", "-p", str(found.port), "-t", "1", "-R"], stdout=subprocess.DEVNULL
        )
        for found in both
    ]
    assert [client.wait(WAIT_S) for client in clients] == [0, 0]
    made = [house.receipt(found.session) for found in both]
    assert [each.state for each in made] == ["completed", "completed"]
    assert sorted(each.run for each in made) == [1, 2]
    assert {each.health.capacity for each in made} == {2}


def test_runs_are_counted_on_after_a_restart(house: House) -> None:
    house.gate.close()
    order = house.order()
    house.gate.admit(order.token, house.proof(order), SOURCE)
    again = House(ring=house.ring, folder=house.folder)
    again.gate.close()
    token = again.gate.admit(order.token, again.proof(order), SOURCE)
    assert again.believed(str(token)).run == 2
    again.face.server_close()


def asked_at(port: int, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    connection.request(method, path, body=body)
    answer = connection.getresponse()
    made: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return answer.status, made


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/nonce", b"", 200),
        ("POST", "/", b"", 404),
        ("GET", "/", b"", 404),
        ("GET", "/v1/receipt/none", b"", 404),
        ("POST", "/v1/admission", b"", 400),
        ("POST", "/v1/admission", b"[]", 400),
        ("POST", "/v1/admission", b'{"order": 1, "proof": 2}', 400),
        ("POST", "/v1/admission", b'{"order": "a", "proof": "b"}', 403),
        ("POST", "/v1/admission", b" " * 300_000, 413),
    ],
)
def test_the_face_answers_each_question_with_one_object(
    house: House, method: str, path: str, body: bytes, status: int
) -> None:
    assert asked_at(house.reflector.gate, method, path, body)[0] == status


def station(house: House, order: seal.Envelope | None, saved: list[str]) -> GatedThroughput:
    def keep(token: str) -> str:
        saved.append(token)
        return seal.digest_of(token)

    papers = order and Papers(
        order=order.token,
        seal=lambda raw: seal.seal(raw, typ=seal.ADMISSION, key=house.ring.station).token,
        opened=lambda: OPEN,
        keep=keep,
        trust=house.trust,
    )
    return GatedThroughput(Iperf3Child("lo"), GateChild(""), papers)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="binding iperf3 to an interface needs root")
def test_a_station_runs_through_the_gate_and_has_its_receipt(house: House) -> None:
    saved: list[str] = []
    gated = station(house, house.order(), saved)
    run = gated.run("up", house.reflector, WINDOW, lambda mbps: None)
    assert isinstance(run, Run), run
    assert run.witness is not None
    assert run.witness.us >= 1_000_000
    assert gated.take_receipt() == seal.digest_of(saved[0])
    assert gated.take_receipt() is None
    assert house.believed(saved[0]).state == "completed"


def test_a_station_without_a_signed_order_is_not_admitted(house: House) -> None:
    failure = station(house, None, []).run("down", house.reflector, WINDOW, lambda mbps: None)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.stage) == ("auth_rejected", "gate")


def test_a_busy_gate_is_a_failure_with_a_receipt_and_never_the_line_s_fault(house: House) -> None:
    admitted(house), admitted(house)
    saved: list[str] = []
    gated = station(house, house.order(), saved)
    failure = gated.run("down", house.reflector, WINDOW, lambda mbps: None)
    assert isinstance(failure, Failure)
    assert failure.kind == "busy"
    assert gated.take_receipt() == seal.digest_of(saved[0])


def test_a_gate_that_is_not_there_is_a_failure() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        nowhere = Reflector(host="127.0.0.1", name="reflector-1", gate=int(held.getsockname()[1]))
        status, answer = GateChild("").ask(nowhere, "/v1/nonce", {})
    assert status == 0
    assert isinstance(answer, Failure)
    assert (answer.kind, answer.stage) == ("refused", "gate")
