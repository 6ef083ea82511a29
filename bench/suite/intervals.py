"""How sure a ratio is."""

import random
import statistics
from collections.abc import Sequence

Interval = tuple[float, float]
RESAMPLES = 2000
ENOUGH = (
    5  # with fewer repetitions an interval would err far too often
)


def ratio(
    samples: Sequence[float], base: Sequence[float], *, paired: bool = True
) -> tuple[float | None, Interval | None]:
    """The ratio of the medians, and its 95 % interval by bootstrap, or None if there are too few
    samples. Both are None if there is nothing to compare with.

    Paired: both were measured once in each block of an interleaved run, so a disturbance of the
    machine during a block disturbed both. Blocks are drawn, not single runs.
    """
    if not samples or not base or min(base) <= 0:
        return None, None
    middle = statistics.median(samples) / statistics.median(base)
    if min(len(samples), len(base)) < ENOUGH:
        return middle, None
    if paired and len(samples) != len(base):
        raise ValueError("a block lacks a run")
    generator = random.Random(1)  # the same samples give the same interval

    def draw(count: int) -> list[int]:
        return [generator.randrange(count) for _ in range(count)]

    ratios = []
    for _ in range(RESAMPLES):
        one = draw(len(samples))
        other = one if paired else draw(len(base))
        ratios.append(
            statistics.median(samples[i] for i in one) / statistics.median(base[i] for i in other)
        )
    ratios.sort()
    tail = round(0.025 * RESAMPLES)
    return middle, (ratios[tail], ratios[-tail - 1])


def undecided(interval: Interval | None) -> bool:
    """Whether no difference was detected: the interval spans 1."""
    return interval is not None and interval[0] <= 1 <= interval[1]


def differs(interval: Interval | None) -> bool:
    """Whether a difference was detected."""
    return interval is not None and not undecided(interval)


def format_ratio(middle: float | None, interval: Interval | None) -> str:
    """Such as `1.41 (1.35-1.45)`; with ~ in front if no difference was detected."""
    if middle is None:
        return "–"
    if interval is None:
        return f"{middle:.2f} (?)"
    low, high = interval
    digits = 2 if high < 9.995 else 1
    mark = "~" if undecided(interval) else ""
    return f"{mark}{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"
