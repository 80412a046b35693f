"""The verifier page answers every vector as the verifier in Python does; numbers and times come out the same."""

import json
import math
import random
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.base64url import encode
from diagnostics import strict_json
from diagnostics.measurement import sanitised
from tests.agent.verifier_page import ANSWER, FLIPS, VECTORS, asked, judging, known_criteria, signed_places
from tests.chromium import Chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with judging(tmp_path_factory.mktemp("page")) as made:
        yield made


def listed(name: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_bytes())
    return made


def differing(vectors: list[dict[str, Any]], answers: list[Any], wanted: str) -> list[tuple[str, Any]]:
    """The vectors to which the page says something else."""
    pairs = zip(vectors, answers, strict=True)
    return [(vector["name"], answer) for vector, answer in pairs if answer != vector[wanted]]


def test_a_text_has_the_same_reading_or_none(browser: Chromium) -> None:
    vectors = listed("strict_json")
    question = "async (v) => (await refusedOr(() => [parseJson(decode64(v.base64url))])) !== null"
    assert not differing(vectors, asked(browser, vectors, question), "read")


def test_a_trust_file_is_believed_or_refused_alike(browser: Chromium) -> None:
    vectors = listed("keys")
    question = "async (v) => (await refusedOr(() => parseTrust(utf8(v.text)))) !== null"
    assert not differing(vectors, asked(browser, vectors, question), "believed")


def test_a_sealed_object_gets_the_same_five_answers(browser: Chromium) -> None:
    vectors = listed("seals")
    question = f"""async (v) => {{
      const trust = await parseTrust(utf8({json.dumps((VECTORS / "trust.jwks").read_text())}));
      const weighed = await weigh([], [v.token], trust);
      const piece = readPiece({{ where: ["at_open", 1], typ: RECORD, token: v.token }}, trust, weighed);
      const answers = Object.entries(looked(piece, timeOf("2026-11-22T13:00:00+00:00")));
      return Object.fromEntries(answers.map(([name, {{ status }}]) => [name, status]));
    }}"""
    assert not differing(vectors, asked(browser, vectors, question), "checks")


def test_a_bundle_gets_the_same_answers(browser: Chromium) -> None:
    vectors = listed("bundles")
    ways = {(vector["trust"], vector["criteria"]) for vector in vectors if vector["readable"]}
    known = {f"{trust} {folder}": known_criteria(trust, folder) for trust, folder in ways}
    browser.run(f"globalThis.known = {json.dumps(known)}; 1")
    given = [_given(vector) for vector in vectors]
    for vector, answer in zip(vectors, asked(browser, given, ANSWER), strict=True):
        wanted = {name: vector[name] for name in answer}
        assert answer == wanted, vector["name"]


def _given(vector: dict[str, Any]) -> dict[str, Any]:
    """What the page is given for a vector: exact bytes, the trust file, its criteria by name, the time."""
    made: dict[str, Any] = {"base64url": encode((VECTORS / vector["file"]).read_bytes())}
    if vector["readable"]:
        made |= {"keys": (VECTORS / vector["trust"]).read_text(), "now": vector["now"]}
        made["known"] = f"{vector['trust']} {vector['criteria']}"
    return made


def numbers() -> list[float]:
    """Numbers of every size, and those that lie exactly between two roundings."""
    chance = random.Random(6)
    made = [0.0, -0.0, 1e-7, 1e16, 123456.5, 1234565.0, 0.0000005, 9.9999995, 0.1 + 0.2, 5e-324, 1.7976931348623157e308]
    made += [odd / 128 for odd in range(-255, 256, 2)]  # 1/128 has seven decimals, the last one a 5
    made += [round(chance.uniform(-2000, 2000), chance.randrange(7)) for _ in range(1000)]
    made += [struct.unpack("<d", chance.randbytes(8))[0] for _ in range(1000)]
    return [number for number in made if math.isfinite(number)]


def test_numbers_are_rounded_and_written_as_python_does(browser: Chromium) -> None:
    given = numbers()
    question = """async (text) => {
      const x = Number(text);
      return [general(x), general(x, 3), written(x), Math.abs(x) < 1e300 ? written(rounded(x, 6)) : ""].join(" ");
    }"""
    answers = asked(browser, [repr(x) for x in given], question)
    for x, answer in zip(given, answers, strict=True):
        assert answer == f"{x:g} {x:.3g} {x} {round(x, 6) if abs(x) < 1e300 else ''}"


def times() -> list[str]:
    """Times in many forms, right ones and broken ones."""
    chance = random.Random(7)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    made = []
    for _ in range(300):
        at = start + timedelta(microseconds=chance.randrange(-(10**16), 10**17))
        year, week, day = at.isocalendar()
        zone = chance.choice(
            ("Z", "+00:00", "-00:00", "+08:00", "-0330", "+14", "+05:30:15", "", "+24:00", "8", "+8:00")
        )
        date = chance.choice(
            (f"{at:%Y-%m-%d}", f"{at:%Y%m%d}", f"{year:04}-W{week:02}-{day}", f"{year:04}W{week:02}{day}")
        )
        clock = chance.choice(
            (f"{at:%H:%M:%S}", f"{at:%H:%M:%S.%f}", f"{at:%H%M%S}", f"{at:%H:%M}", f"{at:%H}", "24:00", "12:60")
        )
        made.append(f"{date}{chance.choice('T T')}{clock}{zone}")
    made += [text[:-1] for text in made[:50]] + [f"{text}x" for text in made[:20]]
    return [*made, "", "now", "2026-02-29T00:00:00+00:00", "2024-02-29T00:00:00+00:00", "0000-01-01T00:00:00Z"]


def test_times_are_read_as_python_does(browser: Chromium) -> None:
    given = times()
    answers = asked(browser, given, "async (text) => [String(timeOf(text)), isWrittenTime(text)]")
    assert [(text, answer) for text, answer in zip(given, answers, strict=True) if answer != _time(text)] == []


def _time(text: str) -> list[object]:
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return ["null", False]
    if made.tzinfo is None:
        return ["null", False]
    us = (made - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return [str(us), made.isoformat() == text]


def spoilt_texts() -> list[bytes]:
    """JSON texts with a few bytes changed, put in or taken out."""
    chance = random.Random(8)
    seeds = [
        b'{"a":[1,-2.5e3,true,null,"x\\u00e9\\ud83d\\ude00"],"b":{"c":"\\n"}}',
        '[0.1,1e400,123456789012345678901,"雪\u2028",{"":""}]'.encode(),
        b'{"a":1,"a":2}',
    ]
    made = []
    for _ in range(3000):
        text = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(2)] = chance.choice(
                (b"", b"0", b'"', b"\\", b"[", b"}", b",", b"-", b"e", b".", b" ", bytes([chance.randrange(256)]))
            )
        made.append(bytes(text))
    return made


def test_a_spoilt_text_has_the_same_reading_or_none(browser: Chromium) -> None:
    given = spoilt_texts()
    question = "async (text) => refusedOr(() => shape(parseJson(decode64(text))))"
    for text, answer in zip(given, asked(browser, [encode(text) for text in given], question), strict=True):
        try:
            wanted = _shape(strict_json.parse(text))
        except strict_json.JsonError:
            wanted = None
        assert answer == wanted, text


def _shape(value: Any) -> Any:
    """A value with the kind of each of its parts told, so that 1 and 1.0 differ."""
    if isinstance(value, dict):
        return ["object", [[name, _shape(inner)] for name, inner in sorted(value.items())]]
    if isinstance(value, list):
        return ["list", [_shape(inner) for inner in value]]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [type(value).__name__, f"{value}"]
    return ["other", value]


def test_no_flipped_bit_of_a_signed_part_is_valid(browser: Chromium) -> None:
    raw = (VECTORS / "bundles" / "sound.json").read_bytes()
    places = signed_places(raw)
    assert len(places) > 10_000
    given = {"raw": encode(raw), "keys": (VECTORS / "trust.jwks").read_text()}
    script = f"""(async () => {{
      const given = {json.dumps(given)};
      globalThis.known = {json.dumps(known_criteria("trust.jwks", "criteria"))};
      const trust = await parseTrust(utf8(given.keys));
      const about = {{ raw: decode64(given.raw), trust }};
      const whole = await verifyBundle(parseBundle(about.raw), {{ trust, criteria: known, now: 0n }});
      return {{ ...(await ({FLIPS})(about, {json.dumps(random.Random(5).sample(places, 40))})), sound: whole.valid }};
    }})()"""
    told = browser.run(script)
    assert told["sound"] and (told["flips"], told["valid"]) == (320, 0)
    assert told["read"] > 100  # most flips leave a bundle whose seals must tell


def test_a_line_of_text_is_plain_or_not_alike(browser: Chromium) -> None:
    chance = random.Random(11)
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    texts = ["".join(letters[start : start + 64]) for start in range(0, len(letters), 64 * 11)]
    texts += [f"{chance.choice(letters)}a{chance.choice(letters)}" for _ in range(2000)] + ["x" * 301, "雪" * 400]
    answers = asked(browser, texts, "async (text) => [sanitised(text), stripped(text)]")
    assert answers == [[sanitised(text), text.strip()] for text in texts]


def test_a_compact_verdict_gets_the_same_answers(browser: Chromium) -> None:
    vectors = listed("compact")
    trust = (VECTORS / "trust.jwks").read_text()
    browser.run(f"globalThis.known = {json.dumps(known_criteria('trust.jwks', 'criteria'))}; 1")
    given = [
        {"text": vector["text"], "bundle": vector["bundle"] and encode((VECTORS / vector["bundle"]).read_bytes())}
        for vector in vectors
    ]
    question = f"""async (v) => refusedOr(async () => {{
      const trust = await parseTrust(utf8({json.dumps(trust)}));
      const by = {{ trust, criteria: known, now: timeOf("2026-11-22T13:00Z") }};
      const bundle = v.bundle && (await verifyBundle(parseBundle(decode64(v.bundle)), by));
      const found = await verifyCompact(v.text, by, bundle);
      return Object.fromEntries(found.checks.map(({{ name, status }}) => [name, status]));
    }})"""
    assert not differing(vectors, asked(browser, given, question), "checks")


def test_openings_get_the_same_answer(browser: Chromium) -> None:
    vectors = listed("openings")
    trust = (VECTORS / "trust.jwks").read_text()
    browser.run(f"globalThis.known = {json.dumps(known_criteria('trust.jwks', 'criteria'))}; 1")
    given = [
        {"text": vector["text"], "bundle": encode((VECTORS / vector["bundle"]).read_bytes())} for vector in vectors
    ]
    question = f"""async (v) => refusedOr(async () => {{
      const trust = await parseTrust(utf8({json.dumps(trust)}));
      const openings = parseOpenings(utf8(v.text));
      const by = {{ trust, openings, criteria: known, now: timeOf("2026-11-22T13:00Z") }};
      const found = await verifyBundle(parseBundle(decode64(v.bundle)), by);
      return found.checks.find(({{ name }}) => name === "openings").status;
    }})"""
    assert not differing(vectors, asked(browser, given, question), "openings")
