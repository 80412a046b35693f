"""A line behind a network is what the operator's server says, and never a guess where it says nothing."""

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acceptor.http_exchange import Answer, exchange_over
from agent.acceptor.line_binding import Circuit, Unanswered, bind
from agent.acceptor.line_questions import Questions
from agent.acceptor.line_service import Found, asking, circuits_of, request_of
from agent.config import load_acceptor
from agent.config_lines import LineServiceSettings, line_service_settings
from agent.toml_table import ConfigError, load
from diagnostics import strict_json
from tests.agent import orders, receipts
from tests.agent.acceptor.line_server import FAULTS, NOBODY, OTHER, SLOW, LineServer, line_server
from tests.agent.conftest import Ring

AT = datetime(2026, 11, 22, 9, 29, tzinfo=UTC)
NETWORK = "198.18.0.0/24"
LINE = (Circuit(olt="OLT-1", pon_port="0/2/5", onu_id=17),)
TOLD_S = 30.0


@pytest.fixture
def server() -> Iterator[LineServer]:
    with line_server() as made:
        yield made


def asker(server: LineServer, *, deadline_s: float = 10.0, token: Path | None = None) -> Callable[..., Found]:
    return asking(LineServiceSettings(url=server.url, token_file=token), exchange_over(None, deadline_s))


@pytest.mark.parametrize(
    ("answer", "found"), [(None, LINE), (NOBODY, ()), (OTHER, (Circuit(olt="OLT-1", pon_port="0/2/6"),))]
)
def test_a_network_at_a_time_is_asked_for_and_its_lines_are_told(server: LineServer, answer: Any, found: Any) -> None:
    server.answer = answer or server.answer
    assert asker(server)(NETWORK, AT) == found
    assert server.asked == [(NETWORK, "2026-11-22T09:29:00.000+00:00", "")]


def test_the_token_is_read_from_its_private_file_and_shown_to_nobody(server: LineServer, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret-token\n")
    file.chmod(0o600)
    assert asker(server, token=file)(NETWORK, AT) == LINE
    assert server.asked[0][2] == "Bearer s3cret-token"
    assert "s3cret" not in repr(request_of(server.url, "s3cret-token", NETWORK, AT))
    file.chmod(0o644)
    found = asker(server, token=file)(NETWORK, AT)
    assert isinstance(found, Unanswered) and "others may read" in found.words and len(server.asked) == 1


@pytest.mark.parametrize("fault", [*FAULTS, SLOW])
def test_whatever_is_no_answer_is_told_as_trouble_and_never_as_no_line(server: LineServer, fault: str) -> None:
    server.faults = [fault]
    found = asker(server, deadline_s=0.5 if fault == SLOW else 10.0)(NETWORK, AT)
    assert isinstance(found, Unanswered), found
    assert found.words.isprintable() and not found.awaited


def test_a_server_that_is_not_there_is_trouble(server: LineServer) -> None:
    found = asking(LineServiceSettings(url="http://127.0.0.1:9/"), exchange_over(None, 10.0))(NETWORK, AT)
    assert isinstance(found, Unanswered) and "refused" in found.words


ANSWERS = st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["circuits", "olt", "pon_port", "onu_id"]), inner, max_size=4)
    ),
    max_leaves=12,
).map(strict_json.write)


@given(st.sampled_from([200, 200, 200, 204, 404, 500]), ANSWERS)
def test_garbage_names_no_line(status: int, body: bytes) -> None:
    found = circuits_of(Answer(status=status, headers={}, body=body))
    if isinstance(found, Unanswered):
        assert found.words.isprintable()
    else:
        assert status == 200 and strict_json.parse_object(body)["circuits"] == [
            {"olt": each.olt, "pon_port": each.pon_port, "onu_id": each.onu_id} for each in found
        ]


def settled(questions: Questions, told: "queue.SimpleQueue[None]") -> Found:
    told.get(timeout=TOLD_S)
    return questions.find(NETWORK, AT)


@pytest.mark.parametrize("faults", [[], ["an error of its own"], list(FAULTS)], ids=["none", "one", "all"])
def test_a_question_is_asked_again_until_it_is_answered_and_then_known(server: LineServer, faults: list[str]) -> None:
    server.faults, told = list(faults), queue.SimpleQueue[None]()
    questions = Questions(asker(server), patience_s=600, first_wait_s=0.0, tell=lambda: told.put(None))
    first = questions.find(NETWORK, AT)
    assert isinstance(first, Unanswered) and first.awaited
    with questions.asking():
        assert settled(questions, told) == LINE
        assert questions.find(NETWORK, AT) == LINE
    assert len(server.asked) == len(faults) + 1


def test_a_question_is_given_up_after_its_patience_and_says_why(server: LineServer) -> None:
    server.faults, told, now = ["an error of its own"] * 10, queue.SimpleQueue[None](), [0.0]
    ask = asker(server)

    def late(network: str, at: datetime) -> Found:
        found = ask(network, at)
        now[0] += 100.0
        return found

    questions = Questions(late, patience_s=250.0, first_wait_s=0.0, tell=lambda: told.put(None), clock=lambda: now[0])
    with questions.asking(1):
        questions.find(NETWORK, AT)
        found = settled(questions, told)
    assert isinstance(found, Unanswered) and not found.awaited
    assert "gave no answer in 250 s (3 tries)" in found.words and "HTTP 500" in found.words
    assert questions.find(NETWORK, AT) == found


def test_what_was_given_up_is_asked_again_much_later() -> None:
    now, told = [0.0], queue.SimpleQueue[None]()
    answers: list[Found] = [Unanswered(words="down"), LINE]

    def ask(network: str, at: datetime) -> Found:
        now[0] += 1000
        return answers.pop(0)

    questions = Questions(ask, patience_s=60, tell=lambda: told.put(None), clock=lambda: now[0])
    with questions.asking(1):
        questions.find(NETWORK, AT)
        assert isinstance(settled(questions, told), Unanswered)
        now[0] += 1000
        assert questions.find(NETWORK, AT) == Unanswered(words="the look-up of lines is being asked", awaited=True)
        assert settled(questions, told) == LINE


def test_one_question_that_hangs_keeps_no_other_waiting(server: LineServer) -> None:
    server.faults, told = [SLOW], queue.SimpleQueue[None]()
    questions = Questions(asker(server, deadline_s=60), patience_s=600, tell=lambda: told.put(None))
    with questions.asking():
        questions.find("203.0.113.0/24", AT)
        server.arrived.get(timeout=TOLD_S)
        questions.find(NETWORK, AT)
        assert settled(questions, told) == LINE
        assert isinstance(questions.find("203.0.113.0/24", AT), Unanswered)
        server.released.set()


def test_a_result_is_not_bound_while_one_of_its_runs_is_unanswered(ring: Ring) -> None:
    signed = orders.read(orders.signed(ring.order))
    asked: list[str] = []

    def lookup(network: str, at: datetime) -> Found:
        asked.append(network)
        ours = (Circuit(olt="HZW-OLT-03", pon_port="0/2/5"),)
        return Unanswered(words="being asked", awaited=True) if network == "203.0.113.0/24" else ours

    runs = [receipts.made("down", source="203.0.113.0/24"), receipts.made("up")]
    found = bind(runs, signed, lookup)
    assert (found.state, found.unanswered, found.awaited) == ("not bound", True, True)
    assert asked == ["203.0.113.0/24", "198.18.0.0/24"], "both are asked at once"


SECRET = 'token_file = "token"'


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('url = "http://inventory.example/lines"', "[lines] url: must begin with https://"),
        ('url = "https://a:b@inventory.example/"', "[lines] url: must be a URL"),
        ("", "[lines] url: is missing"),
        (f'url = "https://inventory.example/"\n{SECRET}', "others may read this password"),
        ('url = "https://inventory.example/"\npatience_s = 0', "[lines] patience_s: must be a whole number"),
        (
            'url = "https://inventory.example/"\ntimeout = 5',
            "[lines] timeout: is not known here; did you mean timeout_s",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, lines: str, words: str) -> None:
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o644)
    path = tmp_path / "acceptor.toml"
    path.write_text(f"[lines]\n{lines}\n")
    root = load(path)
    with pytest.raises(ConfigError) as caught:
        line_service_settings(root.table("lines"))
        root.done()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_of_lines_and_a_server_of_lines_are_not_both_asked(tmp_path: Path) -> None:
    path = tmp_path / "acceptor.toml"
    path.write_text(
        '[acceptor]\nname = "desk"\nkey = "k"\ntrust = "t"\ndatabase = "d"\nlines = "lines.csv"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntenant = "north"\n[lines]\nurl = "https://inventory.example/lines"\n'
    )
    with pytest.raises(
        ConfigError, match=r"\[acceptor\] lines: there is a table \[lines\] as well; keep one of the two"
    ):
        load_acceptor(path, {})
