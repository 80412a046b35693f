"""A result is bound to the ordered line by the network that its runs came from, at the time when they were admitted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acceptor.line_binding import Circuit, LineBindingError, bind, load_leases, load_lookup
from agent.watched_file import WatchedFile
from tests.agent import orders, receipts
from tests.agent.conftest import Ring

HEAD = "prefix,from,until,olt,pon_port,onu_id\n"
OURS = "198.18.0.0/24,2026-11-01T00:00:00+08:00,,HZW-OLT-03,0/2/5,17\n"


def told(folder: Path, ring: Ring, lines: str, **seen: Any) -> tuple[str, str]:
    path = folder / "lines.csv"
    path.write_text(HEAD + lines)
    signed = orders.read(orders.signed(ring.order))
    found = bind([receipts.made(**seen)], signed, load_lookup(path))
    return found.state, found.words


@pytest.mark.parametrize(
    ("lines", "seen", "state", "words"),
    [
        (OURS, {}, "bound", "bound by 198.18.0.0/24"),
        (OURS.replace(",17", ","), {}, "bound", "bound by"),
        (OURS.replace("198.18.0.0/24", "198.18.0.64/26"), {}, "bound", "bound by"),
        (OURS.replace("198.18.0.0/24", "198.18.0.0/16"), {}, "bound", "bound by"),
        (OURS.replace(",17", ",18"), {}, "other line", "then served HZW-OLT-03 0/2/5 ONU 18, not the ordered line"),
        (OURS.replace("0/2/5", "0/2/6"), {}, "other line", "then served HZW-OLT-03 0/2/6"),
        (OURS.replace(",17", ",18") + OURS, {}, "bound", "bound by"),
        (OURS, {"source": "203.0.113.0/24"}, "other line", "came from 203.0.113.0/24, which was no line"),
        (OURS, {"source": "2001:db8:7::/48"}, "other line", "no line of the operator's then"),
        (OURS.replace("198.18.0.0/24", "2001:db8:7:100::/56"), {"source": "2001:db8:7::/48"}, "bound", "bound by"),
        (OURS.replace("2026-11-01", "2026-11-23"), {}, "other line", "no line of the operator's then"),
        (OURS.replace(",,", ",2026-11-22T17:29:00+08:00,"), {}, "other line", "no line of the operator's then"),
        (OURS.replace(",,", ",2026-11-22T17:29:01+08:00,"), {}, "bound", "bound by"),
        ("", {}, "other line", "no line of the operator's then"),
    ],
)
def test_the_network_of_a_run_says_whether_it_was_the_ordered_line(
    tmp_path: Path, ring: Ring, lines: str, seen: dict[str, Any], state: str, words: str
) -> None:
    found = told(tmp_path, ring, lines, **seen)
    assert (found[0], words in found[1]) == (state, True), found


def test_without_a_look_up_or_a_receipt_nothing_is_bound(tmp_path: Path, ring: Ring) -> None:
    signed = orders.read(orders.signed(ring.order))
    assert bind([receipts.made()], signed, None).state == "not bound"
    assert bind([], signed, lambda network, at: ()).state == "not bound"


def test_one_run_over_another_line_is_enough(ring: Ring) -> None:
    signed = orders.read(orders.signed(ring.order))
    ours = Circuit(olt="HZW-OLT-03", pon_port="0/2/5")
    runs = [receipts.made("down"), receipts.made("up", source="203.0.113.0/24")]
    found = bind(runs, signed, lambda network, at: (ours,) if network == "198.18.0.0/24" else ())
    assert (found.state, found.words[:5]) == ("other line", "run 2")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("prefix,from\n", "line 1 must be prefix,from,until"),
        ("", "line 1 must be"),
        (HEAD + "198.18.0.0/24,2026-11-01T00:00:00Z\n", "line 2: must have 6 columns"),
        (HEAD + OURS + OURS.replace("198.18.0.0/24", "198.18.0.1/24"), "line 3: prefix: '198.18.0.1/24' is not"),
        (HEAD + OURS.replace("+08:00", ""), "line 2: from: must be a time with its offset"),
        (HEAD + OURS.replace(",,", ",soon,"), "line 2: until: must be a time"),
        (HEAD + OURS.replace(",17", ",-1"), "onu_id is a whole number"),
        (HEAD + OURS.replace("HZW-OLT-03", " "), "olt and pon_port are needed"),
        (HEAD + '"198', "not a CSV file"),
        (HEAD.encode() + b"\xff", "not a CSV file in UTF-8"),
    ],
)
def test_a_wrong_file_of_lines_is_named_in_one_line(tmp_path: Path, raw: str | bytes, words: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    with pytest.raises(LineBindingError) as caught:
        load_leases(path)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=80) | st.lists(st.text(max_size=12), max_size=8).map(",".join))
def test_garbage_names_no_line(tmp_path_factory: pytest.TempPathFactory, garbage: str) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.csv"
    path.write_bytes((HEAD + garbage).encode("utf-8", errors="surrogatepass"))
    try:
        assert load_leases(path) == ()
    except LineBindingError as error:
        assert "\n" not in str(error)


def test_a_file_of_lines_is_read_again_when_it_changed_and_kept_when_it_became_wrong(tmp_path: Path) -> None:
    path, said = tmp_path / "lines.csv", list[str]()
    path.write_text(HEAD)
    watched = WatchedFile(path, load_lookup, said.append)
    at = receipts.ADMITTED
    assert watched.now()("198.18.0.0/24", at) == ()
    path.write_text(HEAD + OURS)
    assert len(watched.now()("198.18.0.0/24", at)) == 1
    path.write_text("wrong")
    assert len(watched.now()("198.18.0.0/24", at + timedelta(days=1))) == 1
    assert len(said) == 1 and "going on with what was known before" in said[0]
