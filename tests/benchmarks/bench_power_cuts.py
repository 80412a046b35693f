"""Cuts the power of stations on a simulated disk and starts each again; takes minutes, so only on request.

`python -m tests.benchmarks power_cuts [--images N] [--seed S] [--workers W]`: half of the images are of honest disks,
half of cards that lie about their syncs. The seed is printed; the same seed makes the same images.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from random import SystemRandom

from tests.agent.power_cuts import Card, Counts, images

ON_REQUEST = True
_STORY = 500  # images of one story
_CARDS: tuple[Card, ...] = ("honest", "lying")


def campaign(seed: int, least: int, workers: int) -> dict[Card, Counts]:
    """What became of at least so many images, by card; AssertionError at the first that breaks the journal's law."""
    jobs = [(seed + number // 2, _CARDS[number % 2]) for number in range(-(-least // _STORY))]
    found: dict[Card, Counts] = {card: Counter() for card in _CARDS}
    with ProcessPoolExecutor(workers) as pool:
        made = pool.map(images, *zip(*jobs, strict=True), [_STORY] * len(jobs))
        for (_, card), counts in zip(jobs, made, strict=True):
            found[card] += counts
    return found


def main(words: Sequence[str] = ()) -> None:
    """Print for each kind of card what was cut, what was lost, and who told of it."""
    parser = argparse.ArgumentParser(prog="power_cuts")
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(words)
    print(f"seed {chosen.seed}", flush=True)
    begin = time.perf_counter()
    for card, counts in campaign(chosen.seed, chosen.images, chosen.workers).items():
        images_, lost = counts.pop("images", 0), counts.pop("lost", 0)
        print(f"{card} disk: {images_} images, 0 wrong entries, {lost} entries lost that had been called saved")
        for words_, count in sorted(counts.items()):
            print(f"  {count:>8} {words_}")
    print(f"{(time.perf_counter() - begin):.0f} s")


if __name__ == "__main__":
    main()
