"""The schemas of sealed objects say what the code reads: the published vectors fit, and no field more or less does."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import acknowledgement, compact_verdict, have, receipt, record_form, review, signed_order
from agent.base64url import decode
from agent.kit import manifest
from agent.support import command, reply
from diagnostics import strict_json
from diagnostics.errors import BadInput
from tests.interfaces.schemas import faults

VECTORS = Path(__file__).parents[1] / "vectors"
KINDS = ("record", "acceptance", "receipt", "signed_order", "verdict", "review", "revocation")
Read = Callable[[dict[str, Any]], Any]
READ: dict[str, Read] = {
    "record": record_form.from_json,
    "acceptance": acknowledgement.from_json,
    "receipt": receipt.from_json,
    "signed_order": signed_order.from_json,
    "verdict": compact_verdict.from_json,
    "review": review.from_json,
    "kit": manifest.from_json,
    "have": lambda made: have.parse_have(strict_json.write(made)),
    "resend": lambda made: have.parse_resend(strict_json.write(made)),
    "command": command.from_json,
    "reply": reply.from_json,
}
COMMAND = {
    **{"v": 1, "station": "station-1", "boot_nonce": "0f" * 16, "counter": 7, "verb": "ont.watch", "order": "WO-1"},
    "arguments": {},
    "reply": {  # RFC 7517 appendix A.1
        "crv": "P-256",
        "kty": "EC",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    },
    "issued": "2026-11-23T09:00:00+00:00",
}
REPLY = {"v": 1, "of": "0f" * 32, "n": 0, "kind": "refused", "reason": "no_consent", "body": ""}


def schema(kind: str, part: str = "") -> dict[str, str]:
    return {"$ref": f"mqtt/{kind}.schema.json#{part}"}


def tokens() -> Iterator[tuple[str, str]]:
    """Every sealed object of the bundles that verify, by its kind."""
    for each in json.loads((VECTORS / "bundles.json").read_text()):
        if not each.get("valid"):
            continue
        made = json.loads((VECTORS / each["file"]).read_text())
        for attempt in made["attempts"]:
            for token in filter(None, (attempt["open"], attempt["close"], *attempt.get("visits", ()))):
                yield "record", token
            for token in attempt.get("receipts", ()):
                yield "receipt", token
        if made["order"].get("signed"):
            yield "signed_order", made["order"]["signed"]
        if made["acceptance"]:
            yield "acceptance", made["acceptance"]


TOKENS = sorted(set(tokens()))


def content(token: str) -> dict[str, Any]:
    return strict_json.parse_object(decode(token.split(".")[1]))


def examples() -> dict[str, dict[str, Any]]:
    """One object of each kind, and of each step of a record; of several the longest."""
    found: dict[str, dict[str, Any]] = {}
    for kind, token in sorted(TOKENS, key=lambda each: len(each[1])):
        made = content(token)
        found[f"record {made['tx']}" if kind == "record" else kind] = made
        for inner in ("verdict", "review") if kind == "acceptance" else ():
            if made.get(inner):
                found[inner] = content(made[inner])
    aborted = found["record A"]
    found |= {f"record {tx}": aborted | {"tx": tx} for tx in "XP"}
    found["record R"] = {n: v for n, v in aborted.items() if n not in ("order", "attempt", "open")} | {"tx": "R"}
    left = {"first": 1, "last": 42, "numbers": [8, 22]}
    place = {"kid": "k" * 43, "epoch": 1}
    files = {"profiles/huawei_wap/profile.toml": ["0f" * 32, 3], "criteria/mine.criteria": ["f0" * 32, 90_000]}
    named = {"v": 1, "name": "north", "version": 7, "software": "0.1.0", "made_at": "2026-11-23T09:00:00+00:00"}
    found["kit"] = named | {"files": files}
    found["have"] = place | {"contiguous": 40, "last": 42, "head": "0f" * 32, "review": left}
    found["resend"] = {"resend": place | left}
    found["command"], found["reply"] = COMMAND, REPLY
    return found


EXAMPLES = examples()


def test_the_vectors_hold_every_kind() -> None:
    steps = {f"record {tx}" for tx in record_form.FIELDS}
    assert EXAMPLES.keys() >= {*steps, *READ} - {"record"}


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in TOKENS}))
def test_every_sealed_object_of_the_vectors_that_verify_fits(kind: str) -> None:
    for each, token in TOKENS:
        assert each != kind or faults(schema(kind, "/definitions/token"), token) == []


def places(made: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every object inside."""
    if isinstance(made, dict):
        yield path
    for name, inner in (
        made.items() if isinstance(made, dict) else enumerate(made[:2]) if isinstance(made, list) else ()
    ):
        yield from places(inner, (*path, name))


def at(made: Any, path: tuple[Any, ...]) -> Any:
    for name in path:
        made = made[name]
    return made


FREE = ("environment", "evidence", "commitments", "arguments", "files")
OPTIONAL = {"raw", "measured", "demanded", "review", "numbers", "rtt_us", "interface", "cpu", "ont"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_field_of_any_object_may_be_missing_or_foreign(name: str) -> None:
    kind, whole = name.partition(" ")[0], EXAMPLES[name]
    assert faults(schema(kind), whole) == []
    for path in places(whole):
        if path and path[-1] in FREE:
            continue
        more = copy.deepcopy(whole)
        at(more, path)["foreign"] = 1
        assert faults(schema(kind), more), path
        for field in {*at(whole, path)} - OPTIONAL:
            less = copy.deepcopy(whole)
            del at(less, path)[field]
            assert faults(schema(kind), less), (path, field)


# What is only told is read as any text; the schema says which words are sent.
TOLD = {
    "findings",
    "causes",
    "chain",
    "kid",
    "verdict",
    "review",
    "anchor",
    "outcome",
    "boot_id",
    "id",
    "opening",
    "body",
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2**53, 0.5]),
    st.sampled_from(["", "B", "accepted", "0f" * 32, "x" * 300, "sha256:" + "0f" * 32]),
    st.just([]),
    st.just({}),
)


@settings(max_examples=300)
@given(st.data())
def test_what_the_code_reads_the_schema_takes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(EXAMPLES)))
    kind, made = name.partition(" ")[0], copy.deepcopy(EXAMPLES[name])
    path = data.draw(st.sampled_from([p for p in places(made) if at(made, p)]))
    field = data.draw(st.sampled_from(sorted(at(made, path))))
    if TOLD & {*path, field}:
        return
    at(made, path)[field] = data.draw(VALUES)
    try:
        READ[kind](made)
    except BadInput:
        return
    assert faults(schema(kind), made) == [], f"{name} {path} {field}"
