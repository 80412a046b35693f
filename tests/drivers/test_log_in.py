"""A log-in dialogue is answered once, and what an ONT says when it refuses is told apart."""

import pytest

from drivers.log_in import Step, next_step
from drivers.profile_file import load_profile
from drivers.session import AuthRejected, Busy, DriverError, LockedOut

HUAWEI = load_profile("huawei_wap").dialogue


@pytest.mark.parametrize(
    ("seen", "given", "step"),
    [
        ("Welcome Visiting Huawei Home Gateway\n\nLogin:", "wait", "username"),
        ("\n............ login: ", "wait", "username"),
        ("User name:", "wait", "username"),
        ("Password:", "wait", "password"),
        ("root\nPassword:", "username", "password"),
        ("\nWAP>", "password", "done"),
        ("\nSU_WAP> ", "password", "done"),
        ("", "wait", "wait"),
        ("Login: \nplease wait\n", "wait", "wait"),
        ("root\nLogin:", "username", "wait"),
        ("Last login: ", "password", "wait"),
        ("the prompt is WAP>", "password", "wait"),
        ("WAP> is here\n", "password", "wait"),
    ],
)
def test_the_next_word_is_given_where_it_is_asked_for(seen: str, given: Step, step: str) -> None:
    assert HUAWEI
    assert next_step(seen, [HUAWEI], given) == step


@pytest.mark.parametrize(
    ("seen", "given", "error"),
    [
        ("\nLogin:", "password", AuthRejected),
        ("\nPassword:", "password", AuthRejected),
        ("\nincorrect password\n", "password", AuthRejected),
        ("The account is locked\n", "password", LockedOut),
        ("too many failed attempts", "wait", LockedOut),
        ("Too many users", "wait", Busy),
        ("Already logged in\n", "password", Busy),
    ],
)
def test_a_refusal_ends_the_log_in(seen: str, given: Step, error: type[DriverError]) -> None:
    assert HUAWEI
    with pytest.raises(error):
        next_step(seen, [HUAWEI], given)
