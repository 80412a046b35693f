"""What identifies device or owner never survives the scrubber, is the same wherever it stands, and keeps its form."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.scrub import scrubbed, stand_in

SALT = b"only here"


def scrub(text: str, *secrets: str) -> str:
    """One answer, scrubbed."""
    return scrubbed({"q": text}, secrets, SALT)["q"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("sn = 48575443CA49257B", r"sn = 48575443[0-9A-F]{8}"),
        ("SN: HWTCCA49257B", r"SN: HWTC[0-9A-F]{8}"),
        ("sn 48 57 54 43 ca 49 25 7b.", r"sn 48 57 54 43( [0-9a-f]{2}){4}\."),
        ("; Serial number 311770425.", r"; Serial number \d{9}\."),
        ("mac 34:6A:C2:11:22:33", r"mac 34:6A:C2(:[0-9A-F]{2}){3}"),
        ("805e-0c5c-4277", r"805e-0c[0-9a-f]{2}-[0-9a-f]{4}"),
        ("aa.bb.12.34.56.78", r"aa\.bb\.12(\.[0-9a-f]{2}){3}"),
        ("8C97EA6C17AC", r"8C97EA[0-9A-F]{6}"),
        ("ELAN_MAC = 718273645546", r"ELAN_MAC = 718273\d{6}"),
        ("SSID : My Home 5G", r"SSID : [A-Z][a-z] [A-Z][a-z]{3} \d[A-Z]"),
        ('<DM name="ESSID" val="Myhome"/>', r'<DM name="ESSID" val="[A-Z][a-z]{5}"/>'),
        ("Password : geheim", "Password : <secret>"),
    ],
)
def test_the_form_is_kept_and_the_word_is_not(text: str, form: str) -> None:
    made = scrub(text)
    assert re.fullmatch(form, made), made
    assert made != text


def test_the_same_serial_gets_the_same_stand_in_in_every_spelling_and_answer() -> None:
    made = scrubbed(
        {"a": "sn = 48575443CA49257B", "b": "HWTCca49257b and 48:57:54:43:ca:49:25:7b", "c": "only CA49257B"}, (), SALT
    )
    digits = made["a"][-8:].lower()
    assert digits != "ca49257b"
    assert "HWTC" + digits in made["b"] and ":".join(re.findall("..", digits)) in made["b"]
    assert made["c"].lower() == f"only {digits}"


@pytest.mark.parametrize(
    "text", ["RxPower : -18.20 (dBm)", "UpTime = 3 day(s) 07:52:16", "Rx unicast packets : 718273645546",
             "MAC = ff:ff:ff:ff:ff:ff", "V3R017C10S120", "1.3.6.1.2.1.1.3.0 = 9971967", "FirmwareVersion ABCD1234"],
)  # fmt: skip
def test_what_is_to_be_read_stays(text: str) -> None:
    assert scrub(text) == text


def test_another_salt_makes_other_words() -> None:
    assert stand_in("CA49257B", b"1") != stand_in("CA49257B", b"2")


HEX8 = st.text("0123456789abcdef", min_size=8, max_size=8).filter(lambda w: len(set(w)) > 3)
WORD = st.text(string.ascii_letters + string.digits, min_size=8, max_size=16).filter(lambda w: len(set(w.lower())) > 4)
NOISE = st.text(st.sampled_from("abc =:\n-#%"), max_size=30)
PLACES = st.sampled_from(
    ["Password : {}", "wpa_passphrase={}", 'name="AdminPwd" val="{}"', "SSID = {}", "Serial Number: {}", "LOID = {}"]
)


@settings(max_examples=300, deadline=None)
@given(WORD, PLACES, NOISE, NOISE)
def test_a_planted_word_never_survives(word: str, place: str, before: str, after: str) -> None:
    text = f"{before}\n{place.format(word)}\n{after}\n"
    assert word.lower() not in scrub(text).lower()


@settings(max_examples=200, deadline=None)
@given(WORD, NOISE, NOISE)
def test_the_log_in_of_the_reader_never_survives_wherever_it_stands(word: str, before: str, after: str) -> None:
    assert word not in scrub(f"{before}{word}{after}", word)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["HWTC", "ZTEG", "GPON", "ALCL"]), HEX8, NOISE, st.integers(0, 5))
def test_a_planted_serial_never_survives_in_any_spelling(vendor: str, digits: str, noise: str, spelling: int) -> None:
    pairs = [*re.findall("..", vendor.encode().hex()), *re.findall("..", digits)]
    forms = [
        vendor + digits,
        vendor + digits.upper(),
        "".join(pairs),
        "".join(pairs).upper(),
        " ".join(pairs),
        ":".join(pairs),
    ]
    made = scrub(f"{noise}\nsn = {forms[spelling]}\n{noise}")
    assert digits not in re.sub("[ :]", "", made).lower()


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789abcdef", min_size=6, max_size=6), st.sampled_from([":", "-", "."]), st.booleans())
def test_a_planted_mac_never_survives(low: str, gap: str, upper: bool) -> None:
    mac = gap.join(re.findall("..", "a4c7de" + low))
    made = scrub(f"addr {mac.upper() if upper else mac} up")
    assert re.fullmatch(r"addr (?:[0-9a-fA-F]{2}[:.\-]){5}[0-9a-fA-F]{2} up", made)
    assert low not in re.sub(r"\W", "", made).lower()


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_scrubbed_twice_without_a_crash(text: str) -> None:
    scrub(scrub(text))
