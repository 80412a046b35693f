"""What the technician is told of a visit, in English and Chinese; the texts stand in visit_texts.toml."""

import re
import tomllib
from functools import cache
from importlib import resources

from diagnostics.causes import Language
from diagnostics.verdict import Finding

_COMMAND = re.compile(
    r"(?:, then|; when that is settled|，处理完后|后)?[:：] ?[a-z][a-z-]+(?: [^.。]*)?$"
)  # at the end of a text: the step that notes it


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text, by quantity and then by what it is for."""
    return tomllib.loads((resources.files("agent") / "visit_texts.toml").read_text())


def titles(quantity: str) -> list[str]:
    """What a quantity of the visit is called, in English and in Chinese."""
    return [texts()[quantity]["title"], texts()[quantity]["title_zh"]]


def wrongs(quantity: str) -> list[str]:
    """What it means where a quantity of the visit is not as demanded, in English and in Chinese, without commands."""
    told = texts()[quantity]
    return [_COMMAND.sub(".", told["wrong"]), _COMMAND.sub("。", told["wrong_zh"])]


def line_of(finding: Finding, language: Language) -> str:
    """One finding of a visit in a few words: what it is, and what is to be done where it does not hold."""
    ending = "" if language == "en" else f"_{language}"
    told = texts()[finding.quantity]
    title = told[f"title{ending}"] + (f" ({finding.index})" if finding.index else "")
    if finding.status in ("pass", "marginal"):
        return f"{title}: {finding.measured}"
    return f"{title}: {told[('wrong' if finding.status == 'fail' else 'todo') + ending]}"
