"""Judging again as docs/criteria.md and docs/record.md state it; imports nothing of Prooflight."""

import hashlib
import re
import tomllib
from typing import Any

PER_MBIT = {"share": 1.0, "kB_per_Mbit": 8 / 1000, "KiB_per_Mbit": 8 * 1024 / 1e6}
UNREADABLE = ("not_supported", "no_such_object")


class Unknown(Exception):
    """The criteria that a record names are not here."""


def visit_quantities(page: str) -> set[str]:
    """The quantities of the table in docs/visit.md."""
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    table = [row for row in rows if "recorded" not in row and "closed" not in row and "rejected" not in row]
    return set(re.findall(r"`(\w+)`", " ".join(table)))


class Criteria:
    """One set, from the bytes of its TOML file."""

    def __init__(self, text: bytes) -> None:
        self.made = tomllib.loads(text.decode())
        self.digest = hashlib.sha256(text).hexdigest()
        self.layer = self.made["traffic"].get("layer", "tcp_payload")

    def limits(self, ordered: dict[str, Any], wanted: Any) -> list[dict[str, Any]]:
        """The limits that apply, with their numbers; those on quantities that are wanted."""
        pon_class = ordered["pon_class"] or self.made["default_pon_class"]
        known = {limit["pon_class"] for limit in self.made["limit"] if limit.get("pon_class")}
        if known and pon_class not in known:
            raise Unknown(f"no limits for {pon_class}")
        found = [self._scaled(limit, ordered) for limit in self.made["limit"] if _applies(limit, ordered, pon_class)]
        return [limit for limit in found if wanted(limit["quantity"])]

    def _scaled(self, limit: dict[str, Any], ordered: dict[str, Any]) -> dict[str, Any]:
        made = dict(limit)
        if "equals_ordered" in made:
            made["equals"] = str(ordered[made["equals_ordered"]])
        if "floor" in made:
            floor = made["floor"]
            made["lower"] = round(floor["value"] * PER_MBIT[floor["kind"]] * _rate(floor, ordered), 6)
            made["exclusive"] = floor.get("exclusive", False)
        if made.get("marginal_within_ratio") and "lower" in made:
            made["marginal_within"] = round(made["lower"] * made["marginal_within_ratio"], 6)
        return made


def _rate(floor: dict[str, Any], ordered: dict[str, Any]) -> float:
    down, up = ordered["down_mbps"], ordered["up_mbps"]
    return float({"down": down, "up": up, "faster": max(down, up)}[floor["of"]])


def _applies(limit: dict[str, Any], ordered: dict[str, Any], pon_class: str) -> bool:
    if "floor" in limit and not _rate(limit["floor"], ordered):
        return False
    if limit.get("equals_ordered") in ("onu_id", "cable_label") and ordered[limit["equals_ordered"]] in ("", None):
        return False
    here = {"pon_class": pon_class, "mode": ordered["mode"], "access": ordered["access"]}
    same = all(limit.get(name, "") in ("", value) for name, value in here.items())
    return same and (not limit.get("service") or limit["service"] in ordered["services"])


def judged(measurements: list[dict[str, Any]], limits: list[dict[str, Any]], *, visit: bool) -> tuple[str, list[Any]]:
    """The outcome, and of each finding what decides."""
    found = []
    for limit in limits:
        measured = _measured(limit, measurements)
        failure = measured and measured["failure"]
        if not limit["required"] and failure and failure["kind"] == "not_applicable":
            continue
        status, margin = _status(limit, measured)
        quantity = measured["quantity"] if measured else limit["quantity"]
        found.append([limit["name"], quantity, limit.get("index", ""), status, limit["required"], margin])
    decisive = [each[3] for each in found if each[4]]
    if "fail" in decisive:
        return "rejected", found
    return ("inconclusive" if "unknown" in decisive or (not decisive and not visit) else "accepted"), found


def _measured(limit: dict[str, Any], measurements: list[dict[str, Any]]) -> dict[str, Any] | None:
    def only(quantity: str) -> dict[str, Any] | None:
        found = [m for m in measurements if (m["quantity"], m["index"]) == (quantity, limit.get("index", ""))]
        return found[0] if len(found) == 1 else None

    found = only(limit["quantity"])
    if limit.get("fallback") and (found is None or (found["failure"] and found["failure"]["kind"] in UNREADABLE)):
        return only(limit["fallback"]) or found
    return found


def _status(limit: dict[str, Any], measured: dict[str, Any] | None) -> tuple[str, float | None]:
    if measured is None:
        return "unknown", None
    if measured["failure"]:
        return ("fail" if measured["failure"]["kind"] == "no_signal" else "unknown"), None
    value = measured["value"]
    if "equals" in limit:
        return ("pass" if str(value).upper() == limit["equals"].upper() else "fail"), None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "unknown", None
    ends = [value - limit["lower"]] if "lower" in limit else []
    ends += [limit["upper"] - value] if "upper" in limit else []
    margin = round(float(min(ends)), 6)
    if margin < 0 or (limit.get("exclusive") and value <= limit["lower"]):
        return "fail", margin
    return ("marginal" if margin < limit.get("marginal_within", 0) else "pass"), margin
