"""Openings of a bundle's personal data: right ones, and such as open nothing that the bundle states."""

from dataclasses import replace
from typing import Any

from agent import bundle, opening, seal
from agent.bundle import Bundle, BundledAttempt
from agent.commitment import Disclosure
from tests.vectors import story
from tests.vectors.story import Box, order

SALT = bytes(range(16))
TECHNICIAN = Disclosure(salt=SALT, name="technician", value="T-4711")
CIRCUIT = Disclosure(salt=SALT[::-1], name="circuit", value="沪-0815")
FILE = "openings/committed.json"


def committed() -> Bundle:
    """A good attempt whose record commits a technician and a circuit; nobody can open it from the bundle."""
    signed, box = order(), Box()
    opened = box.open(signed)
    seen = (story.witness("down", signed, opened), story.witness("up", signed, opened))
    stated = {each.name: each.commitment for each in (TECHNICIAN, CIRCUIT)}
    result = replace(story.result(story.GOOD, seen), commitments=stated, opening=None)
    close = box.end("E", signed, opened, result=result)
    return story.bundle(signed, BundledAttempt(open=opened, close=close, receipts=seen))


def written() -> bytes:
    """The bundle's bytes."""
    return bundle.write(committed())


def vectors() -> list[dict[str, Any]]:
    """Each file of openings as text with what the check says of it; null: it is no such file (exit 65)."""
    digest = seal.digest_of(committed().attempts[0].close or "")
    elsewhere = seal.digest_of(committed().attempts[0].open)
    good = {digest: [TECHNICIAN, CIRCUIT]}
    cases: dict[str, tuple[dict[str, list[Disclosure]], str]] = {
        "both": (good, "OK"),
        "one of them": ({digest: [CIRCUIT]}, "OK"),
        "both, and of another bundle": (good | {"7" * 64: [TECHNICIAN]}, "OK"),
        "another value": ({digest: [replace(TECHNICIAN, value="T-4712")]}, "FAILED"),
        "another salt": ({digest: [replace(TECHNICIAN, salt=bytes(16))]}, "FAILED"),
        "another name": ({digest: [replace(TECHNICIAN, name="circuit")]}, "FAILED"),
        "a right one and a wrong one": ({digest: [CIRCUIT, replace(TECHNICIAN, value="x")]}, "FAILED"),
        "of another record": ({elsewhere: [TECHNICIAN]}, "FAILED"),
        "of another bundle": ({"7" * 64: [TECHNICIAN]}, "FAILED"),
        "nothing": ({}, "FAILED"),
        "an empty one": ({digest: []}, "FAILED"),
    }
    made: list[tuple[str, str, str | None]] = [
        (name, opening.write_file(opened).decode(), status) for name, (opened, status) in cases.items()
    ]
    text = made[0][1]
    made += [
        ("another format", text.replace("openings/1", "openings/2"), None),
        ("a digest twice", text.replace('{"' + digest, '{"' + digest + '":[],"' + digest, 1), None),
        ("a disclosure with padding", text.replace('"]}', '="]}', 1), None),
        ("a disclosure that is a number", text.replace(f'["{TECHNICIAN.text}"', "[7", 1), None),
    ]
    return [{"name": name, "bundle": FILE, "text": text, "openings": status} for name, text, status in made]
