"""The floors of the house: who may import whom, and where alone a heavy library may stand."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("agent", "diagnostics", "drivers", "firmware_profiles")
ELSEWHERE_MAY = (
    "agent.work_order",
    "agent.signed_order",
    "agent.anchor",
    "agent.criteria_shelf",
    "agent.receipt",
    "agent.witnessing",
    "agent.admission",
    "agent.base64url",
    "agent.disk",
    "agent.fields",
    "agent.http_face",
    "agent.http_guard",
    "agent.http_message",
    "agent.record",
    "agent.review",
    "agent.seal",
    "agent.visit_link",
    "agent.keys",
    "agent.commitment",
    "agent.opening",
    "agent.trust",
    "agent.watched_file",
    "agent.toml_table",
    "agent.acknowledgement",
    "agent.compact_verdict",
    "agent.mqtt_link",
    "agent.mqtt_redial",
    "agent.have",
    "agent.tls",
    "agent.config",
    "agent.clock",
    "agent.page",
    "agent.axis",
    "agent.scrypt",
    "agent.sessions",
    "agent.words",
)
HEAVY = {
    "scapy": ("diagnostics/wire/", "drivers/virtual/peers/"),
    "iperf3": ("diagnostics/iperf3_client.py",),
    "netmiko": ("drivers/cli_session.py",),
    "pysnmp": ("drivers/snmp_session.py", "drivers/virtual/"),
    "paramiko": ("drivers/cli_session.py", "drivers/virtual/"),
    "paho": ("agent/mqtt_link.py",),
    "joserfc": ("agent/seal.py", "agent/keys.py", "agent/opening.py", "agent/opening_key.py", "agent/support/box.py"),
    "cryptography": ("agent/seal.py", "agent/keys.py", "agent/tpm_key.py"),
    "segno": ("agent/qr_code.py",),
    "weasyprint": ("agent/report_printer.py",),
    "fontTools": ("agent/report_printer.py",),
    "waitress": ("agent/page_server.py",),
    "zxingcpp": ("agent/web/codes_child.py",),
    "PIL": ("agent/web/codes_child.py",),
    "sqlite3": ("agent/acceptor/ledger",),
    "psycopg": ("agent/acceptor/ledger_postgres.py",),
    "asyncio": ("drivers/snmp_session.py", "drivers/virtual/"),
}
STAYS_LIGHT = ("scapy", "netmiko", "pysnmp", "iperf3", "paramiko", "waitress", "zxingcpp", "PIL")


def modules() -> list[Path]:
    return sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(path: str, name: str) -> bool:
    floor, target = path.split("/")[0], name.split(".")[0]
    if target not in OURS or path.startswith("agent/commands/acceptor"):
        return True
    if floor == "firmware_profiles":
        return False
    if path.startswith(("agent/acceptor/", "agent/reflector/")):
        own = "agent." + path.split("/")[1]
        return target == "diagnostics" or name.startswith((own, *ELSEWHERE_MAY))
    may = {"diagnostics": ("diagnostics",), "drivers": ("drivers", "diagnostics"), "agent": OURS}
    return target in may[floor]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    wrong = [name for name in imported(path) if not allowed(here, name)]
    assert not wrong, f"{here} must not import {wrong}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_stand_where_they_may(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for name in imported(path):
        places = HEAVY.get(name.split(".")[0])
        assert places is None or here.startswith(places), f"{here} must not import {name}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_module_is_in_a_circle_of_imports() -> None:
    names = {module_name(path): path for path in modules()}
    arrows = {
        name: {
            target
            for word in imported(path)
            for target in (word, word.rpartition(".")[0])
            if target in names and target != name
        }
        for name, path in names.items()
    }
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for target in sorted(arrows[name]):
                walk(target, (*above, name))
            done.add(name)

    for name in names:
        walk(name, ())


LIGHT = ["diagnostics", "diagnostics.checks", "drivers", "drivers.terminal", "agent.cli", "agent.commands.serve"]


@pytest.mark.parametrize("module", LIGHT)
def test_importing_it_pulls_in_no_instrument(module: str) -> None:
    probe = f"import {module}, sys; print(*[name for name in {STAYS_LIGHT!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300, "split the file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 40, f"split {node.name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_public_names_have_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    if path.read_text().strip():
        assert ast.get_docstring(tree), "the file needs its law"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            for inner in methods if isinstance(node, ast.ClassDef) else []:
                assert inner.name.startswith("_") or ast.get_docstring(inner), f"{node.name}.{inner.name}"
