"""What an operator writes of his ticket systems is read strictly, and each complaint names the key."""

from pathlib import Path

import pytest

from agent.config_tickets import (
    FAULT_WORDS,
    TEST_WORDS,
    WORK_FINAL,
    ServiceTests,
    TicketSettings,
    TroubleTickets,
    Webhook,
    WorkOrders,
    ticket_settings,
)
from agent.toml_table import ConfigError, load

EXAMPLE = Path(__file__).parents[3] / "agent" / "examples" / "acceptor_tickets.toml"


def settings(folder: Path, text: str) -> TicketSettings:
    file = folder / "acceptor.toml"
    file.write_text(text)
    root = load(file)
    made = ticket_settings(root.table("tickets"))
    root.done()
    return made


def test_nothing_said_is_nobody_told(tmp_path: Path) -> None:
    made = settings(tmp_path, "")
    assert (dict(made.systems), made.told("closed"), made.deadline_s) == ({}, (), 10)


def test_the_example_is_read(tmp_path: Path) -> None:
    made = settings(tmp_path, EXAMPLE.read_text())
    tests, work, faults, hook = made.systems.values()
    assert isinstance(tests, ServiceTests) and tests.words == TEST_WORDS
    assert (
        isinstance(work, WorkOrders) and work.words["closed"] == "Complete" and work.final == ("Complete", "Cancelled")
    )
    assert isinstance(faults, TroubleTickets) and faults.words == FAULT_WORDS and faults.open_for == ("rejected",)
    assert isinstance(hook, Webhook) and hook.secret_file == tmp_path / "hook.secret"
    assert made.oauth2 is not None and made.oauth2.secret_file == tmp_path / "tickets.secret"
    assert made.told("closed") == ("tmf653", "tmf697", "tmf621", "webhook")
    assert made.told("opened") == ("tmf697",)
    assert made.told("") == ()


def test_states_may_be_left_out_and_set_otherwise(tmp_path: Path) -> None:
    text = '[tickets.tmf697]\nurl = "https://t/workOrder"\nstates = { opened = "", rejected = "held" }\n'
    (work,) = settings(tmp_path, text).systems.values()
    assert isinstance(work, WorkOrders) and work.final == WORK_FINAL
    assert work.words == {"closed": "completed", "rejected": "held", "review": "pending"}


URL = 'url = "https://t.example/api"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tickets.tmf654]\n" + URL, r"\[tickets\] tmf654: is not known here; did you mean tmf6"),
        ("[tickets.tmf653]\n" + URL, r"\[tickets.tmf653\] specification: is missing"),
        ("[tickets.webhook]\n", r"\[tickets.webhook\] url: is missing"),
        ('[tickets.webhook]\nurl = "http://t.example/"\n', r"url: must begin with https://"),
        ('[tickets.webhook]\nurl = "https://me:pw@t.example/"\n', "url: must be a URL like"),
        (f'[tickets.webhook]\n{URL}events = ["closd"]\n', "events: closd is not an event; the events are opened"),
        (f'[tickets.tmf697]\n{URL}states = {{ done = "x" }}\n', "states: done is not an event"),
        (f"[tickets.tmf697]\n{URL}states = {{ closed = 5 }}\n", "closed: must be text"),
        (f'[tickets.tmf621]\n{URL}states = {{ closed = "closed" }}\n', "closed: must be one of .*; a person closes it"),
        (f'[tickets.tmf621]\n{URL}open_for = ["fail"]\n', "open_for: fail is not an event"),
        ('[tickets.oauth2]\ntoken_url = "https://t/"\nclient_id = "x"\n', "secret_file: is missing"),
        ('[tickets.oauth2]\ntoken_url = "http://t/"\nclient_id = "x"\nsecret_file = "s"\n', "token_url: must begin"),
        ("[tickets]\ndeadline_s = 0\n", "deadline_s: must be a whole number from 1 to 120"),
        ('[tickets.tls]\ncertificate = "c"\nca = "a"\n', "certificate and key go together"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        settings(tmp_path, text)
