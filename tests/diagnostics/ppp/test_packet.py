"""Control packets are read as the RFC lays them out, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.ppp import PPP_LCP_Configure, PPP_LCP_Magic_Number_Option, PPP_LCP_MRU_Option

from diagnostics.ppp.packet import Packet, read_options, read_packet, write_options

BYTES = st.binary(max_size=80)


def test_scapy_reads_what_we_write() -> None:
    options = ((1, b"\x05\xd4"), (5, b"\x12\x34\x56\x78"))
    read = PPP_LCP_Configure(Packet(code=1, ident=7, data=write_options(options)).raw())
    assert (read.code, read.id, read.options[0].max_recv_unit) == (1, 7, 1492)
    assert read.options[1].magic_number == 0x12345678


def test_we_read_what_scapy_writes() -> None:
    options = [PPP_LCP_MRU_Option(max_recv_unit=1500), PPP_LCP_Magic_Number_Option(magic_number=1)]
    packet = read_packet(bytes(PPP_LCP_Configure(code=2, id=9, options=options)) + bytes(30))
    assert packet is not None
    assert (packet.code, packet.ident) == (2, 9)
    assert read_options(packet.data) == ((1, b"\x05\xdc"), (5, b"\x00\x00\x00\x01"))


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x01\x01\x00", b"\x01\x01\x00\x03", b"\x01\x01\x00\x05"])
def test_a_length_that_cannot_be_is_no_packet(raw: bytes) -> None:
    assert read_packet(raw) is None


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x01", b"\x01\x00", b"\x01\x04\x05", b"\x01\x04\x05\xd4\x05"])
def test_a_cut_option_is_no_list(data: bytes) -> None:
    assert read_options(data) is None


@given(code=st.integers(0, 255), ident=st.integers(0, 255), data=BYTES, padding=BYTES)
def test_a_packet_comes_back_as_it_was_written(code: int, ident: int, data: bytes, padding: bytes) -> None:
    packet = Packet(code=code, ident=ident, data=data)
    assert read_packet(packet.raw() + padding) == packet


@given(raw=BYTES)
def test_options_that_are_read_are_what_stood_there(raw: bytes) -> None:
    options = read_options(raw)
    assert options is None or write_options(options) == raw
