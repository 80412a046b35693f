"""The pages on records and MQTT name what the software knows, so that others can build on them."""

import re
from pathlib import Path

import pytest

from agent import acknowledgement, mqtt_link, review, seal
from agent.admission import Admission
from agent.outbox import RESEND_AFTER_S
from agent.receipt import STATES, Health, Receipt
from agent.record_form import FIELDS
from agent.review import Review
from agent.signed_order import SignedOrder
from agent.trust import ROLES
from agent.verification import Checked

DOCS = Path(__file__).parents[2] / "docs"
RECORD, MQTT = (DOCS / "record.md").read_text(), (DOCS / "mqtt.md").read_text()


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", re.sub(r"(?ms)^```.*?^```$", "", text)))


@pytest.mark.parametrize("tx", sorted(FIELDS))
def test_every_field_of_a_record_is_explained_and_each_step_lists_its_own(tx: str) -> None:
    common = set.intersection(*FIELDS.values())
    row = next(line for line in RECORD.splitlines() if line.startswith(f"| `{tx}` "))
    assert words(row) - {tx} == FIELDS[tx] - common
    assert words(RECORD) >= FIELDS[tx]


def test_roles_types_and_the_fields_of_an_acceptance_are_explained() -> None:
    assert words(RECORD) >= {*ROLES, *acknowledgement.DECISIONS, seal.RECORD, seal.ACCEPTANCE, seal.ENROLMENT}
    assert words(RECORD) >= set(acknowledgement.Acceptance.__slots__) | set(Review.__slots__) | set(review.CHOICES)


def test_the_intervals_and_limits_on_the_page_are_the_real_ones() -> None:
    assert RESEND_AFTER_S == 15 * 60
    assert f"Receive Maximum {mqtt_link.RECEIVE_MAXIMUM}" in MQTT
    assert f"keepalive {mqtt_link.KEEPALIVE_S} s" in MQTT
    assert f"{mqtt_link.Will(topic='', payload=b'').delay_s} s after the connection broke" in MQTT
    assert seal.TOKEN_LENGTH < 96 * 1024
    assert Checked(name="", status="OK", words="").needed


def test_the_pages_on_orders_and_receipts_name_every_member() -> None:
    orders, reflector = (words((DOCS / f"{name}.md").read_text()) for name in ("orders", "reflector"))
    assert reflector >= {*Receipt.__slots__, *Health.__slots__, *Admission.__slots__, *STATES}
    renamed = {"order_id": "order", "order_digest": "order"}
    assert orders >= {renamed.get(name, name) for name in SignedOrder.__slots__}
    assert words(RECORD) | orders | reflector >= {*seal.ROLE_OF}
