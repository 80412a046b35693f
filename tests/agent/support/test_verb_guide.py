"""What the engineer reads of verbs is what the station does: the same verbs, arguments, consent, need of an order."""

import pytest

from agent.fields import Fields
from agent.support.asking import CANCEL
from agent.support.verb_guide import GUIDE, guide_lines, read_arguments
from agent.support.verbs import VERBS
from diagnostics.errors import BadInput


def test_the_guide_names_every_verb_of_the_station_and_no_other() -> None:
    assert set(GUIDE) == set(VERBS) - {CANCEL}


@pytest.mark.parametrize("name", GUIDE)
def test_each_verb_asks_for_the_consent_and_the_order_that_the_guide_tells(name: str) -> None:
    verb, told = VERBS[name], GUIDE[name]
    assert (verb.consent, verb.needs_order) == (told.consent, told.order)


@pytest.mark.parametrize("name", GUIDE)
def test_each_example_is_taken_by_the_verb(name: str) -> None:
    given = [f"{argument.name}={argument.example}" for argument in GUIDE[name].arguments]
    made = read_arguments(name, given)
    assert set(VERBS[name].read(Fields(dict(made), "", BadInput))) == set(made)


@pytest.mark.parametrize("name", GUIDE)
def test_what_the_guide_calls_optional_may_be_left_out_and_nothing_else(name: str) -> None:
    needed = {argument.name: argument.example for argument in GUIDE[name].arguments if argument.required}
    made = read_arguments(name, [f"{key}={value}" for key, value in needed.items()])
    VERBS[name].read(Fields(dict(made), "", BadInput))
    for key in needed:
        with pytest.raises(BadInput, match=f"needs --arg {key}="):
            read_arguments(name, [f"{other}={value}" for other, value in needed.items() if other != key])


@pytest.mark.parametrize(
    ("verb", "given", "told"),
    [
        ("ont.wach", [], "did you mean ont.watch?"),
        ("ont.watch", ["seconds"], "must be NAME=VALUE"),
        ("ont.watch", ["secnds=1"], "did you mean seconds?"),
        ("ont.watch", ["seconds=1", "seconds=2"], "is given twice"),
        ("ont.watch", ["seconds=ten"], "must be a whole number"),
        ("status", ["seconds=1"], "takes none"),
        ("cancel", [], "is not a verb"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_sent(verb: str, given: list[str], told: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_arguments(verb, given)
    assert told in str(raised.value)


def test_every_verb_and_argument_is_listed_in_both_languages() -> None:
    for lines in (guide_lines("en"), guide_lines("zh")):
        listed = "\n".join(lines)
        for name, verb in GUIDE.items():
            assert name in listed and all(f"--arg {argument.name}=" in listed for argument in verb.arguments)
