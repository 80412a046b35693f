"""Compact verdicts as their QR codes say them: alone, beside the bundle they are about, and forged."""

from typing import Any

from agent import compact_verdict, seal
from tests.vectors import ring
from tests.vectors.story import compact, sound

OBJECT = ("types", "algorithms", "signatures", "keys", "revocation")
FINE = dict.fromkeys((*OBJECT, "bundle"), "OK")
ALONE = FINE | {"bundle": "NOT CHECKED"}
CLOSED = sound().attempts[0].close or ""
GOOD = compact(CLOSED)
SOUND, OTHER = "bundles/sound.json", "bundles/three-attempts.json"


def _unreadable() -> dict[str, str]:
    return dict.fromkeys((*OBJECT, "bundle"), "NOT CHECKED") | {"types": "FAILED"}


def _forged() -> dict[str, tuple[str, dict[str, str]]]:
    head, payload, signature = ring.parts(GOOD)
    broken = bytes([*signature[:9], signature[9] ^ 1, *signature[10:]])
    none = ring.header(seal.VERDICT, "acceptor", alg="none")
    unlooked = {"signatures": "NOT CHECKED", "keys": "NOT CHECKED", "revocation": "NOT CHECKED"}
    return {
        "a broken signature": (ring.token(head, payload, signature=broken), ALONE | {"signatures": "FAILED"}),
        "another outcome": (
            ring.token(head, payload.replace(b'"accepted"', b'"rejected"'), signature=signature),
            ALONE | {"signatures": "FAILED"},
        ),
        "by the station": (ring.token(ring.header(seal.VERDICT), payload), ALONE | {"keys": "FAILED"}),
        "by a stranger": (
            ring.token(ring.header(seal.VERDICT, "stranger"), payload, "stranger"),
            ALONE | {"keys": "FAILED", "signatures": "NOT CHECKED", "revocation": "NOT CHECKED"},
        ),
        "alg none": (ring.token(none, payload, signature=b""), ALONE | {"algorithms": "FAILED"} | unlooked),
        "typ of an acceptance": (
            ring.token(ring.header(seal.ACCEPTANCE, "acceptor"), payload, "acceptor"),
            _unreadable(),
        ),
        "a member twice": (
            ring.token(head, payload.replace(b"{", b'{"v":1,', 1), "acceptor"),
            ALONE | {"types": "FAILED"},
        ),
        "a foreign member": (
            ring.resealed(GOOD, seal.VERDICT, "acceptor", note="x"),
            ALONE | {"types": "FAILED"},
        ),
        "a negative rate": (ring.resealed(GOOD, seal.VERDICT, "acceptor", up_mbps=-1), ALONE | {"types": "FAILED"}),
        "a padded token": (GOOD + "=", _unreadable()),
    }


def vectors() -> list[dict[str, Any]]:
    """Each text with the bundle beside it, if any, and the answers; `checks` null: it is no compact verdict at all."""
    dark = compact(CLOSED, outcome="rejected", decision="rejected", down_mbps=None)
    cases: dict[str, tuple[str, str | None, dict[str, str] | None]] = {
        "alone": (compact_verdict.text(GOOD), None, ALONE),
        "with its bundle": (compact_verdict.text(GOOD), SOUND, FINE),
        "rejected, not measured": (compact_verdict.text(dark), None, ALONE),
        "with another bundle": (compact_verdict.text(GOOD), OTHER, FINE | {"bundle": "FAILED"}),
        "with a bundle that is not valid": (
            compact_verdict.text(GOOD),
            "bundles/edited-criteria.json",
            FINE | {"bundle": "FAILED"},
        ),
        "other figures than its bundle": (
            compact_verdict.text(compact(CLOSED, down_mbps=500.0)),
            SOUND,
            FINE | {"bundle": "FAILED"},
        ),
        "another decision than its bundle": (
            compact_verdict.text(compact(CLOSED, decision="review")),
            SOUND,
            FINE | {"bundle": "FAILED"},
        ),
        "with its bundle, unconfirmed": (compact_verdict.text(GOOD), "bundles/unconfirmed.json", FINE),
        "another outcome than its bundle, unconfirmed": (
            compact_verdict.text(compact(CLOSED, outcome="inconclusive", decision="review")),
            "bundles/unconfirmed.json",
            FINE | {"bundle": "FAILED"},
        ),
        "without its prefix": (GOOD, None, None),
        "an order's reference": ("prooflight:order:WO-2026-000117:0123456789abcdef", None, None),
        "nothing": ("", None, None),
        "a whole acceptance": (compact_verdict.text(sound().acceptance or ""), None, None),
        "too long": (compact_verdict.text(GOOD) + "A" * 1000, None, None),
    }
    cases |= {name: (compact_verdict.text(token), None, checks) for name, (token, checks) in _forged().items()}
    return [
        {"name": name, "text": text, "bundle": beside, "checks": checks}
        for name, (text, beside, checks) in cases.items()
    ]
