"""Criteria files are read strictly: what is wrong in one is named with file, limit and key."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics import criteria
from diagnostics.criteria import CriteriaError, load, parse
from diagnostics.instruments import Window
from diagnostics.limits import floor_mbps
from diagnostics.line import Ordered
from tests.diagnostics.fakes import ORDERED

RAW = (Path(criteria.__file__).parent / "criteria" / "cn_telecom_ftth.toml").read_bytes()
BARE = re.sub(rb"(?m)^congestion_control.*\n", b"", RAW)  # [traffic] with nothing but what it must have


def test_every_number_names_its_source() -> None:
    assert all(limit.source for limit in load("cn_telecom_ftth").for_line(ORDERED))


def test_the_required_limits_are_those_that_a_return_depends_on() -> None:
    required = {limit.name for limit in load("cn_telecom_ftth").for_line(ORDERED) if limit.required}
    assert required == {
        "rx_power_gpon_b_plus",
        "ordered_ont",
        "port_speed",
        "download_share",
        "download_per_mbit",
        "upload_share",
        "same_ont",
    }


def test_the_set_with_a_visit_demands_the_very_same_of_the_line() -> None:
    def line(name: str) -> str:
        text = (Path(criteria.__file__).parent / "criteria" / f"{name}.toml").read_text()
        return text[text.index("default_pon_class") : text.index("# --- the visit")]

    assert line("cn_telecom_ftth_visit") == line("cn_telecom_ftth"), "change a limit on the line in both files"


@pytest.mark.parametrize(("contract", "floor"), [(100, 92.16), (300, 276.48), (1000, 921.6)])
def test_the_stricter_half_of_the_rule_sets_the_floor(contract: float, floor: float) -> None:
    ordered = Ordered(services=("broadband",), down_mbps=contract, up_mbps=contract, ont_serial="X")
    limits = load("cn_telecom_ftth").for_line(ordered)
    assert floor_mbps(limits, "throughput_down_mbps") == pytest.approx(floor)
    assert floor_mbps(limits, "throughput_up_mbps") == pytest.approx(0.9 * contract)


@pytest.mark.parametrize(
    ("pon_class", "lower", "upper"),
    [("", -27, -8), ("gpon_c_plus", -30, -8), ("xgs", -28, -9), ("epon_px20_plus", -24, -3)],
)
def test_the_optical_window_goes_by_class(pon_class: str, lower: float, upper: float) -> None:
    ordered = Ordered(services=("broadband",), down_mbps=1, up_mbps=1, ont_serial="X", pon_class=pon_class)
    windows = [limit for limit in load("cn_telecom_ftth").for_line(ordered) if limit.quantity == "ont_rx_power_dbm"]
    assert [(limit.lower, limit.upper) for limit in windows] == [(lower, upper)]


def test_an_unknown_class_or_name_is_refused_with_what_is_known() -> None:
    with pytest.raises(CriteriaError, match="no limits for PON class 'gpon_z'; known: epon_px20_plus, gpon_b_plus"):
        load("cn_telecom_ftth").for_line(Ordered(pon_class="gpon_z"))
    with pytest.raises(CriteriaError, match="did you mean cn_telecom_ftth"):
        load("cn_telecom_fth")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            b"lower = -27.0",
            b"lowr = -27.0",
            "limit 1 (rx_power_gpon_b_plus): lowr is not a key here; did you mean lower?",
        ),
        (b"lower = -27.0", b'lower = "x"', "limit 1 (rx_power_gpon_b_plus): lower must be a number"),
        (b'quantity = "ont_rx_power_dbm"', b'quantity = "ont_rx_powr_dbm"', "did you mean ont_rx_power_dbm?"),
        (b"required = true", b'required = "yes"', "required must be true or false"),
        (b'kind = "share"', b'kind = "percent"', "floor.kind must be one of share, kB_per_Mbit, KiB_per_Mbit"),
        (b'equals_ordered = "ont_serial"', b'equals_ordered = "shoe_size"', "equals_ordered must be one of"),
        (b"streams = 8", b"streams = 0", "[traffic]: streams must be a whole number from 1 to 100"),
        (b"streams = 8", b"streams = 8\nrounds = 0", "[traffic]: rounds must be a whole number from 1 to 100"),
        (b"streams = 8", b"streams = 8\nrounds = 14", "[traffic]: rounds x (discard_s + average_s) must be at most"),
        (b"streams = 8", b'streams = 8\nstatistic = "max"', "statistic must be one of median, mean, min"),
        (b"streams = 8", b'streams = 8\nlayer = "udp"', "layer must be one of tcp_payload, ip, ethernet"),
        (b"streams = 8", b"streams = 8\nfamily = 6", "family must be one of auto, 4, 6"),
        (b"streams = 8", b"streams = 8\nlayer = [1]", "layer must be one of"),
        (
            b'congestion_control = "cubic"',
            b'congestion_control = "rm -rf"',
            "congestion_control must be a name like cubic",
        ),
        (b"streams = 8", b'streams = 8\nfamly = "6"', "famly is not a key here; did you mean family?"),
        (b"uncertainty_ratio = 0.0125", b'uncertainty_ratio = "1 %"', "uncertainty_ratio must be a number"),
        (b"uncertainty_ratio", b"uncertainty_rate", "uncertainty_rate is not a key here; did you mean uncertainty"),
        (b'remark = "throughput_down_repeat"', b'remark = "port_speed_mbps"', "remark must be a quantity that is text"),
        (b'name = "tx_power_xgs"', b'name = "rx_power_xgs"', "two limits are named rx_power_xgs"),
        (b'mode = "bridge"', b'mode = "brigde"', "(ordered_vlans): mode must be one of route, bridge"),
        (b'version = "1"', b"version = 1", "version must be text"),
        (b"[traffic]", b"[trafic]", "trafic is not a key here; did you mean traffic?"),
        (b"[traffic]", b"[traffic", "not TOML"),
    ],
    ids=lambda value: None,
)
def test_a_wrong_file_is_named_with_limit_and_key(old: bytes, new: bytes, words: str) -> None:
    assert old in RAW
    with pytest.raises(CriteriaError) as caught:
        parse(RAW.replace(old, new, 1), "x.toml")
    assert str(caught.value).startswith("x.toml: ")
    assert words in str(caught.value)


def test_traffic_says_how_throughput_is_measured() -> None:
    told = b'streams = 4\nrounds = 3\nstatistic = "min"\nlayer = "ip"\nfamily = "6"\ncongestion_control = "bbr"'
    assert parse(BARE.replace(b"streams = 8", told), "x.toml").window == Window(
        discard_s=5,
        average_s=10,
        streams=4,
        rounds=3,
        statistic="min",
        layer="ip",
        family="6",
        congestion_control="bbr",
    )


def test_what_traffic_does_not_say_is_one_round_of_tcp_payload() -> None:
    assert parse(BARE, "x.toml").window == Window(discard_s=5, average_s=10, streams=8)


@pytest.mark.parametrize(
    ("layer", "words"), [(b"tcp_payload", "TCP payload"), (b"ip", "IP packets"), (b"ethernet", "Ethernet frames")]
)
def test_a_limit_of_a_rate_says_which_bytes_count(layer: bytes, words: str) -> None:
    made = parse(RAW.replace(b"streams = 8", b'streams = 8\nlayer = "' + layer + b'"'), "x.toml").for_line(ORDERED)
    bases = {limit.name: limit.basis for limit in made}
    assert bases["download_share"] == f"90 % of 1000 Mbit/s ordered, counting {words}"
    assert bases["download_per_mbit"].endswith(f"for each Mbit/s of 1000 Mbit/s ordered, counting {words}")
    assert "counting" not in bases["port_speed"]


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(RAW) - 1), cut=st.integers(0, 40), put=st.binary(max_size=12))
def test_a_damaged_file_is_an_error_or_still_criteria(place: int, cut: int, put: bytes) -> None:
    try:
        made = parse(RAW[:place] + put + RAW[place + cut :], "x.toml")
    except CriteriaError as error:
        assert "\n" not in str(error)
    else:
        assert made.rules
