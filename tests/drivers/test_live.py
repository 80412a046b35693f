"""A virtual ONT that lives: what grows is read back grown, by the family's own profile; all else is the capture's."""

from collections.abc import Callable, Mapping

import pytest

from diagnostics.measurement import Measurement
from drivers.capture import Capture, load_capture
from drivers.logins import Login
from drivers.profile import Profile
from drivers.profile_file import families, load_profile
from drivers.terminal import ChildTerminal
from drivers.virtual.live import FEC_EVERY_BYTES, grown, overlay
from drivers.virtual.ont import VirtualOnt, virtual_community, virtual_login
from drivers.virtual.servers import serve

COUNTED = {"rx_bytes": 5_000_000, "tx_bytes": 3_000_000, "rx_packets": 4000, "tx_packets": 2000, "rx_errors": 9}


Growth = Callable[[], Mapping[str, float]]


def read(capture: Capture, transport: str, login: Login, growth: Growth) -> list[Measurement]:
    """What a station reads from a virtual ONT that has grown so much."""
    profile = load_profile(capture.family)
    ont = VirtualOnt(capture=capture, login=login, live=overlay(capture, profile, growth))
    with serve(ont, transport) as server:
        terminal = ChildTerminal(
            address=server.host, port=server.port, transport=transport, family=capture.family, login=login
        )
        return list(terminal.read().measurements)


@pytest.mark.parametrize(
    ("family", "transport", "login"),
    [
        ("huawei_wap", "telnet", virtual_login()),
        ("dasan_znid", "snmp", virtual_community()),
        ("realtek_rtl960x", "telnet", virtual_login()),
    ],
)
def test_what_grows_is_read_back_grown_and_all_else_as_captured(family: str, transport: str, login: Login) -> None:
    capture = load_capture(family, "lit")
    by = grown(COUNTED | {"tx_bytes": 3 * FEC_EVERY_BYTES}, 1000.0)
    made = read(capture, transport, login, lambda: by)
    assert any(m.quantity in by for m in made if m.value is not None)
    for measurement in made:
        if measurement.failure is None:
            before = capture.values[measurement.name]
            growth = by.get(measurement.quantity, 0) if measurement.index in ("", "lan1") else 0
            assert measurement.value == (before + growth if isinstance(before, int) and growth else before)


@pytest.mark.parametrize(("family", "uptime_s"), [("huawei_wap", 287536), ("dasan_znid", 99720)])
def test_a_restart_begins_the_uptime_anew(family: str, uptime_s: int) -> None:
    transport, login = ("telnet", virtual_login()) if family == "huawei_wap" else ("snmp", virtual_community())
    made = read(load_capture(family, "lit"), transport, login, lambda: grown({}, 50.0, 7.0, uptime_s))
    assert next(m.value for m in made if m.quantity == "ont_uptime_s") == 7


def every_profile() -> list[Profile]:
    return [load_profile(family) for family in families()]


@pytest.mark.parametrize("profile", every_profile(), ids=lambda profile: profile.family)
def test_without_growth_every_family_says_what_its_capture_says(profile: Profile) -> None:
    capture = load_capture(profile.family, "lit")
    nothing = grown(dict.fromkeys(COUNTED, 0), 0.0)
    for place, now in overlay(capture, profile, lambda: nothing).items():
        text = capture.answers[place] if place in capture.answers else capture.records[place][1]
        assert now(text) == text
