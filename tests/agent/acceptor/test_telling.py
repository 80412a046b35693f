"""Every decision reaches each ticket system once, whatever the system does, and none is told anything personal."""

import json
import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent import record_form, seal
from agent.acceptor.ledger_engines import connect
from agent.acceptor.office import Arrival, remembered
from agent.acceptor.patience import FAILURES
from agent.acceptor.webhook import HMAC, ID, JWS, TIMESTAMP
from agent.base64url import encode
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.config_tickets import Webhook
from agent.journal import Journal
from tests.agent import samples
from tests.agent.acceptor.conftest import NOW, visit
from tests.agent.acceptor.telling import LEASE_S, Bench, only, settings_for
from tests.agent.acceptor.test_review_queue import decided, entered
from tests.agent.acceptor.ticket_server import DROPPED, TicketServer, ticket_server
from tests.agent.acceptor.web_peer import Never, Reply, reply
from tests.agent.conftest import Ring

WEAK = {"ont_rx_power_dbm": -30.0}


@pytest.fixture
def server() -> Any:
    with ticket_server() as made:
        made.things["workOrder"]["WO-1"] = {"id": "WO-1", "state": "acknowledged"}
        yield made


@pytest.fixture
def bench(tmp_path: Path, ring: Ring, server: TicketServer) -> Bench:
    return Bench(tmp_path / "ledger", ring, settings_for(server, tmp_path))


def state(server: TicketServer) -> str:
    return str(server.things["workOrder"]["WO-1"]["state"])


def violations(body: dict[str, Any]) -> list[str]:
    return [rule["name"] for each in body["testMeasure"] for rule in each.get("ruleViolation", [])]


def test_a_work_order_that_is_closed_is_closed_in_every_system(
    place: LedgerPlace, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(place, ring, settings_for(server, tmp_path))
    for token in visit(station):
        bench.desk.take(token)
    bench.work_off()
    assert state(server) == "completed"
    (test,) = server.things["serviceTest"].values()
    facts = {each["name"]: each["value"] for each in test["characteristic"]}
    assert (test["state"], violations(test), facts["verdict"]) == ("completed", [], "accepted")
    assert facts["record"] == bench.outbox.rows("told")[-1]["digest"]
    assert server.things["troubleTicket"] == {}
    assert [json.loads(asked.body)["type"] for asked in server.hooked] == ["acceptance.opened", "acceptance.closed"]
    assert bench.rows("waiting") == bench.rows("set aside") == []


def test_a_rejected_line_is_a_test_with_violations_and_a_trouble_ticket_that_the_repair_resolves(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    for token in visit(station, **WEAK):
        bench.desk.take(token)
    bench.work_off()
    (test,) = server.things["serviceTest"].values()
    assert (test["state"], violations(test)) == ("completed", ["rx_power_gpon_b_plus", "acceptance_decision"])
    (power,) = [each for each in test["testMeasure"] if each["metricName"] == "ont_rx_power_dbm"]
    (rule,) = power["ruleViolation"]
    assert power["value"] == {"name": "ont_rx_power_dbm", "value": -30.0, "valueType": "number"}
    assert (rule["conformanceTargetLower"], rule["conformanceComparatorLower"]) == ("-27", ">=")
    (ticket,) = server.things["troubleTicket"].values()
    assert ticket["description"].startswith("Optical power")
    assert (state(server), ticket["status"]) == ("inProgress", "acknowledged")
    for token in visit(station):
        bench.desk.take(token)
    bench.work_off()
    assert state(server) == "completed"
    assert [each["status"] for each in server.things["troubleTicket"].values()] == ["resolved"]
    assert len(server.things["serviceTest"]) == 2


def test_a_result_that_waits_for_a_person_is_pending_and_its_test_did_not_pass(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(tmp_path / "ledger", ring, settings_for(server, tmp_path), close_unanchored=False)
    for token in visit(station):
        bench.desk.take(token)
    bench.work_off()
    (test,) = server.things["serviceTest"].values()
    assert (state(server), violations(test)) == ("pending", ["acceptance_decision"])


def test_an_aborted_test_is_told_as_cancelled(bench: Bench, server: TicketServer, station: Chain) -> None:
    opened = station.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    station.abandon(opened, "A", "the technician left", {})
    for link in station.links:
        bench.desk.take(station.token(link))
    bench.work_off()
    (test,) = server.things["serviceTest"].values()
    assert (test["state"], violations(test)) == ("cancelled", ["acceptance_decision"])
    assert test["description"] == "the test was aborted: the technician left"


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


def test_an_imported_order_is_told_under_the_ids_that_they_gave_it(
    bench: Bench, server: TicketServer, station: Chain
) -> None:
    server.things["workOrder"]["f3a/1 9"] = {"id": "f3a/1 9", "state": "acknowledged"}
    server.things["troubleTicket"]["TT-7"] = {"id": "TT-7", "name": "no light since Monday", "status": "inProgress"}
    links = {"workOrder": "f3a/1 9", "service": "svc-5501", "troubleTicket": "TT-7"}
    bench.outbox.link("WO-1", links)
    for token in [*visit(station, **WEAK), *visit(station)]:
        bench.desk.take(token)
    bench.work_off()
    assert (state(server), server.things["workOrder"]["f3a/1 9"]["state"]) == ("acknowledged", "completed")
    assert {name: each["status"] for name, each in server.things["troubleTicket"].items()} == {"TT-7": "resolved"}
    assert {test["relatedService"]["id"] for test in server.tests} == {"svc-5501"}


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


def test_a_later_attempt_does_not_reopen_what_is_closed(bench: Bench, server: TicketServer, station: Chain) -> None:
    for token in [*visit(station), *visit(station, **WEAK)]:
        bench.desk.take(token)
    bench.work_off()
    assert state(server) == "completed"
    assert len(server.things["serviceTest"]) == 2
    assert server.things["troubleTicket"] == {}


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


def test_a_sender_that_dies_over_a_row_leaves_it_to_another(bench: Bench, server: TicketServer, station: Chain) -> None:
    bench.desk.take(visit(station)[0])
    bench.work_off("tmf697")
    bench.desk.take(station.token(station.links[1]))
    ledger = bench.desk.ledger.connection
    claimed = ledger.transact(lambda: bench.outbox.claim("tmf653", bench.now, bench.now))
    assert claimed is not None and claimed.attempts == 1
    other = bench.sender("tmf653")
    other.step()
    (test,) = server.things["serviceTest"].values()
    ledger.execute("UPDATE outbox SET state = 'waiting', due_at = ''")  # it died before it could note the answer
    bench.pass_time(LEASE_S)
    bench.work_off()
    assert list(server.things["serviceTest"].values()) == [test]
    assert state(server) == "completed"


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


def test_nothing_personal_is_told(bench: Bench, server: TicketServer, station: Chain) -> None:
    for token in [*visit(station, **WEAK), *visit(station)]:
        bench.desk.take(token)
    bench.work_off()
    said = b"\n".join(asked.body for asked in server.asked if asked.path != "/token")
    for word in (b"48575443DEADBEEF", b"sha256:"):
        assert word not in b"\n".join(line for line in said.split(b"\n") if b'"acceptance":' not in line)
    assert b"the ordered one" in said


def test_a_hook_is_signed_by_our_key_where_no_secret_is_shared(
    bench: Bench, server: TicketServer, station: Chain, ring: Ring
) -> None:
    bench.desk.take(visit(station)[0])
    bench.work_off("webhook")
    (asked,) = server.hooked
    header, nothing, signature = asked.headers[JWS].split(".")
    opened = seal.open_sealed(f"{header}.{encode(asked.body)}.{signature}", typ=seal.WEBHOOK, trust=ring.trust)
    data = opened.content["data"]
    assert (nothing, data["id"], data["event"]) == ("", asked.headers[ID], "opened")
    assert seal.open_sealed(data["acceptance"], typ=seal.ACCEPTANCE, trust=ring.trust)
    assert "authorization" not in asked.headers
    with pytest.raises(seal.SealError):
        changed = encode(asked.body.replace(b"opened", b"closed"))
        seal.open_sealed(f"{header}.{changed}.{signature}", typ=seal.WEBHOOK, trust=ring.trust)


@pytest.mark.parametrize("secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "plain words"])
def test_a_hook_with_a_secret_is_signed_as_standard_webhooks_has_it(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain, secret: str
) -> None:
    import base64
    import hashlib
    import hmac

    file = tmp_path / "hook.secret"
    file.write_text(secret)
    file.chmod(0o600)
    settings = settings_for(server, tmp_path)
    settings.systems["webhook"] = Webhook(url=f"{server.peer.url}/hook", events=("opened",), secret_file=file)  # type: ignore[index]
    bench = Bench(tmp_path / "ledger", ring, only(settings, "webhook"))
    bench.desk.take(visit(station)[0])
    bench.work_off()
    (asked,) = server.hooked
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    signed = f"{asked.headers[ID]}.{asked.headers[TIMESTAMP]}.".encode() + asked.body
    assert asked.headers[HMAC] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    file.chmod(0o644)
    for token in [station.token(station.links[1]), visit(station, 2)[0]]:
        bench.desk.take(token)
    bench.step("webhook")
    assert f"chmod 600 {file}" in bench.rows("waiting")[0][2]
    assert secret not in repr(bench.said)


def test_two_senders_of_one_outbox_tell_everything_once(
    place: LedgerPlace, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(place, ring, only(settings_for(server, tmp_path), "webhook"))
    for number in range(1, 5):
        for token in visit(station, number):
            bench.desk.take(token)
    pair = [bench.sender("webhook"), bench.sender("webhook")]
    while bench.rows("waiting"):
        for sender in pair:
            sender.step()
    assert len({asked.headers[ID] for asked in server.hooked}) == len(server.hooked) == 8


def test_a_decision_whose_row_cannot_be_written_is_not_made(
    place: LedgerPlace, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(place, ring, settings_for(server, tmp_path))
    opened, closed = visit(station)
    bench.desk.take(opened)
    bench.desk.ledger.connection.execute("ALTER TABLE outbox RENAME TO away")
    with pytest.raises(Exception, match="outbox"):
        bench.desk.take(closed)
    assert (bench.desk.count("records"), bench.desk.tickets()) == (1, {"WO-1": "open"})
    bench.desk.ledger.connection.execute("ALTER TABLE away RENAME TO outbox")
    assert [answer.decision for answer in bench.desk.take(closed)] == ["closed"]
    bench.work_off()
    assert state(server) == "completed"


def test_a_record_that_comes_again_is_not_told_again(
    tmp_path: Path, bench: Bench, ring: Ring, server: TicketServer, station: Chain
) -> None:
    tokens = visit(station)
    for token in tokens * 3:
        bench.desk.take(token)
    bench.work_off()
    with Journal(tmp_path / "clone") as journal:  # and a clone's record in a place that is taken changes nothing there
        twin = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        for token in visit(twin, **WEAK):
            bench.desk.take(token)
    bench.work_off()
    assert (state(server), len(server.things["serviceTest"]), len(server.hooked)) == ("completed", 1, 2)


def test_what_a_person_decides_is_told_and_makes_no_second_test(
    bench: Bench, server: TicketServer, station: Chain, ring: Ring
) -> None:
    first = entered(bench.desk, visit(station, **samples.UNPROVEN))
    bench.work_off()
    assert state(server) == "pending"
    decided(bench.desk, ring, first.record)
    bench.pass_time(3600)
    bench.work_off()
    assert (state(server), len(server.things["serviceTest"])) == ("completed", 1)
    told = json.loads(server.hooked[-1].body)["data"]
    assert (told["event"], told["verdict"], told["why"].startswith("Ma Li decided: ")) == (
        "closed",
        "inconclusive",
        True,
    )


def test_a_ledger_that_was_lost_and_filled_again_makes_no_second_test(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    settings = settings_for(server, tmp_path)
    bench = Bench(tmp_path / "lost", ring, settings)
    tokens = visit(station)
    for token in tokens:
        bench.desk.take(token)
    bench.work_off()
    given = {token: bench.outbox.tokens(seal.digest_of(token)) for token in tokens}
    bench = Bench(tmp_path / "new", ring, settings)
    for token in tokens:
        opened = seal.open_sealed(token, typ=seal.RECORD, trust=ring.trust)
        record, kept = record_form.from_json(opened.content), given[token]
        assert kept is not None
        known = remembered(kept[1])
        bench.desk.ledger.take(Arrival(envelope=opened.envelope, record=record, at=NOW, remembered=known))
    bench.work_off()
    assert (state(server), len(server.things["serviceTest"])) == ("completed", 1)
    assert len({asked.headers[ID] for asked in server.hooked}) == 2 and len(server.hooked) == 4


def test_a_killed_acceptor_tells_everything_and_nothing_twice(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    orders = [f"WO-{number}" for number in range(1, 9)]
    server.things["workOrder"] = {name: {"id": name, "state": "acknowledged"} for name in orders}
    tokens = [token for number in range(1, 9) for token in visit(station, number)]
    (tmp_path / "tokens").write_text(" ".join(tokens))
    settings, database, dice = settings_for(server, tmp_path), tmp_path / "ledger", random.Random(7)
    assert ring.trust_file.exists()
    given = [ring.folder, tmp_path / "tokens", database, server.peer.url, tmp_path / "client.secret"]
    for _ in range(3):  # at most 24 of the 40 requests that there are
        teller = subprocess.Popen([sys.executable, "-m", "tests.agent.acceptor.killed_teller", *map(str, given)])
        for _ in range(dice.randrange(2, 9)):  # in the middle of a request, or between two
            server.came.get(timeout=60)
        teller.kill()
        teller.wait()
        with closing(connect(database)) as ledger:  # else what it had claimed waits for the end of its lease
            ledger.execute("UPDATE outbox SET due_at = decided_at WHERE state = 'waiting'")
    bench = Bench(database, ring, only(settings, "tmf653", "tmf697"))
    for token in tokens:
        bench.desk.take(token)
    bench.work_off()
    records = {next(c["value"] for c in test["characteristic"] if c["name"] == "record") for test in server.tests}
    assert len(server.tests) == len(records) == len(orders)
    assert {each["state"] for each in server.things["workOrder"].values()} == {"completed"}
