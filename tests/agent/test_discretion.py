"""What may leave the station: commitments for what is personal, networks for addresses, names for the rest."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.commitment import disclose, salts
from agent.discretion import Discretion
from agent.redaction import Redaction, without_addresses
from agent.work_order import WorkOrder
from diagnostics.committed import is_commitment
from diagnostics.measurement import Failure
from diagnostics.quantities import QUANTITIES
from tests.agent import orders, samples
from tests.diagnostics.fakes import measured

SERIAL = "HWTC4D2A9C17"
RESOURCE = {"olt": "OLT", "pon_port": "0/1/2", "circuit": "HZ-0571-4411-OPT", "cable_label": "HZW-7-2-301"}
KNOWN = {
    "name": "Chen Wei",
    "telephone": "+86 571 5555 0117",
    "address": "Block 7, 2-301, Lakeside Garden, Hangzhou",
    "account": "hz05710117@ftth",
    "account without its realm": "hz05710117",
    "circuit": "HZ-0571-4411-OPT",
    "label": "HZW-7-2-301",
    "technician": "T-4711",
    "serial": SERIAL,
    "serial in small letters": SERIAL.lower(),
    "serial as the OLT writes it": "485754434D2A9C17",
    "serial in pairs": "48:57:54:43:4d:2a:9c:17",
    "serial with a dash": "HWTC-4D2A9C17",
    "password": "correct horse",
}


def order() -> WorkOrder:
    return orders.work_order(resource=RESOURCE)


def discretion() -> Discretion:
    return Discretion(order(), samples.SALT, technician="T-4711", secrets=["correct horse"])


@pytest.mark.parametrize("value", KNOWN.values(), ids=KNOWN)
def test_what_was_told_in_confidence_is_taken_out_of_words(value: str) -> None:
    told = discretion().words(f"no such line: {value}!")
    assert value not in told and told.startswith("no such line: <") and told.endswith(">!")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("from 10.1.2.3, 10.1.2.4.", "from 10.1.2.0/24, 10.1.2.0/24."),
        ("10.1.2.3:5060", "10.1.2.0/24:5060"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("[2001:db8:1:2::6]:80", "[2001:db8:1::/48]:80"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("fe80::2e0:fcff:fe12:3456", "fe80::/48"),
        ("::ffff:10.1.2.3", "::/48"),
        ("00:e0:fc:12:34:56 and 00-E0-FC-12-34-56", "00:e0:fc:xx:xx:xx and 00-E0-FC-xx-xx-xx"),
        ("00e0-fc12-3456, 00e0.fc12.3456", "00e0-fcxx-xxxx, 00e0.fcxx.xxxx"),
        ("at 09:30:00 of 1.5.3", "at 09:30:00 of 1.5.3"),
        ("300.1.2.3 is none", "300.1.2.3 is none"),
    ],
)
def test_an_address_keeps_its_network(text: str, left: str) -> None:
    assert without_addresses(text) == left


@given(st.text(max_size=200))
def test_any_text_comes_out_of_redaction_and_a_second_one_changes_nothing(text: str) -> None:
    made = Redaction({SERIAL: "ont_serial"}, ["secret"])
    once = made.words(text)
    assert SERIAL not in once and made.words(once) == once


@given(st.ip_addresses())
def test_no_address_survives(address: object) -> None:
    assert str(address) not in without_addresses(f"({address})").split("/")[0] or str(address).endswith((".0", "::"))


def test_a_secret_is_taken_out_only_where_it_stands_alone() -> None:
    made = Redaction({}, ["admin"])
    assert made.words("admin, administrator") == "<secret>, administrator"


def test_a_serial_that_was_read_is_the_ordered_one_exactly_when_it_is() -> None:
    same = discretion().measurements([measured("ont_pon_serial", "485754434D2A9C17")])
    other = discretion().measurements([measured("ont_equipment_serial", "21500831023GF1002345")])
    assert same[0].value == discretion().ordered.ont_serial
    assert is_commitment(other[0].value) and other[0].value != same[0].value


def test_the_salts_of_a_signed_order_are_used_where_it_has_them() -> None:
    theirs = salts(b"the ticket service's")
    told = [disclose("ont_serial", SERIAL, theirs), disclose("technician", "T-1", theirs)]
    made = Discretion(order(), samples.SALT, disclosures=told, technician="T-4711")
    assert made.ordered.ont_serial == told[0].commitment
    assert made.commitments["technician"] == disclose("technician", "T-4711", theirs).commitment
    assert made.commitments["circuit"] == disclose("circuit", RESOURCE["circuit"], samples.SALT).commitment


@pytest.mark.parametrize("name", [name for name, quantity in QUANTITIES.items() if quantity.kind == "text"])
def test_no_text_that_a_device_may_choose_carries_anything_out(name: str) -> None:
    clear = f"{SERIAL} {KNOWN['name']} {KNOWN['account']} 10.1.2.3 2001:db8:1:2:3:4:5:6 00:e0:fc:12:34:56 correct horse"
    made = discretion()
    (told,) = made.measurements([replace(measured(name, clear), raw=clear, source=clear, index=clear[:40])])
    told_of = " ".join(map(str, (told.value, told.raw, told.source, told.index)))
    for word in (SERIAL, "Chen", "hz0571", "correct"):
        assert word not in told_of
    addressed = name.startswith("ont_") and name.endswith(("vendor", "model", "version"))
    assert addressed or ("10.1.2.3" not in told_of and ":3:4:5:6" not in told_of and "12:34:56" not in told_of)
    assert [each.value for each in made.disclosures if each.name in (told.name, QUANTITIES[name].personal)]
    assert not any("correct horse" in each.value.lower() for each in made.disclosures), "an opening holds no password"


def test_a_failure_s_words_and_those_of_a_run_are_cut_down_too() -> None:
    made = discretion()
    failure = Failure(kind="refused", stage="dial", detail="hz05710117@ftth is in use at 10.1.2.3")
    failed = replace(measured("pppoe_words", "x"), value=None, failure=failure)
    (told,) = made.measurements([failed])
    assert told.failure and told.failure.detail == "<account> is in use at 10.1.2.0/24"
    run = made.run(samples.BUSY | {"failure": {"kind": "refused", "stage": "x", "detail": "no route to 10.1.2.3"}})
    assert run["failure"]["detail"] == "no route to 10.1.2.0/24"
    assert made.run(samples.RUN) == samples.RUN


def test_a_version_that_looks_like_an_address_stays() -> None:
    (told,) = discretion().measurements([measured("ont_software_version", "1.2.3.4")])
    assert told.value == "1.2.3.4"


def test_a_kept_answer_lies_behind_a_salt_of_its_own() -> None:
    made = discretion()
    kept = made.evidence("telnet: display sn", b"SN: HWTC4D2A9C17")
    assert kept[16:] == b"SN: HWTC4D2A9C17" and kept[:16] != made.evidence("telnet: other", b"")


def test_nothing_of_it_prints() -> None:
    made = discretion()
    made.measurements([measured("ont_pon_serial", SERIAL)])
    printed = f"{made!r} {made.disclosures!r} {json.dumps(made.commitments)}"
    for value in KNOWN.values():
        assert value not in printed
