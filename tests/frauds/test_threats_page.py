"""The threat model names real cases and real controls, says truly what becomes of them, and leaves out none of ours."""

import re
from pathlib import Path

import pytest

from tests.frauds.table import CONTROLS, FRAUDS

PAGE = (Path(__file__).parents[2] / "docs" / "threats.md").read_text()
TABLE = PAGE.split("## Frauds and controls")[1].split("## What is not defended")[0]
ROWS = [
    tuple(word.strip() for word in line.strip("|").split("|"))
    for line in TABLE.splitlines()
    if line.startswith("| ") and not line.startswith("| fraud")
]
PASSED = ("closed", "went through", "valid")
THE_HOUSE_LIST = (
    "local iperf3 server",
    "reflector name pointed at a laptop",
    "old result again",
    "result of order A for order B",
    "edited criteria",
    "verdict pass over failing numbers",
    "nine hidden failed attempts",
    "phone hotspot",
    "neighbour's ONT",
    "ONT counters flat",
    "ONT swapped between reading and test",
    "other serial than ordered",
    "card cloned",
    "card rolled back",
    "revoked key",
    "key inside the record",
    "alg none",
    "HMAC with the public key",
    "ES256 under an Ed25519 kid",
    "small-order key",
    "duplicate JSON keys",
    "padded base64",
    "spaced base64",
    "receipt of run 1 for run 2",
    "receipt of another station",
    "order expired by server time",
    "two stations with one key",
)


@pytest.mark.parametrize(("fraud", "decision", "control", "alone"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_page_is_true(fraud: str, decision: str, control: str, alone: str) -> None:
    said = {"waits": "waits", "repeated": "again"}.get(FRAUDS[fraud].decision, FRAUDS[fraud].decision)
    assert said in decision
    assert (CONTROLS[control].stops[fraud] in PASSED) == (alone == "yes"), CONTROLS[control].stops[fraud]


def test_every_fraud_of_the_house_list_is_on_the_page() -> None:
    assert set(THE_HOUSE_LIST) <= {row[0] for row in ROWS}


def test_links_of_the_page_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([\w.]+)\)", PAGE):
        assert (Path(__file__).parents[2] / "docs" / link).exists(), link
