"""Run every benchmark in this folder, or those named; each prints its own ratios.

`python -m tests.benchmarks [NAME...] [OPTION...]`: options from the first one on go to the benchmark named, if it takes
any. One that takes very long runs only when it is named.
"""

import importlib
import inspect
import pkgutil
import sys
from itertools import takewhile

import tests.benchmarks as here


def main() -> None:
    """Run them in the order of their names."""
    wanted = list(takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))
    options = sys.argv[1 + len(wanted) :]
    for module in sorted(pkgutil.iter_modules(here.__path__), key=lambda module: module.name):
        name = module.name.removeprefix("bench_")
        if name == module.name or (wanted and name not in wanted):
            continue
        made = importlib.import_module(f"tests.benchmarks.{module.name}")
        if wanted or not getattr(made, "ON_REQUEST", False):
            print(f"--- {name}", flush=True)
            made.main(*([options] if inspect.signature(made.main).parameters else []))


if __name__ == "__main__":
    main()
