"""Loads firmware profiles and believes nothing in them: a key that is unknown or inconsistent refuses the file.

Each complaint is one line that names file, key and remedy. It opens files below `firmware_profiles` only when asked.
"""

import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from diagnostics.quantities import ONT_QUANTITIES, QUANTITIES, Quantity, nearest_name
from drivers.conversions import CONVERSIONS, WHOLE
from drivers.profile import Dialogue, Firmware, Identity, Profile, Reading, Rows
from drivers.toml_table import Table, TableError, load

TRANSPORTS = ("telnet", "ssh", "snmp")
_OID = re.compile(r"[0-2](\.(?:\d{1,10}|\{[a-z]+\})){1,60}")
_PLACEHOLDERS = ("frame", "slot", "port", "onu")  # of a resource at an OLT, see resource.py
_FAMILY = re.compile(r"[a-z][a-z0-9_]{1,40}")


class ProfileError(TableError):
    """A firmware profile is wrong; the message names file, key and remedy."""


def profiles_folder() -> Path:
    """Where the firmware profiles of this installation are."""
    return Path(str(resources.files("firmware_profiles")))


def families(folder: Path | None = None) -> tuple[str, ...]:
    """The names of all families that have a profile."""
    found = (folder or profiles_folder()).glob("*/profile.toml")
    return tuple(sorted(path.parent.name for path in found))


def load_all(folder: Path | None = None) -> tuple[Profile, ...]:
    """Every profile. Raises ProfileError for the first one that is wrong."""
    return tuple(load_profile(family, folder) for family in families(folder))


def load_beside(folder: Path) -> tuple[Profile, ...]:
    """Every profile of a folder, and the installed ones of all families that it does not have. Raises ProfileError."""
    ours = families(folder)
    return (*load_all(folder), *(load_profile(family) for family in families() if family not in ours))


def load_profile(family: str, folder: Path | None = None) -> Profile:
    """The profile of one family. Raises ProfileError where there is none or it is wrong."""
    root = folder or profiles_folder()
    path = root / family / "profile.toml"
    if not _FAMILY.fullmatch(family) or not path.is_file():
        raise ProfileError(f"{family}: there is no such family{nearest_name(family, families(root))}")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return _profile(load(path, f"{family}/profile.toml"), family, digest)
    except TableError as error:
        raise ProfileError(str(error)) from error


def _profile(table: Table, family: str, digest: str) -> Profile:
    transports = table.texts("transports")
    for name in transports:
        if name not in TRANSPORTS:
            raise table.error(f"transports: {name} is not a transport{nearest_name(name, TRANSPORTS)}")
    if not transports:
        raise table.error(f"transports is empty; give some of {', '.join(TRANSPORTS)}")
    shell = bool({"telnet", "ssh"} & set(transports))
    rows = table.table("rows", {})
    made = Profile(
        family=family,
        title=table.text("title"),
        transports=transports,
        sources=table.texts("sources"),
        dialogue=_dialogue(table.table("dialogue")) if shell else None,
        identity=_identity(table.table("identify")),
        rows={name: _rows(rows.table(name)) for name in rows.names()},
        readings=_readings(table.table("read")),
        firmwares=tuple(_firmware(entry) for entry in table.tables("firmware")),
        legacy=table.flag("legacy"),
        digest=digest,
    )
    table.done()
    _refuse_contradictions(table, made)
    return made


def _dialogue(table: Table) -> Dialogue:
    login, password, prompt = (table.pattern(key) for key in ("login", "password", "prompt"))
    assert login and password and prompt
    made = Dialogue(
        login=login,
        password=password,
        prompt=prompt,
        terminator=table.pattern("terminator", None),
        more=table.pattern("more", None),
        error=table.patterns("error"),
        denied=table.patterns("denied"),
        locked=table.patterns("locked"),
        busy=table.patterns("busy"),
        newline=table.text("newline", "\r\n"),
        first=table.texts("first"),
        first_at=table.pattern("first_at", None),
        last=table.texts("last"),
        never=table.patterns("never"),
        order=table.patterns("order"),
    )
    table.done()
    if made.newline not in ("\r\n", "\r", "\n", "\r\0"):
        raise table.error("newline must be CR LF, CR, LF or CR NUL")
    if made.first_at and not made.first:
        raise table.error("first_at says where first is said, and first is missing")
    if not made.last:
        raise table.error("last is missing; give the log-out command, so that no session is left open")
    return made


def _identity(table: Table) -> Identity:
    made = Identity(
        banner=table.pattern("banner", None),
        command=table.text("command", ""),
        pattern=table.pattern("pattern", None),
        sys_descr=table.pattern("sys_descr", None),
        sys_object_id=_oid(table, "sys_object_id", ""),
        last_resort=table.flag("last_resort"),
    )
    table.done()
    if bool(made.command) != (made.pattern is not None):
        raise table.error("command and pattern belong together; give both or neither")
    if not (made.command or made.banner or made.sys_descr or made.sys_object_id):
        raise table.error(
            "says nothing to recognise the family by; give command + pattern, banner, sys_descr or sys_object_id"
        )
    return made


def _oid(table: Table, key: str, default: str | None = None) -> str:
    value = table.text(key) if default is None else table.text(key, default)
    if value and not _OID.fullmatch(value):
        raise table.error(f"{key} must be an OID in digits, such as 1.3.6.1.2.1.1.1.0")
    return value


def _rows(table: Table) -> Rows:
    pattern = table.pattern("pattern", groups=True)
    assert pattern
    made = Rows(oid=_oid(table, "oid"), pattern=pattern)
    table.done()
    return made


def _firmware(table: Table) -> Firmware:
    software = table.pattern("software")
    assert software
    made = Firmware(software=software, readings=_readings(table.table("read")))
    table.done()
    return made


def _readings(table: Table) -> Mapping[str, Reading]:
    made = {}
    for name in table.names():
        entry = table.table(name)
        if name not in ONT_QUANTITIES:
            raise entry.error(f"is not a quantity{nearest_name(name, ONT_QUANTITIES)}")
        made[name] = _reading(entry, QUANTITIES[name])
    table.done()
    return made


def _reading(table: Table, quantity: Quantity) -> Reading:
    made = Reading(
        quantity=quantity.name,
        command=table.text("command", ""),
        oid=_oid(table, "oid", ""),
        pattern=table.pattern("pattern", None, groups=True),
        rows=table.text("rows", ""),
        scale=table.number("scale", 1.0),
        offset=table.number("offset", 0.0),
        convert=table.text("convert", ""),
        states=table.mapping("states"),
        absent=table.texts("absent"),
    )
    table.done()
    _refuse_reading(table, made, quantity)
    return made


def _refuse_reading(table: Table, made: Reading, quantity: Quantity) -> None:
    if bool(made.command) == bool(made.oid):
        raise table.error("needs exactly one of command and oid")
    if made.command and made.pattern is None:
        raise table.error("pattern is missing; a command needs one that catches the value")
    named = made.pattern is not None and "row" in made.pattern.groupindex
    if made.command and made.rows and not named and not made.rows[-1].isdigit():
        raise table.error("rows needs a group (?P<row>...) in pattern, or the name of one row, such as lan1")
    if made.convert and made.convert not in (*CONVERSIONS, *WHOLE):
        known = (*CONVERSIONS, *WHOLE)
        raise table.error(f"convert: {made.convert} is not a conversion{nearest_name(made.convert, known)}")
    if made.convert in WHOLE and quantity.kind != "number":
        raise table.error(f"convert: {made.convert} belongs to numbers only")
    for form in made.absent:
        table.compiled("absent", form)
    if quantity.kind == "text" and (made.scale, made.offset) != (1.0, 0.0):
        raise table.error("scale and offset belong to numbers only")
    if quantity.kind == "text" and made.states:
        raise table.error("states belong to states and numbers only")
    for word in made.states.values():
        if quantity.kind == "state" and word not in quantity.states:
            raise table.error(f"states: {word} is not a state of {quantity.name}{nearest_name(word, quantity.states)}")


def _refuse_contradictions(table: Table, made: Profile) -> None:
    every = [*made.readings.values(), *(r for f in made.firmwares for r in f.readings.values())]
    never = made.dialogue.never if made.dialogue else ()
    spoken = [reading.command for reading in every if reading.command] + [made.identity.command]
    for command in (*spoken, *(made.dialogue.first if made.dialogue else ())):
        if any(pattern.search(command) for pattern in never):
            raise table.error(f"{command!r} is asked, and dialogue.never forbids it")
    if made.legacy and "ssh" not in made.transports:
        raise table.error("legacy is about ssh, and transports lacks it")
    for reading in every:
        for word in re.findall(r"\{([a-z]+)\}", reading.command + reading.oid):
            if word not in _PLACEHOLDERS:
                raise table.error(
                    f"[read.{reading.quantity}] {{{word}}}: write {{frame}}, {{slot}}, {{port}} or {{onu}}"
                )
        if reading.command and not made.dialogue:
            raise table.error(f"[read.{reading.quantity}] asks a command, and transports has neither telnet nor ssh")
        if reading.oid and "snmp" not in made.transports:
            raise table.error(f"[read.{reading.quantity}] asks an OID, and transports lacks snmp")
        if reading.oid and reading.rows and reading.rows not in made.rows:
            raise table.error(f"[read.{reading.quantity}] rows: there is no [rows.{reading.rows}]")
