"""The checks of docs/verify.md, written from the pages in docs/ alone; imports nothing of Prooflight."""

from itertools import pairwise
from typing import Any

from tests.independent.case import Case
from tests.independent.judging import Criteria, Unknown, judged
from tests.independent.parts import Failed, Unchecked, barcode_holds, bounded, compact, counted, place, runs
from tests.independent.reading import Piece, time

OBJECTS = ("types", "algorithms", "signatures", "keys", "revocation")
RESTS_ON: dict[str, tuple[str, ...]] = {
    "order": ("record",),
    "anchor": ("record", "order"),
    "receipts": ("record", "order", "receipt"),
    "chain": ("record",),
    "attempts": ("record", "order", "receipt"),
    "time": ("record", "order", "receipt", "acceptance"),
    "criteria": ("record", "order"),
    "verdict": ("record",),
    "visit": ("record",),
    "figures": ("record", "order", "receipt"),
    "openings": ("record",),
    "acceptance": ("record", "acceptance", "verdict", "review"),
    "evidence": (),
}


class Verifier(Case):
    """Every check of the page on one bundle."""

    def answers(self) -> tuple[bool, dict[str, str]]:
        """Whether the bundle is valid, and each check's status."""
        found = {name: self._worst(name) for name in OBJECTS}
        needed = [status != "OK" for status in found.values()]
        for name, rests_on in RESTS_ON.items():
            try:
                if any(not piece.believed and piece.kind in rests_on for piece in self.pieces):
                    raise Unchecked("rests on what is not believed", needed=True)
                getattr(self, f"check_{name}")()
                found[name] = "OK"
            except Failed:
                found[name] = "FAILED"
                needed.append(True)
            except Unchecked as why:
                found[name] = "NOT CHECKED"
                needed.append(why.needed)
        return not any(needed), found

    def _worst(self, name: str) -> str:
        seen = {piece.answers[name] for piece in self.pieces}
        return next(status for status in ("FAILED", "NOT CHECKED", "OK") if status in seen)

    def check_order(self) -> None:
        wanted, last = self.bundle["order"], self.attempts[-1]["open"].content.get("order")
        if any((p.content.get("order") or {}).get("id") != wanted["id"] for p in self.records):
            raise Failed
        if not last or last["digest"] != wanted["digest"]:
            raise Failed

    def check_anchor(self) -> None:
        last = self.attempts[-1]["open"].content.get("order")
        if self.order is None:
            if last and last["anchor"] != "unanchored":
                raise Failed
            raise Unchecked("nobody signed")
        if not self.anchored(self.attempts[-1]):
            raise Failed
        signed = self.order.content
        for attempt in filter(self.anchored, self.attempts):
            record = attempt["open"].content
            named = {"id": record["order"]["id"], "digest": record["order"]["digest"]}
            if named != signed["order"] or record["station"] not in signed["stations"]:
                raise Failed
            if record.get("ordered") != signed["ordered"]:
                raise Failed

    def check_receipts(self) -> None:
        for attempt in self.results:
            record = attempt["close"].content
            named = [digest for digest in record["receipts"] if digest]
            if not self.anchored(attempt):
                if named:
                    raise Failed
            elif len(set(named)) != len(named) or not all(self._own(record, *pair) for pair in runs(record)):
                raise Failed
        if not self.receipts:
            raise Unchecked("no reflector signed")

    def _own(self, record: dict[str, Any], run: dict[str, Any], digest: str | None) -> bool:
        if digest is None:
            return True
        made = self.receipts.get(digest)
        assert self.order
        named = self.order.content["reflectors"]
        at = run["reflector"]
        return made is not None and (
            made["order"] == record["order"]["anchor"]
            and made["open"] == record["open"]
            and made["station"] == record["station"]
            and made["direction"] == run["direction"]
            and at < len(named)
            and made["reflector"] == named[at]["name"]
            and (run["failure"] is not None or made["state"] == "completed")
        )

    def check_chain(self) -> None:
        for attempt in self.attempts:
            opened, close = attempt["open"].content, attempt["close"]
            if opened["tx"] != "B":
                raise Failed
            if close is None:
                continue
            end = close.content
            if end["tx"] not in "EAXP" or end["open"] != attempt["open"].digest:
                raise Failed
            if any(end[name] != opened[name] for name in ("order", "station", "attempt")):
                raise Failed
            if end["tx"] == "E" and any(end[name] != opened[name] for name in ("ordered", "criteria")):
                raise Failed
        tests = [piece for piece in self.records if piece.content["tx"] != "V"]
        for before, after in (*pairwise(tests), *pairwise(sorted(self.records, key=place))):
            if place(after) <= place(before):
                raise Failed
            next_one = (place(before)[0], place(before)[1] + 1)
            if place(after) == next_one and after.content["prev"] != before.digest:
                raise Failed

    def check_attempts(self) -> None:
        if [a["open"].content.get("attempt") for a in self.attempts] != list(range(1, len(self.attempts) + 1)):
            raise Failed
        opens = {a["open"].digest for a in self.attempts}
        finished = {a["open"].digest for a in self.results}
        named = {digest for a in self.results for digest in a["close"].content["receipts"]}
        for digest, made in self.receipts.items():
            if made["open"] not in opens or (made["open"] in finished and digest not in named):
                raise Failed
        if self.order and len(list(filter(self.anchored, self.attempts))) > self.order.content["attempts"]:
            raise Failed

    def check_time(self) -> None:
        if self.order is None:
            raise Unchecked("nobody signed")
        begin, end = time(self.order.content["issued_at"]), time(self.order.content["expires_at"])
        accepted = time(self.acceptance.content["issued_at"]) if self.acceptance else None
        if accepted and accepted < begin:
            raise Failed
        unseen = False
        for number, attempt in enumerate(self.attempts):
            if not self.anchored(attempt):
                continue
            mine = [m for m in self.receipts.values() if m["open"] == attempt["open"].digest]
            seen = [time(made["admitted_at"]) for made in mine]
            if any(not begin <= at <= end for at in seen):
                raise Failed
            if accepted and seen and max(seen) > accepted and number <= self._accepted_place():
                raise Failed
            unseen = unseen or (attempt in self.results and not seen and self.at > end)
        if unseen:
            raise Unchecked("no server saw it in time", needed=True)

    def _accepted_place(self) -> int:
        wanted = self.acceptance.content["record"] if self.acceptance else ""
        records = [[a["open"], a["close"], *a["visits"]] for a in self.attempts]
        found = [n for n, each in enumerate(records) if wanted in [piece.digest for piece in each if piece]]
        return found[0] if found else -1

    def check_criteria(self) -> None:
        for attempt in self.attempts:
            record = attempt["open"].content
            if self.anchored(attempt) and self.order and record["criteria"] != self.order.content["criteria"]:
                raise Failed
            if record["ordered"]["criteria"] != record["criteria"]["name"]:
                raise Failed
        for attempt in self.results:
            stated = attempt["close"].content["criteria"]
            if self._criteria(attempt["close"].content).made["version"] != stated["version"]:
                raise Failed
        if not self.results:
            raise Unchecked("no result")

    def _criteria(self, record: dict[str, Any]) -> Criteria:
        try:
            made = self.load(record["ordered"]["criteria"])
        except Unknown as error:
            raise Unchecked(str(error), needed=True) from error
        if (made.made["name"], made.digest) != (record["criteria"]["name"], record["criteria"]["digest"]):
            raise Unchecked("other criteria", needed=True)
        return made

    def _again(self, record: dict[str, Any]) -> tuple[str, list[Any]]:
        visit = record["tx"] == "V"
        made = self._criteria(record)
        try:
            limits = made.limits(record["ordered"], lambda name: (name in self.visit) == visit)
        except Unknown as error:
            raise Unchecked(str(error), needed=True) from error
        return judged(record["measurements"], limits, visit=visit)

    def _check_judged(self, record: dict[str, Any]) -> None:
        decides = ("name", "quantity", "index", "status", "required", "margin")
        stated = [[finding.get(name) for name in decides] for finding in record["findings"]]
        if (record["outcome"], stated) != self._again(record):
            raise Failed

    def check_verdict(self) -> None:
        for attempt in self.results:
            self._check_judged(attempt["close"].content)
        if self.attempts[-1] not in self.results:
            raise Unchecked("the last attempt came to no result")

    def check_visit(self) -> None:
        for attempt in self.attempts:
            for piece in attempt["visits"]:
                visit, close = piece.content, attempt["close"]
                if visit["tx"] != "V" or close is None or close.content["tx"] != "E":
                    raise Failed
                same = ("order", "attempt", "station", "open", "ordered", "criteria")
                if visit["close"] != close.digest or any(visit[name] != close.content[name] for name in same):
                    raise Failed
                if not barcode_holds(visit, close.content):
                    raise Failed
                self._check_judged(visit)
        if not self.attempts[-1]["visits"]:
            raise Unchecked("none was closed")

    def check_figures(self) -> None:
        looked = False
        for attempt in self.results:
            record = attempt["close"].content
            gates = self.order and any(reflector["gate"] for reflector in self.order.content["reflectors"])
            if not self.anchored(attempt) or not (any(record["receipts"]) or gates):
                continue
            try:
                layer = self.load(record["ordered"]["criteria"]).layer
            except Unknown as error:
                raise Unchecked(str(error), needed=True) from error
            self._check_figures(record, layer)
            looked = True
        if not looked:
            raise Unchecked("only the station counted")

    def _check_figures(self, record: dict[str, Any], layer: str) -> None:
        best: dict[str, list[float]] = {"down": [], "up": []}
        for run, digest in runs(record):
            made = self.receipts.get(digest) if digest else None
            if made is None or run["failure"] is not None:
                continue
            window = counted(made, run)
            if window is None:
                raise Failed
            station, reflector = run["payload_bytes"] * 8 / run["us"], window[0] * 8 / window[1]
            if abs(station - reflector) > 0.05 * max(station, reflector):
                raise Failed
            best.get(run["direction"], []).append(min(station, reflector))
        for way in ("down", "up"):
            if record["ordered"][f"{way}_mbps"]:
                bounded(record, way, best[way], 1.0 if layer == "tcp_payload" else 1.10)

    def check_openings(self) -> None:
        raise Unchecked("nothing was opened")

    def check_acceptance(self) -> None:
        if self.acceptance is None:
            raise Unchecked("none")
        made = self.acceptance.content
        last = self.results[-1] if self.results else None
        spoken = [p for p in ([last["close"], *last["visits"]] if last else []) if p.digest == made["record"]]
        if made["decision"] == "refused" or not spoken or made["order"] != spoken[0].content["order"]:
            raise Failed
        record = spoken[0].content
        if self.compact and self.compact.content != compact(made, last["close"].content):
            raise Failed
        if self.review:
            review = self.review.content
            may = {"accept": ("closed", "recorded"), "reject": ("rejected",)}[review["decision"]]
            if review["record"] != made["record"] or made["decision"] not in may:
                raise Failed
        try:
            limits = self._criteria(record).limits(record["ordered"], lambda name: name in self.visit)
            outcome = self._again(record)[0] if spoken[0] is not self._stale(record, spoken[0]) else None
        except Unchecked:
            return
        if made["decision"] == "closed" and record["tx"] == "E" and any(limit["required"] for limit in limits):
            raise Failed
        if None not in (outcome, made["outcome"]) and outcome != made["outcome"]:
            raise Failed

    def _stale(self, record: dict[str, Any], piece: Piece) -> Piece | None:
        """A result that is not of the last attempt is not judged for the acceptance."""
        return piece if record["tx"] == "E" and self.attempts[-1] not in self.results else None

    def check_evidence(self) -> None:
        raise Unchecked("not in the bundle")
