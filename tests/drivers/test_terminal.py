"""The parent's half: every ONT quantity comes out once, whatever the child does, and nothing secret gets on the way."""

from dataclasses import replace

import pytest

from diagnostics.errors import ProoflightError
from diagnostics.quantities import ONT_QUANTITIES
from diagnostics.secret import Secret
from drivers import session
from drivers.capture import load_capture
from drivers.logins import Login
from drivers.ont import Ont
from drivers.profile_file import load_all
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import VirtualOnt, virtual_login
from drivers.virtual.servers import serve
from tests.diagnostics.fakes import NOW

CHILDREN = {
    "dies": "check_crashed",
    "hangs": "timeout",
    "nonsense": "check_crashed",
    "other_json": "check_crashed",
    "floods": "check_crashed",
}


@pytest.mark.parametrize("name", CHILDREN)
def test_a_child_that_fails_still_leaves_every_quantity(name: str) -> None:
    made = ChildTerminal(
        address="127.0.0.1",
        transport="telnet",
        login=virtual_login(),
        deadline_s=2,
        child=f"tests.drivers.children.{name}",
    ).read()
    assert [m.quantity for m in made.measurements] == list(ONT_QUANTITIES)
    assert {m.failure.kind for m in made.measurements if m.failure} == {CHILDREN[name]}


def test_a_line_that_cannot_be_entered_is_a_failure() -> None:
    made = ChildTerminal(
        address="127.0.0.1", transport="telnet", login=virtual_login(), namespace="/no/such/namespace"
    ).read()
    assert {m.failure.kind for m in made.measurements if m.failure} == {"check_crashed"}
    assert "/no/such/namespace" in str(made.measurements[0].failure)


def test_the_password_reaches_the_child_by_its_input_only() -> None:
    login = Login(username="root", password=Secret("hunter2hunter2"))
    with serve(VirtualOnt(capture=load_capture("huawei_wap", "lit"), login=login), "telnet") as server:
        made = ChildTerminal(
            address=server.host, port=server.port, transport="telnet", login=login, child="tests.drivers.children.spies"
        ).read()
    assert any(m.value == "HWTC4D2A9C17" for m in made.measurements)
    assert b"tests.drivers.children.spies" in made.evidence["arguments and environment"]
    assert b"hunter2" not in made.evidence["arguments and environment"]


def test_raw_answers_are_kept_as_evidence_by_their_source() -> None:
    capture = load_capture("huawei_wap", "lit")
    with serve(VirtualOnt(capture=capture), "telnet") as server:
        made = ChildTerminal(address=server.host, port=server.port, transport="telnet", login=virtual_login()).read()
    assert made.evidence["telnet: display sn"].decode() == capture.answers["display sn"]
    sources = {m.source for m in made.measurements if m.failure is None}
    assert sources <= set(made.evidence)


def test_a_password_that_an_ont_repeats_is_kept_nowhere() -> None:
    capture = load_capture("huawei_wap", "lit")
    login = Login(username="root", password=Secret("hunter2hunter2"))
    ont = VirtualOnt(capture=capture, login=login)
    ont.capture = replace(
        capture, answers={q: a.replace("HG8310M", "hunter2hunter2") for q, a in capture.answers.items()}
    )
    with serve(ont, "telnet") as server:
        made = ChildTerminal(address=server.host, port=server.port, transport="telnet", login=login).read()
    assert [m.value for m in made.measurements if m.quantity == "ont_model"] == ["<secret>"]
    assert "hunter2" not in str(made)


@pytest.mark.parametrize("kind", session.DriverError.__subclasses__())
def test_every_trouble_becomes_a_failure_of_every_quantity(kind: type[session.DriverError]) -> None:
    def refuse(_: object) -> session.Session:
        raise kind("connect", "as it was")

    made = Ont(refuse, load_all(), "telnet", now=lambda: NOW).read().measurements
    assert [m.quantity for m in made] == list(ONT_QUANTITIES)
    assert {str(m.failure) for m in made} == {f"{kind.kind} at connect: as it was"}
    assert not issubclass(kind, ProoflightError)


def test_a_transport_that_no_profile_speaks_is_not_supported() -> None:
    made = Ont(lambda _: pytest.fail("opened"), load_all(), "carrier pigeon", now=lambda: NOW).read().measurements
    assert {m.failure.kind for m in made if m.failure} == {"not_supported"}
