"""Throughput through a reflector's gate: ask to be admitted, run where it says, fetch the signed receipt, keep it.

A reflector without a gate is used as it is. A receipt that no pinned reflector key signed, or that is for another run,
counts as none, and then the run counts for nothing either. Receipts are in the journal before a run's end is told.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from agent import admission, receipt, seal
from agent.admission import Admission
from agent.receipt import Receipt, ReceiptError
from agent.trust import Trust
from diagnostics.child import Bounds, namespace_prefix, never, run_child
from diagnostics.instruments import Approach, BothWays, Direction, Family, Run, Throughput, Window, Witness
from diagnostics.line import Reflector
from diagnostics.measurement import Failure, FailureKind

_ASK_S = 15.0
_RECEIPT_S = 90.0

Answer = Mapping[str, Any] | Failure


class Gates(Protocol):
    """One question to a gate."""

    def ask(self, reflector: Reflector, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Answer]:
        """Status and body of the answer; a failure with status 0 where there is none. No body: a GET."""


class GateChild:
    """Asks gates from the line's namespace, each question in a child of its own."""

    def __init__(self, namespace: str, *, cancelled: Callable[[], bool] = never) -> None:
        self._namespace = namespace
        self._cancelled = cancelled

    def ask(self, reflector: Reflector, path: str, body: Mapping[str, str] | None = None) -> tuple[int, Answer]:
        """Status and body of the answer; a failure with status 0 where there is none. No body: a GET."""
        lines: list[dict[str, Any]] = []
        request = {
            "host": reflector.host,
            "port": reflector.gate,
            "timeout_s": _ASK_S,
            "method": "GET" if body is None else "POST",
            "path": path,
            "body": "" if body is None else json.dumps(body),
        }
        ending = run_child(
            "agent.gate_exchange",
            request,
            bounds=Bounds(deadline_s=_ASK_S + 5),
            on_line=lines.append,
            prefix=namespace_prefix(self._namespace),
            cancelled=self._cancelled,
        )
        if ending.kind != "done" or len(lines) != 1:
            return 0, _failure("instrument_limit", f"the question failed: {ending.detail}")
        if "failure" in lines[0]:
            return 0, _failure(lines[0]["failure"], f"gate {reflector.host}:{reflector.gate}")
        return int(lines[0]["status"]), dict(lines[0]["body"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What admits a station: the signed order's token, its own seal, and the attempt's open record by digest.

    `keep` saves a receipt and returns its digest.
    """

    order: str
    seal: Callable[[bytes], str]
    opened: Callable[[], str]
    keep: Callable[[str], str]
    trust: Trust


class GatedThroughput:
    """The throughput engine behind gates."""

    def __init__(self, engine: Throughput, gates: Gates, papers: Papers | None) -> None:
        self._engine = engine
        self._gates = gates
        self._papers = papers
        self._receipt: str | None = None

    def take_receipt(self) -> str | None:
        """The digest of the receipt that the last run has; None where it has none, or it was taken before."""
        taken, self._receipt = self._receipt, None
        return taken

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        """Look up how a reflector is reached over the line."""
        return self._engine.approach(reflector, family)

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        """Fill the line in both directions at once; a gate admits for one direction and an order, so none is asked."""
        if reflector.gate:
            return _failure("not_supported", "a gate admits one direction at a time; name a plain reflector")
        return self._engine.run_both(reflector, window, on_second)

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        """Fill the line in one direction, admitted by the reflector's gate where it has one."""
        self._receipt = None
        if not reflector.gate:
            return self._engine.run(direction, reflector, window, on_second)
        if self._papers is None:
            return _failure("auth_rejected", "this reflector admits by signed order only, and nobody signed this one")
        admitted = self._admit(self._papers, direction, reflector, window)
        if isinstance(admitted, Failure):
            return admitted
        port, session = admitted
        there = replace(reflector, port=port)
        run = self._engine.run(direction, there, window, on_second)
        made = self._fetch(self._papers, direction, reflector, session)
        if isinstance(run, Failure) or isinstance(made, Failure):
            return run if isinstance(run, Failure) else made  # type: ignore[return-value]
        return replace(run, witness=_witness(made, window))

    def _admit(
        self, papers: Papers, direction: Direction, reflector: Reflector, window: Window
    ) -> tuple[int, str] | Failure:
        status, answer = self._gates.ask(reflector, "/v1/nonce", {})
        if isinstance(answer, Failure):
            return answer
        asked = Admission(
            nonce=str(answer.get("nonce", "")),
            reflector=reflector.name,
            order=seal.digest_of(papers.order),
            open=papers.opened(),
            direction=direction,
            discard_s=window.discard_s,
            average_s=window.average_s,
        )
        body = {"order": papers.order, "proof": papers.seal(admission.write(asked))}
        status, answer = self._gates.ask(reflector, "/v1/admission", body)
        if isinstance(answer, Failure):
            return answer
        if status == 503:
            self._believe(papers, direction, reflector, answer)
            return _failure("busy", "the reflector serves as many runs as it can; try again or name a second one")
        port, session = answer.get("port"), answer.get("session")
        if status != 200 or not isinstance(port, int) or not 0 < port < 65536 or not isinstance(session, str):
            return _failure("auth_rejected", f"not admitted: {answer.get('reason', 'no reason given')}")
        return port, session

    def _fetch(self, papers: Papers, direction: Direction, reflector: Reflector, session: str) -> Receipt | Failure:
        """The receipt, asked for until it is there."""
        deadline = time.monotonic() + _RECEIPT_S
        while True:
            status, answer = self._gates.ask(reflector, f"/v1/receipt/{session}")
            if isinstance(answer, Failure):
                return answer
            if status == 200:
                return self._believe(papers, direction, reflector, answer)
            if status != 202 or time.monotonic() > deadline:
                return _failure("timeout", f"the reflector gave no receipt (status {status})")

    def _believe(
        self, papers: Papers, direction: Direction, reflector: Reflector, answer: Mapping[str, Any]
    ) -> Receipt | Failure:
        """Verify a receipt and save it."""
        token = answer.get("receipt")
        try:
            opened = seal.open_sealed(token if isinstance(token, str) else "", typ=seal.RECEIPT, trust=papers.trust)
            seal.refuse_revoked(opened)
            made = receipt.from_json(opened.content)
        except (seal.SealError, ReceiptError) as error:
            return _failure("unparseable", f"the receipt is not believed: {error}")
        ours = (reflector.name, reflector.name, seal.digest_of(papers.order), papers.opened(), direction)
        if (opened.key.name, made.reflector, made.order, made.open, made.direction) != ours:
            return _failure("unparseable", "the receipt is for another run")
        self._receipt = papers.keep(opened.envelope.token)
        return made


def _witness(made: Receipt, window: Window) -> Witness:
    payload_bytes, us = made.counted(window.discard_s, window.average_s) or (0, 0)
    return Witness(payload_bytes=payload_bytes, us=us, ok=made.ok)


def _failure(kind: FailureKind, words: str) -> Failure:
    return Failure(kind=kind, stage="gate", detail=words)
