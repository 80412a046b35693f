"""Every decision is told to each ticket system as it understands it, in its own words, and nothing personal with it."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pytest

from agent import seal
from agent.acceptor.webhook import HMAC, ID, JWS, TIMESTAMP
from agent.base64url import encode
from agent.chain import Chain
from agent.config_ledger import LedgerPlace
from agent.config_tickets import Webhook
from tests.agent import samples
from tests.agent.acceptor.conftest import visit
from tests.agent.acceptor.telling import WEAK, Bench, only, settings_for, state, violations
from tests.agent.acceptor.test_review_queue import decided, entered
from tests.agent.acceptor.ticket_server import TicketServer
from tests.agent.conftest import Ring


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


def test_a_later_attempt_does_not_reopen_what_is_closed(bench: Bench, server: TicketServer, station: Chain) -> None:
    for token in [*visit(station), *visit(station, **WEAK)]:
        bench.desk.take(token)
    bench.work_off()
    assert state(server) == "completed"
    assert len(server.things["serviceTest"]) == 2
    assert server.things["troubleTicket"] == {}


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


def test_nothing_personal_is_told(bench: Bench, server: TicketServer, station: Chain) -> None:
    for token in [*visit(station, **WEAK), *visit(station)]:
        bench.desk.take(token)
    bench.work_off()
    said = b""
    for asked in server.asked:
        said += b"" if asked.path == "/token" else asked.body
        if asked.path == "/hook":
            said += seal.read(json.loads(asked.body)["data"]["acceptance"], typ=seal.ACCEPTANCE).payload
    for word in (b"48575443DEADBEEF", b"DEADBEEF", b"sha256:"):
        assert word not in said
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
