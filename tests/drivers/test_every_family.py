"""A wrong password, and a session that somebody else holds, have a name in every family and over every transport."""

from dataclasses import replace

import pytest

from diagnostics.instruments import Reading
from diagnostics.secret import Secret
from drivers.capture import load_capture
from drivers.logins import Login
from drivers.profile import Profile
from drivers.profile_file import families, load_profile
from drivers.resource import filled
from drivers.virtual.ont import Faults, VirtualOnt, virtual_login
from drivers.virtual.rehearsal import ways
from tests.drivers.reader import read_here

WAYS = [(family, way) for family in families() for way, _, _ in ways(load_profile(family))]
SHELLS = [(family, way) for family, way in WAYS if not way.startswith("snmp")]
WRONG = Secret("hunter2-hunter2")


def described(family: str) -> tuple[Profile, VirtualOnt]:
    """The profile of a family, about the ONT that its lit capture is about, and a virtual ONT that is lit."""
    lit, profile = load_capture(family, "lit"), load_profile(family)
    return filled(profile, lit.resource) if lit.resource else profile, VirtualOnt(capture=lit)


def spoilt(login: Login) -> Login:
    """The log-in with another password, community or authentication key."""
    if login.community.reveal():
        return replace(login, community=WRONG)
    if login.authentication_key.reveal():
        return replace(login, authentication_key=WRONG)
    return replace(login, password=WRONG)


def kinds(reading: Reading) -> set[str]:
    """What became of the quantities."""
    return {m.failure.kind if m.failure else "value" for m in reading.measurements}


@pytest.mark.parametrize(("family", "way"), WAYS)
def test_a_wrong_password_is_tried_once_and_has_a_name(family: str, way: str) -> None:
    """A community that an agent does not know gets no reply at all, so that is a timeout."""
    profile, ont = described(family)
    (transport, right), *_ = [(transport, login) for name, transport, login in ways(profile) if name == way]
    silent = way == "snmp v2c"
    made = read_here(ont, transport, spoilt(right), profiles=[profile], deadline_s=0.5 if silent else 20.0)
    assert kinds(made) == {"timeout" if silent else "auth_rejected"}
    assert "hunter" not in str(made)
    assert ont.log_ins == ([] if transport == "snmp" else [False])


@pytest.mark.parametrize(("family", "transport"), SHELLS)
def test_an_ont_whose_session_somebody_holds_is_busy_where_its_family_has_words_for_it(
    family: str, transport: str
) -> None:
    """It says so and hangs up; where no source tells the words of the family, that is a refusal with what it said."""
    profile, ont = described(family)
    ont.faults, ont.open_sessions = Faults(sessions=1), 1
    made = read_here(ont, transport, virtual_login(), profiles=[profile], deadline_s=20.0)
    assert profile.dialogue
    assert kinds(made) == {"busy" if profile.dialogue.busy else "refused"}
    assert "Too many users" in str(made.measurements[0].failure)


@pytest.mark.parametrize(
    ("family", "refused", "kind"),
    [
        ("technicolor_homeware", "channel", "busy"),
        ("technicolor_homeware", "shell", "refused"),
        ("lantiq_falcon", "channel", "refused"),  # OpenSSH's client does not pass on why
        ("lantiq_falcon", "shell", "refused"),
    ],
)
def test_an_ssh_server_that_lets_in_but_gives_no_session_has_a_name(family: str, refused: str, kind: str) -> None:
    profile, ont = described(family)
    ont.faults = Faults(refuses=refused)
    assert kinds(read_here(ont, "ssh", virtual_login(), profiles=[profile], deadline_s=20.0)) == {kind}


@pytest.mark.parametrize("transport", ["telnet", "ssh"])
def test_a_realtek_that_resets_the_second_connection_has_refused_it(transport: str) -> None:
    profile, ont = described("realtek_rtl960x")
    ont.faults = Faults(resets=True)
    assert kinds(read_here(ont, transport, virtual_login(), profiles=[profile], deadline_s=20.0)) == {"refused"}
