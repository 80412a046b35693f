"""Voice: the ordered telephone line registers at its registrar, and takes that back.

A refusal and silence are values, with the registrar's code and words. The password never comes here.
"""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.instruments import Heard
from diagnostics.line import Line, Registrar
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 30.0
_SOURCE = "sip: REGISTER with digest"
_NAMES = ("voice_registration", "voice_answer_code", "voice_answer_reason", "voice_registration_ms")


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, "") for name in _NAMES] if "voice" in line.ordered.services else []


def _run(context: Context) -> Iterable[Measurement]:
    if "voice" not in context.line.ordered.services:
        return []
    registrar = context.line.registrar
    if registrar is None:
        unnamed = Failure(kind="not_applicable", stage="voice", detail="the order names no registrar")
        return all_failed(context, [(name, "") for name in _NAMES], unnamed, _SOURCE)
    request = _request(registrar)
    heard = context.instruments.wire.ask("sip", request, deadline_s=DEADLINE_S)
    bindings = [line["binding"] for line in heard.lines if "binding" in line]
    if bindings and not any("removed" in line for line in heard.lines):
        context.instruments.wire.ask("sip_release", request | {"binding": bindings[-1]}, deadline_s=DEADLINE_S)
    return interpret(context, heard)


def _request(registrar: Registrar) -> dict[str, object]:
    domain = registrar.domain or registrar.host
    return {"host": registrar.host, "port": registrar.port, "domain": domain}


def interpret(context: Context, heard: Heard) -> list[Measurement]:
    """What the task saw, as measurements; pure but for their stamps."""
    answers = [line["answer"] for line in heard.lines if "answer" in line]
    failure = heard.failure
    if not answers and failure is None:
        silent = Failure(kind="not_applicable", stage="voice", detail="the registrar did not answer")
        rest = all_failed(context, [(name, "") for name in _NAMES[1:]], silent, _SOURCE)
        return [context.measured("voice_registration", "silent", _SOURCE), *rest]
    if failure is None and answers[-1]["code"] in (401, 407) and not heard.lines[0].get("password"):
        words = "no password of the ordered telephone line is at hand; see [voice] passwords"
        failure = Failure(kind="not_applicable", stage="voice", detail=words)
    if failure is not None:
        return all_failed(context, [(name, "") for name in _NAMES], failure, _SOURCE)
    last = answers[-1]
    registered = last["code"] // 100 == 2
    values = ("registered" if registered else "refused", last["code"], last["reason"], last["ms"])
    return [context.measured(name, value, _SOURCE) for name, value in zip(_NAMES, values, strict=True)]


CHECK = Check(name="voice", quantities=_quantities, run=_run)
