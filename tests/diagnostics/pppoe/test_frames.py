"""PPPoE frames are read as RFC 2516 lays them out; whatever else comes in is passed over."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.l2 import Ether
from scapy.layers.ppp import PPPoED, PPPoED_Tags, PPPoETag
from scapy.packet import fuzz

from diagnostics.wire import pppoe_frames as frames
from diagnostics.wire.pppoe_frames import Discovery, read_discovery, read_session, write_discovery, write_session

US, THEM = b"\x02\x00\x00\x00\x00\x01", b"\x02\x00\x00\x00\x00\x02"
# A PADO as RFC 2516 Appendix B draws it, octet by octet: two services, a name, our Host-Uniq, padded to 60 octets.
PADO = bytes.fromhex(
    "020000000001 020000000002 8863 11 07 0000 001c 0101 0000 0102 0006 427261732d31 0103 0002 abcd 0101 0004 66617374"
) + bytes(8)


def test_a_pado_of_the_rfc_is_read() -> None:
    seen = read_discovery(PADO)
    assert seen is not None
    assert (seen.code, seen.source, seen.text(frames.AC_NAME)) == (frames.PADO, THEM, "Bras-1")
    assert (seen.all(frames.HOST_UNIQ), seen.all(frames.SERVICE_NAME)) == ([b"\xab\xcd"], [b"", b"fast"])


def test_a_padi_goes_out_as_the_rfc_draws_it() -> None:
    sent = write_discovery(frames.PADI, source=US, target=frames.BROADCAST, tags=((frames.SERVICE_NAME, b""),))
    assert sent == bytes.fromhex("ffffffffffff 020000000001 8863 11 09 0000 0004 0101 0000")


def test_a_padt_by_hand_is_scapys() -> None:
    sent = frames.write_padt(source=US, target=THEM, session=7)
    assert sent == write_discovery(frames.PADT, source=US, target=THEM, session=7)


def test_errors_are_told_in_the_peers_words() -> None:
    tags = ((0x0201, b"no such service"), (0x0203, b""))
    assert Discovery(code=frames.PADS, source=THEM, tags=tags).errors() == (
        "Service-Name-Error: no such service; Generic-Error"
    )


@pytest.mark.parametrize("cut", range(len(PADO) - 8))
def test_a_cut_frame_is_no_frame(cut: int) -> None:
    assert read_discovery(PADO[:cut]) is None


@pytest.mark.parametrize(("place", "octet"), [(14, 0x21), (14, 0x12), (19, 0x60), (19, 0x1B), (27, 0x40), (23, 0x09)])
def test_a_frame_that_contradicts_itself_is_no_frame(place: int, octet: int) -> None:
    assert read_discovery(PADO[:place] + bytes((octet,)) + PADO[place + 1 :]) is None


def test_an_end_of_list_ends_the_list() -> None:
    tags = ((frames.AC_NAME, b"a"), (0, b""), (frames.AC_NAME, b"b"))
    seen = read_discovery(write_discovery(frames.PADO, source=THEM, target=US, tags=tags))
    assert seen is not None and seen.all(frames.AC_NAME) == [b"a"]


@settings(max_examples=300)
@given(raw=st.binary(max_size=120))
def test_garbage_is_a_frame_or_none(raw: bytes) -> None:
    for seen in (read_discovery(raw), read_discovery(PADO[:14] + raw), read_discovery(PADO[:20] + raw)):
        assert seen is None or sum(len(value) + 4 for _, value in seen.tags) <= len(raw)


def test_what_scapys_fuzz_makes_is_a_frame_or_none() -> None:
    random.seed(2516)  # scapy draws from it
    for _ in range(300):
        tags = PPPoED_Tags(tag_list=[fuzz(PPPoETag()) for _ in range(3)])
        seen = read_discovery(bytes(Ether(src="02:00:00:00:00:02", dst="02:00:00:00:00:01") / fuzz(PPPoED()) / tags))
        assert seen is None or seen.source == THEM


@given(protocol=st.integers(0, 0xFFFF), payload=st.binary(max_size=100), padding=st.binary(max_size=50))
def test_a_session_frame_comes_back_as_it_was_written(protocol: int, payload: bytes, padding: bytes) -> None:
    raw = write_session((protocol, payload), source=THEM, target=US, session=7) + padding
    assert read_session(raw, peer=THEM, session=7) == (protocol, payload)
    assert read_session(raw, peer=US, session=7) is None
    assert read_session(raw, peer=THEM, session=8) is None


@settings(max_examples=200)
@given(raw=st.binary(max_size=60))
def test_garbage_in_a_session_is_a_frame_or_none(raw: bytes) -> None:
    head = write_session((0x0021, b""), source=THEM, target=US, session=7)[:18]
    seen = read_session(head + raw, peer=THEM, session=7)
    assert seen is None or len(seen[1]) <= len(raw)
