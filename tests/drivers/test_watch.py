"""An ONT watched over real sockets: one log-in, only what its profile asks for, and an end that says why."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.quantities import QUANTITIES
from diagnostics.secret import Secret
from drivers.capture import load_capture
from drivers.logins import Login
from drivers.look import USUAL, WATCHABLE, Look
from drivers.ont import Ont
from drivers.profile import Profile
from drivers.profile_file import families, load_profile
from drivers.reading import opener
from drivers.resource import is_assisted
from drivers.session import Session
from drivers.shell_session import ShellSession
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import Faults, VirtualOnt, virtual_login
from drivers.virtual.rehearsal import ways
from drivers.virtual.servers import serve
from drivers.watch import watch
from drivers.watched_terminal import watch as watch_by_child
from drivers.watching import paced
from tests.drivers.questions import known_questions

LIT = load_capture("huawei_wap", "lit")
WAYS = [
    (family, *way)
    for family in families()
    if not is_assisted(load_profile(family))
    for way in ways(load_profile(family))
    if way[0] != "snmp v3"  # another log-in to the same agent
]
RX = "ont_rx_power_dbm"
LIT_DBM = LIT.values[RX]


def open_at(port: int, transport: str = "telnet", login: Login | None = None) -> Callable[[Any], Session]:
    """How a session with this port is opened."""
    request = {"address": "127.0.0.1", "port": port, "transport": transport, "deadline_s": 120.0}
    return opener(request, login or virtual_login())


def watched(
    ont: VirtualOnt,
    names: Sequence[str] = USUAL,
    *,
    looks: int = 3,
    transport: str = "telnet",
    login: Login | None = None,
) -> list[Look]:
    """So many looks at this device, one after the other, in the test's own process."""
    profile, waits = load_profile(ont.capture.family), iter([True] * (looks - 1))
    with serve(ont, transport) as server:
        asked = Ont(open_at(server.port, transport, login), [profile], transport, now=lambda: datetime.now(UTC))
        made = list(watch(asked, names, pause=lambda: next(waits, False), monotonic=lambda: 0.0))
        if made[-1].trouble is None and transport == "telnet":
            assert ont.left.wait(60)
    return made


def found(look: Look) -> dict[str, object]:
    """The values of a look, or the kinds of their failures."""
    return {m.name: m.failure.kind if m.failure else m.value for m in look.measurements}


@pytest.mark.parametrize(("family", "way", "transport", "login"), WAYS, ids=lambda value: str(value)[:20])
def test_each_look_reads_what_a_reading_reads_by_one_log_in(
    family: str, way: str, transport: str, login: Login
) -> None:
    lit, profile = load_capture(family, "lit"), load_profile(family)
    ont = VirtualOnt(capture=lit)
    looks = watched(ont, WATCHABLE, transport=transport, login=login)
    wanted = {name: value for name, value in lit.values.items() if name.partition("[")[0] in WATCHABLE}
    assert len(looks) == (3 if set(profile.readings) & set(WATCHABLE) else 1), "of an ONT that tells nothing, one"
    for look in looks:
        made = found(look)
        assert {name: made[name] for name in wanted} == wanted
        assert look.trouble is None
        told = {name for name, value in made.items() if value != "not_supported"}
        assert {name.partition("[")[0] for name in told} <= set(profile.readings)
    if transport != "snmp":
        assert (ont.log_ins, ont.log_outs) == ([True], 1)
        assert set(ont.asked) <= known_questions(profile)


def test_what_the_ont_says_anew_is_told_anew() -> None:
    powers = iter(["-18.20", "-21.50", "-27.00"])

    def darker(text: str) -> str:
        return text.replace(str(LIT_DBM), next(powers))

    assert str(LIT_DBM) in LIT.answers["display optic"]
    ont = VirtualOnt(capture=LIT, live={"display optic": darker})
    assert [found(look)[RX] for look in watched(ont, [RX])] == [-18.2, -21.5, -27.0]


def test_a_connector_that_is_pulled_and_put_back_is_seen_as_it_happens() -> None:
    """No light is a look like any other, and ends nothing."""
    dark = load_capture("huawei_wap", "dark").answers["display optic"]
    states = iter([None, dark, None])
    ont = VirtualOnt(capture=LIT, live={"display optic": lambda text: next(states) or text})
    looks = watched(ont, [RX])
    assert [found(look)[RX] for look in looks] == [LIT_DBM, "no_signal", LIT_DBM]
    assert {look.trouble for look in looks} == {None}


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(dies_in="display pon statistics"), "unparseable"),
        (Faults(greeting="Your account is locked\n", hang_up=True), "locked_out"),
        (Faults(hang_up=True), "refused"),
    ],
)
def test_trouble_ends_it_and_the_last_look_says_which(faults: Faults, kind: str) -> None:
    *_, last = looks = watched(VirtualOnt(capture=LIT, faults=faults))
    assert last.trouble is not None and last.trouble.kind == kind
    assert set(found(last).values()) <= {kind, "not_supported"}
    assert len(looks) == 1


def test_an_ont_that_falls_silent_in_mid_watch_ends_it_with_what_was_seen_before() -> None:
    """The first look has all the time it needs; of what is then left of the deadline nearly all is taken away."""
    ont, opened = VirtualOnt(capture=LIT), list[ShellSession]()

    def opening(profiles: tuple[Profile, ...]) -> ShellSession:
        opened.append(open_at(server.port)(profiles))  # type: ignore[arg-type]
        return opened[-1]

    def pause() -> bool:
        ont.faults = Faults(stalls_in="display optic", stall_s=3600)
        opened[0]._deadline_at = time.monotonic() + 0.2
        return True

    with serve(ont, "telnet") as server:
        asked = Ont(opening, [load_profile("huawei_wap")], "telnet", now=lambda: datetime.now(UTC))
        first, second = watch(asked, [RX], pause=pause, monotonic=time.monotonic)
    assert (found(first)[RX], first.trouble) == (LIT_DBM, None)
    assert second.trouble is not None and second.trouble.kind == "timeout"
    assert ont.log_ins == [True], "nobody logs in a second time"


def test_a_prompt_inside_an_answer_never_makes_a_wrong_value() -> None:
    ont = VirtualOnt(capture=LIT, faults=Faults(look_alike="display optic", stall_s=0.02))
    looks = watched(ont, looks=4)
    wanted = {name: LIT.values.get(name) for name in USUAL}
    for look in looks:
        made = found(look)
        assert all(made[name] in (wanted[name], "unparseable", "not_supported") for name in made if name in wanted)


def test_a_level_that_is_refused_is_done_without() -> None:
    ont = VirtualOnt(capture=LIT, faults=Faults(asks_password_in="su"))
    looks = watched(ont)
    assert [found(look)[RX] for look in looks] == [LIT_DBM] * 3
    assert (ont.log_ins, ont.typed) == ([True, True], [])


def test_what_must_not_be_asked_after_another_tool_is_not_asked_again() -> None:
    lit = load_capture("realtek_rtl960x", "lit")
    ont = VirtualOnt(capture=lit)
    looks = watched(ont, ("ont_loid_state", RX))
    assert [found(look)["ont_loid_state"] for look in looks] == ["not_supported"] * 3
    assert [found(look)[RX] for look in looks] == [lit.values[RX]] * 3


def test_a_long_watch_keeps_nothing_of_what_it_heard() -> None:
    """The conversation is as long after a hundred looks as after one: what the last look heard."""
    sizes = []
    profile = load_profile("huawei_wap")
    with serve(VirtualOnt(capture=LIT), "telnet") as server:
        session = open_at(server.port)((profile,))
        for _ in range(100):
            session.renew()
            session.ask(["display optic"])
            sizes.append(len(session._talk._text))  # type: ignore[attr-defined]
        session.close()
    assert len(set(sizes[1:])) == 1


def by_child(ont: VirtualOnt, transport: str = "telnet", **how: object) -> tuple[list[Look], object]:
    """What the child tells, and why it ended; `enough` looks end it."""
    looks: list[Look] = []
    enough = how.pop("enough", None)
    with serve(ont, transport) as server:
        terminal = ChildTerminal(
            address=server.host,
            port=server.port,
            transport=transport,
            login=virtual_login(),
            cancelled=lambda: enough is not None and len(looks) >= enough,  # type: ignore[operator]
        )
        options = {"seconds": 60.0, "every_s": 0.05, "on_look": looks.append} | how
        ending = watch_by_child(terminal, [RX], **options)  # type: ignore[arg-type]
        assert ont.left.wait(60)
    return looks, ending


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_whoever_wants_the_end_gets_it_and_the_ont_a_log_out(transport: str) -> None:
    ont = VirtualOnt(capture=LIT)
    looks, ending = by_child(ont, transport, enough=2)
    assert ending is None
    assert [found(look)[RX] for look in looks[:2]] == [LIT_DBM, LIT_DBM]
    assert (ont.log_ins, ont.log_outs) == ([True], 1)


def test_whoever_cannot_take_a_look_hears_of_it_once_the_ont_got_its_log_out() -> None:
    def full(look: Look) -> None:
        raise RuntimeError("the answer grows too long")

    ont = VirtualOnt(capture=LIT)
    with pytest.raises(RuntimeError, match="too long"):
        by_child(ont, on_look=full)
    assert ont.left.wait(60)
    assert (ont.log_ins, ont.log_outs) == ([True], 1)


def test_what_can_be_watched_is_a_number_or_a_state_and_never_personal() -> None:
    found = [QUANTITIES[name] for name in WATCHABLE]
    assert all(quantity.kind in ("number", "state") and not quantity.personal for quantity in found)
    assert set(USUAL) <= set(WATCHABLE)


def test_it_ends_by_itself_when_its_time_is_over() -> None:
    ont = VirtualOnt(capture=LIT)
    looks, ending = by_child(ont, seconds=0.4, every_s=0.1)
    assert ending is None and 1 <= len(looks) <= 4
    assert ont.log_outs == 1
    assert [look.at_s for look in looks] == sorted(look.at_s for look in looks)


def test_why_the_child_ended_is_told() -> None:
    locked = VirtualOnt(capture=LIT, faults=Faults(greeting="Your account is locked\n", hang_up=True))
    looks, ending = by_child(locked)
    assert len(looks) == 1 and getattr(ending, "kind", "") == "locked_out"


def test_a_child_that_does_not_leave_is_killed() -> None:
    terminal = ChildTerminal(address="127.0.0.1", transport="telnet", login=virtual_login(), cancelled=lambda: True)
    hangs: dict[str, Any] = {"seconds": 600.0, "child": "tests.drivers.children.hangs", "farewell_s": 0.2}
    assert watch_by_child(terminal, [RX], on_look=lambda look: pytest.fail("no look"), **hangs) is None


def test_a_password_that_an_ont_repeats_is_told_nowhere() -> None:
    login = Login(username="root", password=Secret("hunter2hunter2"))
    ont = VirtualOnt(capture=LIT, faults=Faults(greeting="hunter2hunter2: Your account is locked\n", hang_up=True))
    with serve(ont, "telnet") as server:
        asked = Ont(
            open_at(server.port, "telnet", login),
            [load_profile("huawei_wap")],
            "telnet",
            now=lambda: datetime.now(UTC),
            secrets=login.secrets(),
        )
        (look,) = watch(asked, [RX], pause=lambda: True, monotonic=lambda: 0.0)
    assert "locked" in str(look.trouble) and "hunter" not in str(look.to_json())


@pytest.mark.parametrize("name", ["dies", "nonsense", "other_json"])
def test_a_child_that_fails_is_told_as_a_failure(name: str) -> None:
    terminal = ChildTerminal(address="127.0.0.1", transport="telnet", login=virtual_login())
    made = watch_by_child(
        terminal, [RX], seconds=1.0, on_look=lambda look: pytest.fail("no look"), child=f"tests.drivers.children.{name}"
    )
    assert made is not None and made.kind == "check_crashed"


@pytest.mark.parametrize(
    ("took", "seconds", "begins"),
    [
        ([0.2, 0.2, 0.2], 3, [1.0, 2.0]),
        ([0.2, 1.3, 0.2, 0.2], 5, [1.0, 3.0, 4.0]),  # the one that was missed is left out
        ([0.0], 1, []),
    ],
)
def test_a_look_begins_at_each_whole_second(took: list[float], seconds: float, begins: list[float]) -> None:
    now, made = [100.0], []

    def over(wait_s: float) -> bool:
        now[0] += wait_s
        return False

    pause = paced(seconds, 1.0, lambda: now[0], over)
    left = iter(took[1:])
    while pause():
        made.append(round(now[0] - 100.0, 6))
        now[0] += next(left)
    assert made == begins


def test_who_closes_the_input_ends_the_wait() -> None:
    closed = threading.Event()
    closed.set()
    assert not paced(60, 1.0, lambda: 0.0, closed.wait)()


def test_a_look_survives_its_json() -> None:
    looks = watched(VirtualOnt(capture=LIT, faults=Faults(dies_in="display pon statistics")))
    assert [Look.from_json(look.to_json()) for look in looks] == looks
    assert looks[-1].trouble


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    made=st.dictionaries(st.sampled_from(["at_s", "took_s", "measurements", "trouble", "x"]), JSON, max_size=5) | JSON
)
def test_what_is_no_look_is_none(made: object) -> None:
    try:
        look = Look.from_json(made)  # type: ignore[arg-type]
    except ValueError:
        return
    assert look.at_s >= 0 and look.took_s >= 0
