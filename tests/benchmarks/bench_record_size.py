"""How large the record of a full visit is, and what fills it: broadband, voice and IPTV on the demonstration's line."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GOAL_BYTES = 48 * 1024
MORE = (
    {"type": "voice", "registrar": "198.18.0.9", "user": "+8657155550117"},
    {"type": "iptv", "group": "239.1.1.7", "source": "198.18.0.9"},
)


def main() -> None:
    """One visit; sizes in bytes of its close record's content, of the token, and of each part."""
    with tempfile.TemporaryDirectory() as folder:
        token, openings = _visited(Path(folder))
    payload = base64.urlsafe_b64decode(token.split(".")[1] + "==")
    print(f"content {len(payload)} B = {len(payload) / GOAL_BYTES:.0%} of 48 KiB; token {len(token)} B;", end=" ")
    print(f"opening beside it {sum(map(len, openings))} B")
    made = json.loads(payload)
    for name, size in sorted(((name, _size(value)) for name, value in made.items()), key=lambda each: -each[1])[:8]:
        print(f"  {name:<14} {size:>6} B")
    beside = {name: _size(series) for run in made["runs"] for name, series in run["beside"].items()}
    print(f"  {len(made['measurements'])} measurements, {len(made['runs'])} runs, beside the last one: {beside}")


def _visited(folder: Path) -> tuple[str, list[str]]:
    example = json.loads((ROOT / "agent" / "examples" / "install.json").read_text())
    order = folder / "order.json"
    order.write_text(json.dumps(example | {"services": [*example["services"], *MORE]}))
    command = [sys.executable, "-m", "agent.cli", "demo", "--order", str(order)]
    subprocess.run(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(folder)}, stdout=subprocess.DEVNULL, check=False)
    (bundle,) = folder.glob("prooflight-demo-*/state/bundles/*.json")
    (attempt,) = json.loads(bundle.read_text())["attempts"]
    return attempt["close"], attempt["openings"]


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
