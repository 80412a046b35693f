"""The training mode: a line with a hidden fault, the files with which the ordinary commands work on it, and the mark.

Nothing that is said before the answer tells the fault: not the shaped rates, not the scenario. The product tests the
same line after the answer, as it would in an acceptance.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnostics import strict_json
from diagnostics.causes import Language, words_of
from diagnostics.errors import BadInput
from diagnostics.line import Line
from drivers.virtual.line import ONT_ADDRESS
from drivers.virtual.plan import Plan, standing
from drivers.virtual.practice import Marked, answers_of, listed
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import planned
from drivers.virtual.score import diagnosed, line_of_plan, login_of_plan

_WORDS = {
    "en": {
        "stands": "a customer line with one fault stands (seed {seed}); find out what is wrong with it",
        "how": "look at it from another terminal:",
        "asked": "what is wrong? up to three numbers or names, the most likely first",
        "testing": "now the product tests the same line ...",
        "right": "right: it is",
        "among_three": "among your three answers: it is",
        "wrong": "not found: it is",
        "named": "the product names",
        "nothing": "the product names no cause",
    },
    "zh": {
        "stands": "已建立一条带有一个故障的用户线路（seed {seed}）；请查出故障原因",
        "how": "在另一个终端检查线路：",
        "asked": "故障是什么？最多三个编号或名称，最可能的在前",
        "testing": "现在由产品测试同一条线路……",
        "right": "回答正确：",
        "among_three": "在您的三个答案之中：",
        "wrong": "未找到，故障是：",
        "named": "产品给出的原因",
        "nothing": "产品没有给出原因",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a trainee sits: what is said to them, in which language, and where their answer comes from."""

    say: Callable[[str], None]
    language: Language = "en"
    answer: str = ""  # empty: asked for on standard input

    def words(self, key: str, **values: Any) -> str:
        """One of the training mode's own sentences."""
        return _WORDS[self.language][key].format(**values)

    def asked(self) -> tuple[str, ...]:
        """The trainee's answer; one that names nothing is asked for again."""
        if self.answer:
            return answers_of(self.answer)
        for line in listed(self.language):
            self.say(line)
        while True:
            self.say(self.words("asked"))
            text = sys.stdin.readline()
            if not text:
                raise BadInput("no answer came; type one, or give --answer")
            try:
                return answers_of(text)
            except BadInput as error:
                self.say(str(error))


def practise(scenario: Scenario, seed: int, desk: Desk) -> Marked:
    """Let a line with this fault stand, take an answer, and mark it."""
    if desk.answer:
        answers_of(desk.answer)  # what cannot be an answer is said before a line is built
    plan = planned([scenario], seed)
    with standing(plan) as virtual:
        line = line_of_plan(plan, virtual)
        with _files(plan, line) as folder:
            for words in (desk.words("stands", seed=seed), desk.words("how"), *_ways(plan, line, folder)):
                desk.say(words)
            answers = desk.asked()
            desk.say(desk.words("testing"))
            causes, _, _ = diagnosed(plan, virtual)
    return Marked(put=scenario.cause, answers=answers, causes=causes)


def told(marked: Marked, desk: Desk) -> list[str]:
    """The mark as lines for people: what it was, and what the product names on which evidence."""
    title, action = words_of(marked.put, desk.language)
    lines = [f"{desk.words(marked.mark)} {title} [{marked.put}]", f"  {action}"]
    if not marked.causes:
        return [*lines, desk.words("nothing")]
    for place, cause in enumerate(marked.causes, 1):
        lines.append(f"{desk.words('named')} {place}: {words_of(cause.name, desk.language)[0]} [{cause.name}]")
        lines += [f"    {evidence}" for evidence in cause.evidence]
    return lines


def to_json(marked: Marked) -> dict[str, Any]:
    """The mark as a JSON object."""
    return {
        "put": marked.put,
        "answers": list(marked.answers),
        "mark": marked.mark,
        "product_mark": marked.own_mark,
        "causes": [cause.to_json() for cause in marked.causes],
    }


@contextmanager
def _files(plan: Plan, line: Line) -> Iterator[Path]:
    """A folder with the station's configuration, the ONT's log-in and the work order; gone with the line."""
    with tempfile.TemporaryDirectory(prefix="prooflight-practice-") as name:
        folder, login = Path(name), login_of_plan(plan)
        logins = folder / "logins.toml"
        logins.touch(mode=0o600)
        words = (f'{name} = "{word}"\n' for name, word in login.to_request().items() if word)
        logins.write_text("[default]\n" + "".join(words))
        truth = ", ".join(f'"{address}"' for address in line.names.truth_addresses)
        (folder / "station.toml").write_text(
            f'[station]\nname = "practice"\nstate_dir = "{folder}/state"\n'
            f'key = "{folder}/station.key"\ntrust = "{folder}/trust.json"\n\n'
            f'[line]\ninterface = "{line.interface}"\nnamespace = "{line.namespace}"\ngateway = "{line.gateway}"\n\n'
            f'[ont]\naddress = "{line.ont_address}"\ntransport = "{plan.ont.transport}"\nlogins = "{logins}"\n'
            f'family = "{plan.ont.family if plan.ont_known else ""}"\n\n'
            f'[dns]\ntruth_name = "{line.names.truth_name}"\ntruth_addresses = [{truth}]\n'
            f'portal_url = "{line.names.portal_url}"\n\n' + "".join(_passwords(plan, folder))
        )
        (folder / "order.json").write_bytes(strict_json.write(order_of(line, plan)))
        yield folder


def _passwords(plan: Plan, folder: Path) -> Iterator[str]:
    """The tables that name the password files of the accounts on the line; the files are private."""
    for table, account in (("pppoe", plan.account), ("voice", plan.telephone)):
        if account is not None:
            file = folder / f"{table}.toml"
            file.touch(mode=0o600)
            file.write_text(f'[password]\n"{account[0]}" = "{account[1].reveal()}"\n')
            yield f'[{table}]\npasswords = "{file}"\n\n'


def order_of(line: Line, plan: Plan) -> dict[str, Any]:
    """A work order that says what is ordered on a line."""
    ordered = line.ordered
    broadband: dict[str, Any] = {
        "type": "broadband",
        "down_mbps": ordered.down_mbps,
        "up_mbps": ordered.up_mbps,
        "mode": ordered.mode,
        "access": ordered.access,
    }
    return {
        "schema": "prooflight.order/1",
        "id": "WO-PRACTICE",
        "kind": ordered.kind,
        "customer": {"name": "A trainee"},
        "site": {"address": "This machine"},
        "services": [broadband | ({"account": plan.account[0]} if plan.account else {}), *_further_services(plan)],
        "resource": {"olt": "practice", "pon_port": "0/0/0", "vlans": list(ordered.vlans)},
        "ont": {"serial": ordered.ont_serial},
        "reflectors": [{"host": reflector.host, "port": reflector.port} for reflector in line.reflectors],
        "criteria": ordered.criteria,
    }


def _further_services(plan: Plan) -> Iterator[dict[str, Any]]:
    """The ordered services beside broadband."""
    if plan.multicast is not None:
        group = plan.multicast
        yield {"type": "iptv", "group": group.group, "igmp_version": group.version, "vlans": list(group.vlans)}
    if plan.registrar is not None and plan.telephone is not None:
        where = {"registrar": plan.registrar.host, "registrar_port": plan.registrar.port}
        yield {"type": "voice", **where, "domain": plan.registrar.domain, "user": plan.telephone[0]}


def _ways(plan: Plan, line: Line, folder: Path) -> Iterator[str]:
    config = f"--config {folder}/station.toml"
    yield f"  prooflight check {config} --order {folder}/order.json"
    yield f"  prooflight check link reach path dns ... {config}"
    way = f"--transport {plan.ont.transport} --logins {folder}/logins.toml"
    yield f"  prooflight read {ONT_ADDRESS} {config} {way}"
    yield f"  nsenter --net={line.namespace} bash   (interface {line.interface}; iperf3 {line.reflectors[0].host})"
