"""Whatever a ticket system does, it is told once: late, or by a person's leave, but never twice and never not."""

import json
from pathlib import Path

import pytest

from agent.acceptor.patience import FAILURES
from agent.chain import Chain
from tests.agent.acceptor.conftest import visit
from tests.agent.acceptor.telling import WEAK, Bench, only, settings_for, state
from tests.agent.acceptor.ticket_server import DROPPED, TicketServer
from tests.agent.acceptor.web_peer import Never, Reply, reply
from tests.agent.conftest import Ring


@pytest.mark.parametrize("late", [False, True], ids=["before it was done", "after it was done"])
@pytest.mark.parametrize(
    "fault",
    [
        reply(500, b"<html>oops"),
        reply(503, None, Retry_After="30"),
        reply(429, {"code": "wait"}, Retry_After="5"),
        reply(401, None),
        reply(403, None),
        reply(307, None, Location="https://elsewhere.example/"),
        reply(200, b"<html>Welcome to the hotel"),
        reply(201, {"no": "id"}),
        DROPPED,
        b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{",
        b"\x16\x03\x01garbage",
    ],
    ids=["500", "503", "429", "401", "403", "moved", "portal", "no-id", "cut", "cut-answer", "garbage"],
)
def test_whatever_a_system_does_it_is_told_once(
    bench: Bench, server: TicketServer, station: Chain, fault: Reply, late: bool
) -> None:
    for token in visit(station, **WEAK):
        bench.desk.take(token)
    if late:
        server.late_faults = [fault] * 6
    else:
        server.faults = [fault] * 6
    bench.work_off("tmf653", "tmf697", "tmf621")
    assert len(server.faults) + len(server.late_faults) < 6
    assert [len(server.things[kind]) for kind in ("serviceTest", "troubleTicket")] == [1, 1]
    assert state(server) == "inProgress"
    assert bench.rows("set aside") == []


def test_a_server_that_knows_no_filter_gets_nothing_twice_either(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    server.filters = False
    for _ in range(2):
        for token in visit(station, **WEAK):
            bench.desk.take(token)
    server.late_faults = [DROPPED] * 5
    bench.work_off()
    assert [len(server.things[kind]) for kind in ("serviceTest", "troubleTicket")] == [2, 1]


def test_a_silent_server_costs_a_deadline_and_nothing_else(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(tmp_path / "ledger", ring, only(settings_for(server, tmp_path, deadline_s=1), "webhook"))
    bench.desk.take(visit(station)[0])
    server.faults = [Never()]
    bench.step("webhook")
    assert bench.rows("waiting") == [("webhook", "opened", "127.0.0.1: no answer within 1 s")]
    assert bench.said == ["tickets, webhook: 127.0.0.1: no answer within 1 s; trying again"]


def test_a_token_that_ended_before_its_time_is_renewed_at_once(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    bench.desk.take(visit(station)[0])
    bench.work_off()
    server.expire_token()
    bench.desk.take(station.token(station.links[1]))
    bench.work_off("tmf697")
    assert (state(server), bench.said) == ("completed", [])
    server.expire_token()
    bench.step("tmf653")  # what would make something is not repeated blindly
    assert "401" in bench.rows("waiting", "tmf653")[0][2]
    bench.work_off("tmf653")
    assert len(server.things["serviceTest"]) == 1


@pytest.mark.parametrize(
    ("stands", "words"),
    [
        ("cancelled", "it is 'cancelled' there, and is left so"),
        (None, "it does not know this (60, Resource not found)"),
    ],
)
def test_what_ended_or_is_unknown_elsewhere_is_left_to_a_person(
    bench: Bench, server: TicketServer, station: Chain, stands: str | None, words: str
) -> None:
    server.things["workOrder"] = {"WO-1": {"id": "WO-1", "state": stands}} if stands else {}
    for token in visit(station):
        bench.desk.take(token)
    bench.work_off()
    assert [(target, event) for target, event, _ in bench.rows("set aside")] == [
        ("tmf697", "opened"),
        ("tmf697", "closed"),
    ]
    assert words in bench.rows("set aside")[0][2]
    assert len(server.things["serviceTest"]) == 1
    server.things["workOrder"]["WO-1"] = {"id": "WO-1", "state": "acknowledged"}
    assert bench.outbox.again(bench.now, "WO-2") == 0
    assert bench.outbox.again(bench.now) == 2
    bench.work_off()
    assert (state(server), bench.rows("set aside")) == ("completed", [])


@pytest.mark.parametrize("status", [400, 404, 405, 410, 415, 422, 501])
def test_what_a_system_will_never_take_is_set_aside_and_stops_nothing(
    bench: Bench, server: TicketServer, station: Chain, status: int
) -> None:
    for token in [*visit(station, **WEAK), *visit(station)]:
        bench.desk.take(token)
    server.faults = [reply(status, {"code": "7", "reason": "no \u202esuch thing"})]
    bench.work_off("tmf653")
    ((target, event, said),) = bench.rows("set aside")
    assert (target, event, len(server.tests)) == ("tmf653", "rejected", 1)
    assert said.startswith(f"POST was answered {status}") and said.endswith("(7, no such thing)")


def test_what_a_server_says_it_has_already_is_looked_for(bench: Bench, server: TicketServer, station: Chain) -> None:
    for token in visit(station):
        bench.desk.take(token)
    server.late_faults = [reply(409, {"reason": "duplicate"})]
    bench.step("tmf653")
    assert (len(server.tests), bench.rows("waiting", "tmf653")) == (1, [])


def test_a_server_that_cannot_be_searched_gets_the_key_of_the_message(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    for token in visit(station):
        bench.desk.take(token)
    server.faults = [reply(500), reply(501)]
    bench.work_off("tmf653")
    posts = [asked for asked in server.asked if asked.path == "/api/v4/serviceTest"]
    assert len(posts) == 2 and len({asked.headers["idempotency-key"] for asked in posts}) == 1
    assert len(server.tests) == 1


def test_rows_of_one_work_order_keep_their_order_and_hold_up_no_other(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    server.things["workOrder"]["WO-2"] = {"id": "WO-2", "state": "acknowledged"}
    opened, closed = visit(station)
    bench.desk.take(opened)
    server.faults = [reply(500)]
    bench.step("tmf697")
    bench.desk.take(closed)
    for token in visit(station, 2):
        bench.desk.take(token)
    bench.step("tmf697")
    assert (state(server), server.things["workOrder"]["WO-2"]["state"]) == ("acknowledged", "inProgress")
    bench.work_off("tmf697")
    patched = [json.loads(asked.body)["state"] for asked in server.asked if asked.method == "PATCH"]
    assert patched.count("completed") == 2
    assert state(server) == "completed"


def test_another_hand_between_look_and_change_is_noticed(bench: Bench, server: TicketServer, station: Chain) -> None:
    bench.desk.take(visit(station)[0])
    server.late_faults = [reply(412)]
    bench.work_off("tmf697")
    assert state(server) == "inProgress"
    asked = [asked for asked in server.asked if asked.method == "PATCH"]
    assert all("if-match" in each.headers for each in asked)
    assert bench.said[0].startswith("tickets, tmf697: PATCH was answered 412: it was changed there meanwhile")


def test_a_server_that_wants_plain_json_gets_it(bench: Bench, server: TicketServer, station: Chain) -> None:
    server.patch_kinds = {"application/json"}
    bench.desk.take(visit(station)[0])
    assert bench.step("tmf697") == 0
    assert state(server) == "inProgress"


def test_a_dead_server_is_left_alone_and_then_asked_once(bench: Bench, server: TicketServer, station: Chain) -> None:
    for number in range(1, 12):
        for token in visit(station, number):
            bench.desk.take(token)
    server.faults = [reply(500)] * 1000
    for _ in range(30):
        bench.step("webhook")
    assert len(server.asked) == FAILURES
    bench.pass_time(16)
    for _ in range(30):
        bench.step("webhook")
    assert len(server.asked) == FAILURES + 1
    server.faults = []
    bench.work_off("webhook")
    assert len(server.hooked) == 22
    assert bench.said == [
        "tickets, webhook: POST was answered 500; trying again",
        "tickets, webhook: is told again",
    ]


def test_what_we_cannot_even_make_stops_nothing_behind_it(bench: Bench, server: TicketServer, station: Chain) -> None:
    for number in (1, 2):
        for token in visit(station, number):
            bench.desk.take(token)
    connection = bench.desk.ledger.connection
    connection.execute("UPDATE records SET acceptance = 'x.y.z' WHERE order_id = 'WO-1'")
    bench.work_off("webhook")
    said = [words for _, _, words in bench.rows("set aside")]
    assert len(said) == 2 and all(words.startswith("our own fault: SealError: ") for words in said)
    assert len(server.hooked) == 2
