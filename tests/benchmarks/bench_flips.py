"""Flips every single bit of a bundle's signed parts, one at a time: none may verify. Takes minutes; options tell which.

`python -m tests.benchmarks flips [--bundle NAME] [--workers N]`: NAME is a sound one of the vectors.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial

from agent import bundle
from agent.bundle import BundleError
from agent.criteria_shelf import Shelf
from agent.trust import load_trust
from agent.verification import verify
from tests.agent.test_verify_hostile import flips
from tests.vectors.writing import HERE

ON_REQUEST = True
_SHARE = 200  # flips handed to a worker at a time


def believed(name: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the flips after which the bundle still verifies: there must be none."""
    vector = next(each for each in json.loads((HERE / "bundles.json").read_bytes()) if each["name"] == name)
    raw, trust = bytearray((HERE / vector["file"]).read_bytes()), load_trust(HERE / vector["trust"])
    shelf = Shelf(folder=HERE / vector["criteria"], trust=lambda: trust)
    now, found = datetime.fromisoformat(vector["now"]), []
    for place, bit in [(-1, 0), *places]:
        raw[place] ^= bool(place + 1) << bit
        try:
            if verify(bundle.parse(bytes(raw)), trust, shelf.load, now).valid:
                found.append((place, bit))
        except BundleError:
            pass
        raw[place] ^= bool(place + 1) << bit
    assert found[:1] == [(-1, 0)], "the bundle itself must be valid"
    return found[1:]


def main(words: Sequence[str] = ()) -> None:
    """Print how many bits were flipped, how many of them were believed, and how long one took."""
    parser = argparse.ArgumentParser(prog="flips")
    parser.add_argument("--bundle", default="sound")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(words)
    vector = next(each for each in json.loads((HERE / "bundles.json").read_bytes()) if each["name"] == chosen.bundle)
    places = list(flips((HERE / vector["file"]).read_bytes()))
    shares = [places[begin : begin + _SHARE] for begin in range(0, len(places), _SHARE)]
    begin = time.perf_counter()
    with ProcessPoolExecutor(chosen.workers) as pool:
        wrong = [each for found in pool.map(partial(believed, chosen.bundle), shares) for each in found]
    each_ms = (time.perf_counter() - begin) * 1000 * chosen.workers / len(places)
    print(f"{len(places)} bits of {chosen.bundle!r} flipped, {len(wrong)} believed; {each_ms:.1f} ms each and worker")


if __name__ == "__main__":
    main()
