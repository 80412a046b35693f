"""Writes what an ONT said into a new capture folder, with what was read from it, for a person to check.

It overwrites nothing, and writes only what came scrubbed out of the reading child.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from diagnostics.errors import BadInput
from diagnostics.instruments import Reading
from diagnostics.measurement import Measurement
from drivers.ont import LOG_IN
from drivers.profile import COUNTER32, GET, WALK, Dialogue

_SKELETON = """# WHAT IT IS, WHO SELLS IT. Say for each line below where it is known from.

title = "TODO"
transports = ["{transport}"]
sources = ["recorded"]

[dialogue]
login = {login}
password = {password}
prompt = {prompt}
last = [{log_out}]
never = ['(?i)^(?:clear|set|reset|reboot|restore)\\b']

[identify]
command = {command}
pattern = {pattern}

# one table for each quantity, see docs/profiles.md
[read]
"""


def answers_of(reading: Reading) -> dict[str, str]:
    """The scrubbed answers by question, without the transport in front."""
    return {
        source.partition(": ")[2]: raw.decode("utf-8", errors="surrogateescape")
        for source, raw in reading.evidence.items()
    }


def write_capture(home: Path, reading: Reading, dialogue: Dialogue | None, *, device: str) -> tuple[Path, ...]:
    """Write the capture into `home`, which must not exist. Raises BadInput."""
    answers = answers_of(reading)
    log_in = answers.pop(LOG_IN, "")
    if home.exists():
        raise BadInput(f"{home}: is there already; choose another --state, or remove it")
    home.mkdir(parents=True)
    parts = [_head(device)]
    files: dict[str, str] = {}
    if dialogue is None:
        parts.append('records = "agent.snmprec"\n')
        files["agent.snmprec"] = _records(answers)
    else:
        names = _file_names(answers)
        unknown = _unknown(reading.measurements, dialogue)
        parts += [
            _spoken(log_in, dialogue, unknown),
            "[answers]",
            *(f"{_text(q)} = {_text(n)}" for q, n in names.items()),
            "",
        ]
        files |= {name: answers[question] for question, name in names.items()}
    parts += _expected(reading.measurements)
    files["capture.toml"] = "\n".join(parts) + "\n"
    for name, text in files.items():
        (home / name).write_bytes(text.encode("utf-8", errors="surrogateescape"))
    return tuple(home / name for name in sorted(files))


def skeleton(answers: Mapping[str, str], dialogue: Dialogue, transport: str) -> str:
    """The beginning of a new family's profile, recognised by the first line of its first answer."""
    command = next(question for question in answers if question != LOG_IN)
    line = next((line.strip() for line in answers[command].splitlines() if line.strip()), "")
    prompt = answers.get(LOG_IN, "").rsplit("\n", 1)[-1].strip()
    return _SKELETON.format(
        transport=transport,
        login=_text(dialogue.login.pattern),
        password=_text(dialogue.password.pattern),
        prompt=_text(re.escape(prompt)),
        log_out=_text(dialogue.last[-1]),
        command=_text(command),
        pattern=_text("(?m)^\\s*" + re.escape(line[:60])),
    )


def _head(device: str) -> str:
    return f"""# TODO: say what state this is (lit, dark, ...), and check every value below on the device.
origin = "recorded"
source = "recorded with prooflight profile capture; serials, MACs, names and secrets are replaced"
device = {_text(device)}
"""


def _unknown(measurements: Sequence[Measurement], dialogue: Dialogue) -> str:
    """What the device said to a question that it does not know; a stand-in where it knew them all."""
    heard = [m.failure.detail for m in measurements if m.failure and m.failure.kind == "no_such_object"]
    return next((words for words in heard if any(p.search(words) for p in dialogue.error)), "unknown command")


def _spoken(log_in: str, dialogue: Dialogue, unknown: str) -> str:
    """The words around the answers, taken from the log-in as it was heard."""
    asked, secret = dialogue.login.search(log_in), dialogue.password.search(log_in)
    start = log_in.rfind("\n", 0, asked.start()) + 1 if asked else log_in.rfind("\n") + 1
    return f"""[dialogue]
banner = {_text(log_in[:start])}
login = {_text(log_in[start : asked.end()] if asked else "login:")}
password = {_text(secret.group() if secret else "Password:")}
prompt = {_text(log_in.rsplit(chr(10), 1)[-1])}
log_out = {_text(dialogue.last[-1])}
# TODO: check that this is what the device says to a command that it does not know
unknown = {_text(unknown + chr(10))}
"""


def _file_names(answers: Mapping[str, str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for number, question in enumerate(answers, 1):
        name = re.sub(r"[^A-Za-z0-9.\-]+", "_", question).strip("_.-")[:80] or "answer"
        made[question] = f"{name}.txt" if f"{name}.txt" not in made.values() else f"{name}_{number}.txt"
    return made


def _records(answers: Mapping[str, str]) -> str:
    lines = {line for q, answer in answers.items() if q.startswith((GET, WALK)) for line in answer.splitlines()}
    split = [line.partition(" = ") for line in lines]
    made = sorted((tuple(map(int, oid.split("."))), oid, value) for oid, _, value in split)
    return "".join(f"{oid}|{_tagged(value)}\n" for _, oid, value in made)


def _tagged(value: str) -> str:
    """The snmprec tag and value that answer the same text again; the exact type is not in the text."""
    if value.endswith(COUNTER32):
        return f"65|{value.removesuffix(COUNTER32)}"
    if re.fullmatch(r"0x(?:[0-9a-f]{2})*", value):
        return f"4x|{value[2:]}"
    if re.fullmatch(r"0|-?[1-9][0-9]{0,18}", value):
        return f"{2 if abs(int(value)) < 1 << 31 else 70}|{value}"
    return f"6|{value}" if re.fullmatch(r"[0-2](?:\.[0-9]{1,10}){6,}", value) else f"4|{value}"


def _expected(measurements: Sequence[Measurement]) -> list[str]:
    values = [f"{_text(m.name)} = {json.dumps(m.value, ensure_ascii=False)}" for m in measurements if m.failure is None]
    failures = [
        f'{_text(m.name)} = "{m.failure.kind}"' for m in measurements if m.failure and m.failure.kind != "not_supported"
    ]
    return [
        "# TODO: check each of these on the device",
        "[values]",
        *values,
        "",
        "# every ONT quantity in neither table is not_supported",
        "[failures]",
        *failures,
    ]


def _text(text: str) -> str:
    """A TOML string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
