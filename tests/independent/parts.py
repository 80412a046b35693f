"""What the checks of docs/verify.md look at: a bundle's members, the runs of a result, a receipt's window."""

from collections.abc import Iterator
from typing import Any

from tests.independent.reading import Piece, strict


class Failed(Exception):
    """A check that came out FAILED."""


class Unchecked(Exception):
    """A check that is NOT CHECKED; `needed` where that makes the bundle not valid."""

    def __init__(self, why: str, *, needed: bool = False) -> None:
        super().__init__(why)
        self.needed = needed


def bundle_of(raw: bytes) -> dict[str, Any]:
    """A bundle's members, or ValueError."""
    made = strict(raw, size=16 << 20)
    if not isinstance(made, dict) or set(made) != {"format", "order", "attempts", "acceptance"}:
        raise ValueError("not a bundle")
    attempts = made["attempts"]
    if made["format"] != "prooflight.bundle/1" or not isinstance(attempts, list) or not attempts:
        raise ValueError("not a bundle")
    if set(made["order"]) != {"id", "digest", "signed"}:
        raise ValueError("order")
    tokens = [made["order"]["signed"], made["acceptance"]]
    for attempt in attempts:
        if set(attempt) != {"open", "close", "receipts", "visits", "openings"} or not isinstance(attempt["open"], str):
            raise ValueError("attempt")
        tokens += [attempt["close"], *attempt["receipts"], *attempt["visits"]]
    if not all(token is None or isinstance(token, str) for token in tokens):
        raise ValueError("a token is text")
    return made


def place(piece: Piece) -> tuple[int, int]:
    return piece.content["epoch"], piece.content["seq"]


def runs(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    return zip(record["runs"], record["receipts"] or [None] * len(record["runs"]), strict=True)


def counted(made: dict[str, Any], run: dict[str, Any]) -> tuple[int, int] | None:
    """Bytes and microseconds of a run's window by its receipt; None where it saw less than half of it."""
    begin, end = run["discard_s"] * 1_000_000, (run["discard_s"] + run["average_s"]) * 1_000_000
    samples = [s for s in made["series"][:-1] if begin - 500_000 <= s[0] <= end + 150_000]
    if made["state"] != "completed" or not samples:
        return None
    first, last = min(samples, key=lambda sample: abs(sample[0] - begin)), samples[-1]
    us = last[0] - first[0]
    return (last[1] - first[1], us) if us * 2 >= run["average_s"] * 1_000_000 else None


def values(record: dict[str, Any]) -> dict[str, Any]:
    """What was measured, by quantity: only what bears no index and stands there once."""
    plain = [m for m in record["measurements"] if m["index"] == ""]
    names = [m["quantity"] for m in plain]
    return {m["quantity"]: m["value"] for m in plain if names.count(m["quantity"]) == 1}


def bounded(record: dict[str, Any], way: str, best: list[float], framing: float) -> None:
    stated = values(record)
    mbps, count, us = (stated.get(f"throughput_{way}_{word}") for word in ("mbps", "bytes", "us"))
    if mbps is None:
        return
    if not best or not count or not us or count * 8 / us > max(best) * 1.0005:
        raise Failed
    if mbps > count * 8 / us * framing * 1.0005:
        raise Failed


def barcode_holds(visit: dict[str, Any], result: dict[str, Any]) -> bool:
    told, found = values(visit), values(result)
    read = [found[name] for name in ("ont_pon_serial", "ont_equipment_serial") if found.get(name) is not None]
    barcode = told.get("device_barcode")
    wanted = None if not barcode or not read else "same" if barcode in read else "other"
    return told.get("device_barcode_as_read") == wanted


def compact(acceptance: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """What the compact verdict in an acceptance must say."""
    measured = values(result)
    told = {name: acceptance[name] for name in ("record", "decision", "outcome", "issued_at")}
    rates = {f"{way}_mbps": measured.get(f"throughput_{way}_mbps") for way in ("down", "up")}
    ordered = {f"ordered_{way}_mbps": result["ordered"][f"{way}_mbps"] for way in ("down", "up")}
    return {"v": 1, "order": result["order"]["id"]} | told | rates | ordered
