"""The registrar of a virtual line: it challenges, lets its one account in, and refuses everything else in words."""

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.wire.sip_message import Answer, Registration, authorization, challenge, parse
from drivers.virtual.peers.registrar import Account, answered

ACCOUNT = Account(domain="ims.example", user="+86571", password="s3cr3t")
NONCE = "n0nce"
ME = Registration(domain="ims.example", user="+86571", contact="198.18.0.2:5060", call_id="c", tag="t")


def asked(raw: bytes, account: Account = ACCOUNT) -> Answer:
    answer = parse(answered(raw, account, NONCE))
    assert answer is not None
    return answer


def registered(user: str, password: str, account: Account = ACCOUNT) -> tuple[int, str]:
    """How it answers somebody who meets its challenge so."""
    met = challenge(asked(ME.request(1, "b", expires=300)))
    assert met is not None
    said = authorization(met, user=user, password=password, uri="sip:ims.example", cnonce="c")
    answer = asked(ME.request(2, "b", expires=300, authorization=("Authorization", said)), account)
    assert answer.first("call-id") == "c" and answer.first("cseq") == "2 REGISTER"
    return answer.code, answer.reason


def test_the_account_registers_and_nobody_else() -> None:
    assert asked(ME.request(1, "b", expires=300)).code == 401
    assert registered("+86571", "s3cr3t") == (200, "OK")
    assert registered("+86571", "wrong") == (403, "Forbidden")
    assert registered("nobody", "s3cr3t") == (403, "Forbidden")
    barred = Account(domain="ims.example", user="+86571", password="s3cr3t", barred="Account barred")
    assert registered("+86571", "s3cr3t", barred) == (403, "Account barred")


def test_what_is_no_register_is_not_allowed() -> None:
    assert asked(b"INVITE sip:ims.example SIP/2.0\r\nCall-ID: c\r\n\r\n").code == 405


@settings(max_examples=100)
@given(raw=st.binary(max_size=300) | st.binary(max_size=80).map(lambda end: b"REGISTER sip:a SIP/2.0\r\n" + end))
def test_garbage_is_answered_or_passed_over(raw: bytes) -> None:
    answer = answered(raw, ACCOUNT, NONCE)
    assert answer == b"" or answer.startswith(b"SIP/2.0 4")
