"""What can be asked for and with which arguments, for people: the list that `prooflight support STATION` prints.

The station reads arguments strictly by itself; here they are only turned from text into what its verbs expect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diagnostics.causes import Language
from diagnostics.errors import BadInput
from diagnostics.quantities import nearest_name

Kind = Literal["whole", "text", "texts", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a verb: a whole number, a text, texts with commas between them, or yes and no."""

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


GUIDE: Mapping[str, Guided] = {
    "status": Guided(en="how the station is", zh="站点状态", consent=False),
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
            lines.append(f"    --arg {argument.name}={argument.example:<24} {words}")
    return lines


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
    if argument.kind == "flag":
        if text not in ("yes", "no"):
            raise BadInput(f"--arg {argument.name}: must be yes or no")
        return text == "yes"
    return text.split(",") if argument.kind == "texts" else text
