"""A work order is parsed strictly; every complaint names its field, nothing unknown is lost."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.work_order import MOST_BYTES, OrderError, WorkOrder, load

# a TM Forum work order is read by a mapping (test_tmf_order.py), and is none of ours
EXAMPLES = sorted(
    path for path in (Path(__file__).parents[2] / "agent" / "examples").glob("*.json") if path.stem[:3] != "tmf"
)
SCHEMA = json.loads((Path(__file__).parents[2] / "agent" / "schema" / "work_order.schema.json").read_text())
INSTALL = json.loads(next(path for path in EXAMPLES if path.name == "install.json").read_text())


def parsed(document: Any) -> WorkOrder:
    return WorkOrder.parse(json.dumps(document).encode())


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(INSTALL)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_each_example_is_an_order_and_fits_the_schema(path: Path) -> None:
    order = load(path)
    jsonschema.validate(json.loads(order.raw), SCHEMA)
    assert order.ordered.kind == path.stem


def test_an_order_says_what_was_ordered_without_naming_a_person() -> None:
    ordered = parsed(INSTALL).ordered
    assert (ordered.down_mbps, ordered.up_mbps, ordered.mode, ordered.access) == (1000, 100, "route", "pppoe")
    told = json.dumps(ordered.to_json())
    for personal in ("Chen", "5555", "Lakeside", "hz0571"):
        assert personal not in told


def test_fields_that_are_not_known_are_kept_by_path() -> None:
    document = changed(("services", 0, "colour"), "blue") | {"note": {"a": 1}}
    assert dict(parsed(document).unknown) == {"note": {"a": 1}, "services[0].colour": "blue"}


def test_the_serial_comes_out_in_one_form() -> None:
    assert parsed(changed(("ont", "serial"), "48575443 4d2a9c17")).ordered.ont_serial == "HWTC4D2A9C17"


WRONG = [
    (("services", 0, "down_mbps"), 0, "services[0].down_mbps: must be greater than 0"),
    (("services", 0, "down_mbps"), "fast", "services[0].down_mbps: must be a number of Mbit/s"),
    (("services", 0, "up_mbps"), None, "services[0].up_mbps: is missing"),
    (("services", 0, "up_mbps"), True, "services[0].up_mbps: must be a number of Mbit/s"),
    (("services", 0, "type"), "gas", "services[0].type: must be one of broadband, voice, iptv"),
    (("services", 0, "mode"), "both", "services[0].mode: must be one of route, bridge"),
    (("services",), [], "services: must have at least 1 entry"),
    (("services",), {}, "services: must be a list"),
    (("services", 0), 7, "services[0]: must be an object"),
    (("reflectors", 0), {"host": "r1", "gate": 5200}, "reflectors[0].name: is missing, and a gate is known"),
    (("id",), "", "id: must be text and not empty"),
    (("id",), "../../etc", "id: must be letters, digits, dots, dashes and underscores"),
    (("id",), None, "id: is missing"),
    (("kind",), "party", "kind: must be one of install, move, repair"),
    (("schema",), "prooflight.order/9", "schema: must be one of prooflight.order/1"),
    (("customer", "name"), "a\nb", "customer.name: must be at most 200 characters of plain text in one line"),
    (("resource", "pon_port"), None, "resource.pon_port: is missing"),
    (("resource", "vlans"), [41, 4095], "resource.vlans[1]: must be a VLAN from 1 to 4094"),
    (("resource", "onu_id"), -1, "resource.onu_id: must be a whole number from 0 to 1023"),
    (("ont", "serial"), None, "ont.serial: is missing"),
    (("ont",), None, "ont: is missing"),
    (("reflectors",), [], "reflectors: must have at least 1 entry"),
    (("reflectors", 0, "port"), 0, "reflectors[0].port: must be a whole number from 1 to 65535"),
    (("appointment", "booked_at"), "soon", "appointment.booked_at: must be a time like 2026-03-02T09:00:00+08:00"),
    (("appointment", "booked_at"), "2026-03-02T09:00:00", "appointment.booked_at: must name its offset from UTC"),
    (("appointment", "window", "to"), "2020-01-01T00:00:00Z", "appointment.window.to: must be later than from"),
    (("appointment", "changes"), [{"was_at": "2026-03-02T09:00:00Z"}], "appointment.changes[0].told_at: is missing"),
]


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=lambda value: None)
def test_a_wrong_field_is_named_with_what_belongs_there(path: tuple[Any, ...], value: Any, words: str) -> None:
    with pytest.raises(OrderError) as caught:
        parsed(changed(path, value))
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[1]", "the document: must be an object"),
        (b"\xff\xfe{}", "not UTF-8 text"),
        (b'{"id": 1, "id": 2}', "the key 'id' stands there twice"),
        (b'{"id": NaN}', "NaN is not a JSON number"),
        (b"[" * 100_000, "deeper than 16 containers"),
        (b" " * (MOST_BYTES + 1), "the order is larger than 1 MiB"),
    ],
    ids=lambda value: None,
)
def test_what_is_no_order_at_all_is_refused_in_one_line(raw: bytes, words: str) -> None:
    with pytest.raises(OrderError) as caught:
        WorkOrder.parse(raw)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_50_megabytes_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(OrderError, match="larger than 1 MiB"):
        load(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PATHS = [(key,) for key in INSTALL] + [("services", 0, "down_mbps"), ("ont", "serial"), ("appointment", "window")]


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PATHS), value=JSON)
def test_garbage_in_any_field_is_an_order_error_or_an_order(path: tuple[Any, ...], value: Any) -> None:
    try:
        order = parsed(changed(path, value))
    except OrderError as error:
        assert "\n" not in str(error)
    else:
        assert order.id


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_bytes_are_an_order_error(raw: bytes) -> None:
    with pytest.raises(OrderError):
        WorkOrder.parse(raw)


BEYOND_THE_SCHEMA = ("must be later than", "offset", "must be a time", "plain text")


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, value, words in WRONG if not any(mark in words for mark in BEYOND_THE_SCHEMA)],
    ids=lambda value: None,
)
def test_the_schema_refuses_what_the_parser_refuses(path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed(path, value), SCHEMA)
