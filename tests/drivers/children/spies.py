"""Reads the ONT as asked, and hands over its own arguments and environment as evidence."""

import base64
import json
from pathlib import Path

from drivers.reading import main

seen = Path("/proc/self/cmdline").read_bytes() + Path("/proc/self/environ").read_bytes()
print(json.dumps({"evidence": "arguments and environment", "base64": base64.b64encode(seen).decode()}))
main()
