"""What it costs to start the command line, against a bare Python."""

import sys
from pathlib import Path

from tests.benchmarks.measure import median_wall_s, ratios

PROOFLIGHT = str(Path(sys.executable).with_name("prooflight"))


def main() -> None:
    """Print `prooflight --help` as a multiple of `python -c pass`."""
    times = median_wall_s(
        {
            "python -c pass": [sys.executable, "-c", "pass"],
            "python -c 'import argparse'": [sys.executable, "-c", "import argparse"],
            "prooflight --help": [PROOFLIGHT, "--help"],
        },
        rounds=31,
    )
    ratios(times, "python -c pass")


if __name__ == "__main__":
    main()
