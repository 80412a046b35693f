"""Run every benchmark in this folder, or those named; each prints its own ratios."""

import importlib
import pkgutil
import sys

import tests.benchmarks as here


def main() -> None:
    """Run them in the order of their names."""
    for module in sorted(pkgutil.iter_modules(here.__path__), key=lambda module: module.name):
        wanted = not sys.argv[1:] or module.name.removeprefix("bench_") in sys.argv[1:]
        if module.name.startswith("bench_") and wanted:
            print(f"--- {module.name.removeprefix('bench_')}", flush=True)
            importlib.import_module(f"tests.benchmarks.{module.name}").main()


if __name__ == "__main__":
    main()
