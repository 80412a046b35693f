"""A TM Forum work order becomes one of ours by a mapping that is data; what is wrong is named by file and key."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acceptor import tmf_order, tmf_path
from agent.acceptor.tmf_mapping import OrderMapping, load_mapping
from agent.acceptor.tmf_order import read_links, read_order
from agent.toml_table import ConfigError
from agent.work_order import OrderError, WorkOrder

EXAMPLES = Path(__file__).parents[3] / "agent" / "examples"
MAPPING = load_mapping(EXAMPLES / "tmf_mapping.toml")
TEXT = (EXAMPLES / "tmf697_work_order.json").read_text()
OURS = WorkOrder.parse((EXAMPLES / "install.json").read_bytes())


def document(**changes: Any) -> dict[str, Any]:
    return tmf_order.parse(TEXT.encode()) | changes


def mapping(folder: Path, text: str) -> OrderMapping:
    path = folder / "mapping.toml"
    path.write_text(text)
    return load_mapping(path)


def test_the_example_reads_as_the_very_order_that_we_would_have_written() -> None:
    made = read_order(document(), MAPPING)
    assert (made.id, made.customer, made.telephone, made.account) == (OURS.id, "Chen Wei", OURS.telephone, OURS.account)
    assert made.ordered == OURS.ordered
    assert made.site == "Block 7, Lakeside Garden, Hangzhou, 2-301"
    assert made.appointment.window_from == OURS.appointment.window_from
    assert made.reflectors == OURS.reflectors
    assert made.circuit == "HZ-FTTH-0117"
    assert made.unknown == {}


def test_the_ids_of_the_ticket_systems_come_along() -> None:
    assert read_links(document(), MAPPING) == {"workOrder": "f3a1c9d2", "service": "svc-5501"}
    reference = [{"externalReferenceType": "troubleTicket", "id": "TT-9"}]
    assert read_links(document(externalReference=reference), MAPPING)["troubleTicket"] == "TT-9"
    assert read_links(document(id=".."), MAPPING) == {"service": "svc-5501"}


def test_a_service_order_of_tmf641_reads_the_same_way(tmp_path: Path) -> None:
    items = document()["workOrderItem"]
    order = {name: value for name, value in document().items() if name != "workOrderItem"}
    assert read_order(order | {"serviceOrderItem": items}, MAPPING).ordered == OURS.ordered


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        (500, 500),
        ("500", 500),
        ("0.5 Gbps", 500),
        ("500000 kbit/s", 500),
        ({"amount": 500, "units": "Mbps"}, 500),
        ({"value": "500"}, 500),
        ("99.5 Mbit/s", 99.5),
    ],
)
def test_a_rate_is_read_with_its_unit(said: Any, rate: float) -> None:
    text = TEXT.replace('{ "value": 1, "unit": "Gbit/s" }', json.dumps(said))
    assert read_order(tmf_order.parse(text.encode()), MAPPING).ordered.down_mbps == rate


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"HWTC4D2A9C17"', '""', "ont.serial: is missing; .* found nothing for .*ont.serial from characteristic"),
        ('"ontSerialNumber"', '"serialNo"', "ont.serial: is missing; .*ont.serial from characteristic.ontSerialNumber"),
        ('"100 Mbps"', '"100 MB/s"', r"services\[0\].up_mbps: must be a number of Mbit/s"),
        ('"100 Mbps"', '"fast"', r"services\[0\].up_mbps: must be a number of Mbit/s"),
        ('"41, 1117"', '"41, x"', r"resource.vlans\[1\]: must be a VLAN"),
        ('"17"', '"seventeen"', "resource.onu_id: must be a whole number"),
        ('"provide"', '"dig"', "kind: must be one of install, move, repair"),
        ('"customer", "name"', '"payer", "name"', "customer.name: is missing"),
        ('"ponPort", "value": "0/2/5"', '"oltName", "value": "OTHER"', "oltName stands there twice"),
        ("2026-03-03T16:00:00", "2026-03-03T12:00:00", "appointment.window.to: must be later"),
    ],
)
def test_what_is_wrong_with_an_order_is_named_by_our_field(old: str, new: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises((OrderError, tmf_path.Ambiguous), match=words):
        read_order(tmf_order.parse(TEXT.replace(old, new).encode()), MAPPING)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"\[order\]: is missing"),
        ('[order]\nid = "a b"', "is not a path like"),
        ('[order]\nid = "a[x"', "is not a path like"),
        ('[order]\nid = ""', "must be text in quotes"),
        ("[order]\nid = 7", "must be a table"),
        ('[order]\nid = { form = ["id"] }', "form: is not known here; did you mean from"),
        ('[order]\n"Customer Name" = "id"', "must be a field of a work order"),
        ('[order]\n"services.down_mbps" = "id"', "must be services.KIND.FIELD"),
        ('[order]\n"services.tv.x" = "id"', "must be services.KIND.FIELD"),
        ('[order]\nid = "id"\n[links]\nticket = "id"', "is not one of workOrder, service, troubleTicket"),
        ('[order]\nid = "id"\n[other]\nx = 1', r"\[other\]: is not known here"),
    ],
)
def test_a_wrong_mapping_is_one_line_that_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"mapping.toml: .*{words}"):
        mapping(tmp_path, text)


def test_a_service_of_which_nothing_was_found_is_not_ordered() -> None:
    assert read_order(document(), MAPPING).ordered.services == ("broadband",)
    text = TEXT.replace('"unit", "value"', '"sipUser", "value"')
    assert read_order(tmf_order.parse(text.encode()), MAPPING).ordered.services == ("broadband", "voice")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", {"b": [{"k": "x.y", "v": 1}, {"k": "z", "v": 2}]}),
        ("a.b[1].v", 2),
        ("a.b[k=z].v", 2),
        ("a.b[k=x.y].v", 1),
        ("a.b[9].v", None),
        ("a.b[k=q].v", None),
        ("a.b.v", None),
        ("c.d", None),
        ("@type", "T"),
        ("characteristic(n)", 5),
        ("characteristic(m)", None),
    ],
)
def test_a_path_finds_what_stands_there_or_nothing(path: str, value: Any) -> None:
    whole = {"a": {"b": [{"k": "x.y", "v": 1}, {"k": "z", "v": 2}]}, "c": 1, "@type": "T"}
    whole["deep"] = [{"serviceCharacteristic": [{"name": "n", "value": 5}, {"name": "m"}, 7]}]
    tmf_path.check(path)
    assert tmf_path.find(whole, path) == value


NAMES = ["relatedParty", "place", "serviceCharacteristic", "name", "value", "role", "workOrderItem", "id", "orderDate"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner),
    max_leaves=12,
)


@settings(max_examples=60)
@given(JSON, st.sampled_from([rule for rule in MAPPING.order.values() if rule.fixed is None]))
def test_no_document_makes_anything_else_than_a_complaint(made: Any, rule: Any) -> None:
    try:
        rule.value(made)
        read_order(made if isinstance(made, dict) else {"id": made}, MAPPING)
    except (OrderError, tmf_path.Ambiguous):
        return
    raise AssertionError


@given(st.binary(max_size=200))
def test_no_bytes_make_anything_else_than_a_complaint(raw: bytes) -> None:
    try:
        tmf_order.parse(raw)
    except OrderError:
        return
    assert isinstance(json.loads(raw), dict | list)


@given(st.text(max_size=40), JSON)
def test_no_path_makes_anything_else_than_a_complaint(path: str, made: Any) -> None:
    try:
        tmf_path.check(path)
    except tmf_path.PathError:
        return
    try:
        tmf_path.find(made, path)
    except tmf_path.Ambiguous:
        return
