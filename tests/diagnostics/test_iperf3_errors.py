"""Each of iperf3's error texts has a failure and a remedy, whichever version says it."""

import ctypes

import pytest

from diagnostics.iperf3_errors import failure_of

SAID = {  # by 3.12 to 3.18, with the words of the system behind them
    "error - the server is busy running a test. try again later": "busy",
    "unable to connect to server: Connection refused": "refused",
    "unable to connect to server: No route to host": "unreachable",
    "unable to connect to server: Network is unreachable": "unreachable",
    "unable to connect to server: Connection timed out": "timeout",
    "unable to connect to server: Name or service not known": "unreachable",
    "unable to connect to server: Invalid argument": "unreachable",
    "unable to connect to server: Address family for hostname not supported": "unreachable",
    "unable to connect to server - server may have stopped running or use a different port, firewall issue, etc.: "
    "Connection refused": "refused",
    "control socket has closed unexpectedly": "disturbed",
    "unable to receive control message: Connection reset by peer": "disturbed",
    "unable to send control message - port may not be available, the other side may have stopped running, etc.: "
    "Broken pipe": "disturbed",
    "received an unknown control message (ensure other side is iperf3 and not iperf)": "unparseable",
    "error - unable to receive cookie at server: Resource temporarily unavailable": "unparseable",
    "error - unable to receive parameters from client: Success": "refused",
    "error - total required bandwidth is larger than server limit": "refused",
    "unable to receive results: Success": "unparseable",
    "unable to receive results: Cannot allocate memory": "unparseable",
    "test authorization failed": "auth_rejected",
    "idle timeout for receiving data": "timeout",
    "unable to write to stream socket: Connection reset by peer": "disturbed",
    "number of parallel streams too large (maximum = 128)": "instrument_limit",
    "Unable to bind-to-device (check perror, maybe permissions?): Operation not permitted": "instrument_limit",
    "unable to set TCP_CONGESTION: Supplied congestion control algorithm not supported on this host": (
        "instrument_limit"
    ),
    "test duration valid values are 0 to 86400 seconds": "instrument_limit",
    "bogus value for --omit (maximum = 600 seconds)": "instrument_limit",
    "cannot access authorized users file": "instrument_limit",
    "cannot transfer file using UDP": "instrument_limit",
    "unable to create thread: Resource temporarily unavailable": "instrument_limit",
    "unable to change mask of blocked signals": "instrument_limit",
    "unable to set TCP USER_TIMEOUT: Protocol not available": "instrument_limit",
    "unable to set socket keepalive (SO_KEEPALIVE) option: Protocol not available": "instrument_limit",
}


@pytest.mark.parametrize(("words", "kind"), SAID.items())
def test_what_it_says_has_a_kind_its_own_words_and_a_remedy(words: str, kind: str) -> None:
    made = failure_of(words)
    assert made.kind == kind, made
    assert made.detail.startswith(words) and len(made.detail) > len(words) + 20


def test_every_text_of_the_library_that_is_installed_is_known() -> None:
    library = ctypes.CDLL("libiperf.so.0")
    library.iperf_strerror.restype = ctypes.c_char_p
    texts = [library.iperf_strerror(number).decode().strip(": \n") for number in range(1, 400)]
    known = [words for words in texts if words and not words.startswith("int_errno")]
    assert len(known) > 80
    assert [words for words in known if failure_of(words).detail == words] == []


def test_new_words_are_kept_and_prove_nothing() -> None:
    assert (failure_of("something new").kind, failure_of("something new").detail) == ("disturbed", "something new")
