"""Marking a trainee's answer: names or numbers, up to three of them, against the cause that was put on the line."""

import pytest

from diagnostics.causes import Cause, words_of
from diagnostics.errors import BadInput
from drivers.virtual.practice import Marked, answers_of, choices, listed
from drivers.virtual.scenarios import SCENARIOS


def cause(name: str) -> Cause:
    return Cause(name=name, title="", evidence=("seen",), action="")


def test_every_cause_that_can_be_put_on_a_line_can_be_chosen_in_both_languages() -> None:
    assert set(choices()) == {scenario.cause for scenario in SCENARIOS}
    for number, name in enumerate(choices(), 1):
        assert listed("en")[number - 1].split()[:2] == [str(number), name]
        assert listed("zh")[number - 1].endswith(words_of(name, "zh")[0])


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("dark_fibre", ("dark_fibre",)),
        ("1", choices()[:1]),
        (" 2, dark_fibre 2\n", (choices()[1], "dark_fibre")),
        ("3,2,1", choices()[2::-1]),
    ],
)
def test_an_answer_is_up_to_three_names_or_numbers(text: str, answers: tuple[str, ...]) -> None:
    assert answers_of(text) == answers


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "0 answers"),
        (" \n", "0 answers"),
        ("1 2 3 4", "4 answers; give one to 3"),
        ("0", "answer '0'"),
        ("999999999999999999999", "answer '9999"),
        ("-1", "answer '-1'"),
        ("²", "answer '²'"),
        ("the fibre", "answer 'the'"),
    ],
)
def test_what_is_no_answer_is_told(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        answers_of(text)


@pytest.mark.parametrize(
    ("answers", "named", "mark", "own_mark"),
    [
        (("dns_wrong",), ("dns_wrong",), "right", "right"),
        (("cgnat", "dns_wrong"), ("cgnat", "loop", "dns_wrong"), "among_three", "among_three"),
        (("cgnat",), (), "wrong", "wrong"),
        (("cgnat",), ("cgnat", "loop", "dns_slow", "dns_wrong"), "wrong", "wrong"),
    ],
)
def test_trainee_and_product_are_marked_by_the_same_rule(
    answers: tuple[str, ...], named: tuple[str, ...], mark: str, own_mark: str
) -> None:
    made = Marked(put="dns_wrong", answers=answers, causes=tuple(map(cause, named)))
    assert (made.mark, made.own_mark) == (mark, own_mark)
