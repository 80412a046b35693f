"""DNS: each resolver that DHCP named or the station knows: its time, and whether it tells the truth.

The unnamed measurement is the worst of them. A name that cannot exist and is answered with an address is hijacked.
"""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.dhcp import speaks_ip
from diagnostics.instruments import Heard
from diagnostics.line import Line, Names
from diagnostics.measurement import Failure, Measurement

DEADLINE_S = 25.0
MOST_RESOLVERS = 4
_SOURCE = "dns: a known name, and names that cannot exist"
_ORDER = ("honest", "failing", "silent", "wrong", "hijacked")
_NO_SUCH_NAME, _NO_ERROR = 3, 0


def _quantities(line: Line) -> Sequence[Name]:
    return [("dns_state", ""), ("dns_time_ms", ""), ("dns_portal", "")] if speaks_ip(line) or line.dialled else []


def resolvers(context: Context) -> tuple[str, ...]:
    """Those that DHCP or the dialled session named, then those of the station's configuration."""
    said = ("dhcp_resolvers", "pppoe_dns_servers")
    named = (str(m.value) for m in context.known if m.quantity in said and m.value is not None)
    found = dict.fromkeys((*" ".join(named).replace(",", " ").split(), *context.line.names.resolvers))
    return tuple(found)[:MOST_RESOLVERS]


def _run(context: Context) -> Iterable[Measurement]:
    declared = _quantities(context.line)
    fault, asked = context.session_fault(), resolvers(context)
    if fault is not None:
        return all_failed(context, declared, fault, _SOURCE)
    if not declared or not asked:
        unknown = Failure(
            kind="not_applicable", stage="dns", detail="neither the line nor [dns] resolvers names a resolver"
        )
        return all_failed(context, declared, unknown, _SOURCE)
    names = context.line.names
    request = {"resolvers": asked, "truth": names.truth_name, "portal_url": names.portal_url}
    heard = context.instruments.wire.ask("dns", request, deadline_s=DEADLINE_S)
    return interpret(context, heard, declared)


def interpret(context: Context, heard: Heard, declared: Sequence[Name]) -> list[Measurement]:
    """What the task saw, as measurements, the worst resolver also unnamed; pure but for their stamps."""
    answers = {line["resolver"]: line["answers"] for line in heard.lines if "resolver" in line}
    if heard.failure is not None or not answers:
        failure = heard.failure or Failure(kind="check_crashed", stage="dns", detail="the task told nothing")
        return all_failed(context, declared, failure, _SOURCE)
    made, states, times = [], [], []
    silent = Failure(kind="timeout", stage="dns", detail="no question was answered")
    for resolver, said in answers.items():
        states.append(state_of(said, context.line.names))
        made.append(context.measured("dns_state", states[-1], _SOURCE, index=resolver))
        times.append([answer["ms"] for answer in said.values() if "ms" in answer])
        made += _time(context, times[-1], silent, resolver)
    worst = max(states, key=_ORDER.index)
    slowest = max((taken for taken in times if taken), key=median, default=[])
    made += [context.measured("dns_state", worst, _SOURCE), *_time(context, slowest, silent, "")]
    portals = [line["portal"] for line in heard.lines if "portal" in line]
    if not portals:
        unasked = Failure(kind="not_applicable", stage="dns", detail="no page is configured; see [dns] portal_url")
        return [*made, context.failed("dns_portal", unasked, _SOURCE)]
    return [*made, _portal(context, portals[-1])]


def _time(context: Context, taken: Sequence[float], silent: Failure, index: str) -> list[Measurement]:
    if not taken:
        return [context.failed("dns_time_ms", silent, _SOURCE, index=index)]
    return [context.measured("dns_time_ms", median(taken), _SOURCE, index=index)]


def state_of(said: Mapping[str, Mapping[str, Any]], names: Names) -> str:
    """What one resolver's answers make of it; the worst that is proven counts."""
    answered = {key: answer for key, answer in said.items() if "code" in answer}
    if not answered:
        return "silent"
    if any(answer["addresses"] for key, answer in answered.items() if key.startswith("no_such")):
        return "hijacked"
    truth = answered.get("truth")
    if truth is not None and truth["code"] == _NO_SUCH_NAME:
        return "wrong"
    if truth is not None and truth["code"] == _NO_ERROR and names.truth_addresses:
        told = set(truth["addresses"])
        return "honest" if told and told <= set(names.truth_addresses) else "wrong"
    decisive = [truth] if truth is not None else list(answered.values())
    return "honest" if all(answer["code"] in (_NO_ERROR, _NO_SUCH_NAME) for answer in decisive) else "failing"


def _portal(context: Context, portal: Mapping[str, Any]) -> Measurement:
    source = f"http: {context.line.names.portal_url}"
    if "status" not in portal:
        return context.measured("dns_portal", "silent", f"{source}: {portal.get('error', '')}")
    state = "open" if portal["status"] == 204 else "captive"
    return context.measured("dns_portal", state, f"{source}: {portal['status']} {portal['location']}")


CHECK = Check(name="dns", quantities=_quantities, run=_run, open_ended=True)
