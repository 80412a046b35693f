"""What can be asked for and with which arguments, for people: the list that `prooflight support STATION` prints.

The station reads arguments strictly by itself; here they are only turned from text into what its verbs expect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diagnostics.causes import Language
from diagnostics.errors import BadInput
from diagnostics.measurement import sanitised
from diagnostics.quantities import nearest_name

Kind = Literal["whole", "text", "texts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a verb: a whole number, a text, or texts with commas between them."""

    name: str
    kind: Kind
    en: str
    zh: str
    example: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guided:
    """One verb as people read of it; `consent` where those on site must agree, `order` where it needs a work order."""

    en: str
    zh: str
    arguments: tuple[Argument, ...] = ()
    consent: bool = True
    order: bool = False


_PLACES = "gateway, ont, reflector, dns; a further one: reflector.2"
_PLACES_ZH = "gateway、ont、reflector、dns；其余如 reflector.2"
_TARGET = Argument(name="target", kind="text", en=_PLACES, zh=_PLACES_ZH, example="gateway", required=True)


def _count(name: str, example: int, en: str, zh: str) -> Argument:
    return Argument(name=name, kind="whole", en=en, zh=zh, example=str(example))


GUIDE: Mapping[str, Guided] = {
    "status": Guided(en="how the station is", zh="站点状态", consent=False),
    "ont.read": Guided(
        en="everything that the ONT says of itself, or some groups of it",
        zh="读取光猫全部信息或其中几组",
        arguments=(
            Argument(
                name="groups",
                kind="texts",
                en="identity, optics, pon, errors, services, lan",
                zh="identity 身份、optics 光功率、pon、errors 误码、services 业务、lan",
                example="optics,errors",
            ),
        ),
    ),
    "ont.watch": Guided(
        en="light and counters of the ONT every second",
        zh="每秒观察光猫的光功率和计数器",
        arguments=(
            _count("seconds", 120, "how long, at most 600 (60)", "时长，最多 600 秒（默认 60）"),
            Argument(
                name="quantities",
                kind="texts",
                en="what to watch, at most 8",
                zh="观察的量，最多 8 个",
                example="ont_rx_power_dbm,ont_bip_errors",
            ),
        ),
    ),
    "line.ping": Guided(
        en="echo requests from the station over the line",
        zh="从站点经线路 ping",
        arguments=(
            _TARGET,
            _count("count", 10, "how many, at most 100 (10)", "次数，最多 100（默认 10）"),
            _count("interval_ms", 200, "from 100 to 1000 ms (200)", "间隔 100 至 1000 毫秒（默认 200）"),
        ),
    ),
    "line.trace": Guided(
        en="the way to a place, hop by hop",
        zh="逐跳跟踪路由",
        arguments=(
            _TARGET,
            _count("hops", 20, "at most 30 (20)", "最多 30 跳（默认 20）"),
            _count("tries", 2, "a hop, at most 3 (2)", "每跳次数，最多 3（默认 2）"),
        ),
    ),
    "line.check": Guided(
        en="one check of the line that fills nothing",
        zh="执行一项不占满带宽的检查",
        arguments=(
            Argument(
                name="check",
                kind="text",
                en="its name, as prooflight check knows it",
                zh="检查名称，同 prooflight check",
                example="dns",
                required=True,
            ),
        ),
    ),
    "log.slice": Guided(
        en="the last lines of the station's log, without what is personal or secret",
        zh="站点日志的最后若干行（已去除个人信息和密码）",
        arguments=(_count("lines", 50, "how many, at most 200 (50)", "行数，最多 200（默认 50）"),),
    ),
    "record.list": Guided(
        en="the newest records and how far each one got",
        zh="最新的记录及其送达情况",
        arguments=(_count("last", 20, "how many, at most 100 (20)", "条数，最多 100（默认 20）"),),
    ),
    "record.resend": Guided(
        en="send records to the acceptor once more",
        zh="向验收端重发记录",
        arguments=(
            Argument(
                name="records",
                kind="texts",
                en="their digests, as record.list tells them, at most 50",
                zh="记录摘要（见 record.list），最多 50 个",
                example="0f" * 32,
                required=True,
            ),
        ),
    ),
    "test.run": Guided(
        en="the test of an order, as if it was started on site", zh="执行工单测试，与现场启动相同", order=True
    ),
}


def read_arguments(verb: str, given: Sequence[str]) -> dict[str, Any]:
    """The arguments that `--arg NAME=VALUE` state; BadInput names the verb or the argument that is not known."""
    if verb not in GUIDE:
        raise BadInput(f"{verb!r} is not a verb{nearest_name(verb, GUIDE)}; known: {', '.join(GUIDE)}")
    known = {argument.name: argument for argument in GUIDE[verb].arguments}
    made: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            takes = f"takes {', '.join(known)}" if known else "takes none"
            raise BadInput(f"--arg {text}: must be NAME=VALUE, and {verb} {takes}{nearest_name(name, known)}")
        if name in made:
            raise BadInput(f"--arg {name}: is given twice")
        made[name] = _value(known[name], value)
    missing = [name for name, argument in known.items() if argument.required and name not in made]
    if missing:
        raise BadInput(f"{verb}: needs --arg {missing[0]}=..., for example {known[missing[0]].example}")
    return made


def guide_lines(language: Language) -> list[str]:
    """All verbs with their arguments, a line each."""
    lines = []
    for name, verb in GUIDE.items():
        lines.append(f"{name:<16} {verb.zh if language == 'zh' else verb.en}{_needs(verb, language)}")
        for argument in verb.arguments:
            words = argument.zh if language == "zh" else argument.en
            example = f"--arg {argument.name}={sanitised(argument.example, 24)}"
            lines.append(f"    {example:<44} {words}")
    return lines


def guide_json(language: Language) -> dict[str, Any]:
    """All verbs with their arguments, for programs."""
    return {
        name: {
            "meaning": verb.zh if language == "zh" else verb.en,
            "consent": verb.consent,
            "order": verb.order,
            "arguments": {one.name: {"kind": one.kind, "required": one.required} for one in verb.arguments},
        }
        for name, verb in GUIDE.items()
    }


def _needs(verb: Guided, language: Language) -> str:
    needs = [("needs consent", "需现场同意")] if verb.consent else []
    needs += [("needs --order", "需 --order")] if verb.order else []
    told = [zh if language == "zh" else en for en, zh in needs]
    return f" ({', '.join(told)})" if told else ""


def _value(argument: Argument, text: str) -> Any:
    if argument.kind == "whole":
        try:
            return int(text)
        except ValueError as error:
            raise BadInput(f"--arg {argument.name}: must be a whole number, as {argument.example}") from error
    return text.split(",") if argument.kind == "texts" else text
