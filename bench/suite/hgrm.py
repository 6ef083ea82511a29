"""Percentile distributions in HdrHistogram's text format, for its plotters."""

import math
import re
from collections.abc import Sequence
from typing import Any

TICKS_A_HALF = 5  # as HdrHistogram: so many lines each time the distance to 100 % halves


def percentile_lines(histogram: Sequence[Sequence[Any]]) -> list[tuple[float, float, int]]:
    """(value, the part of all samples up to it, how many these are); histogram is [value, count],
    in order. Source: HdrHistogram, AbstractHistogram.outputPercentileDistribution."""
    total = sum(count for _, count in histogram)
    lines = []
    level = 0.0
    seen = 0
    for value, count in histogram:
        seen += count
        while level <= seen / total and level < 1:
            lines.append((value, level, seen))
            halves = math.floor(math.log2(1 / (1 - level))) + 1
            level += 1 / (TICKS_A_HALF * 2**halves)
            if 1 - level < 1 / (2 * total):
                level = 1.0
    return lines + [(histogram[-1][0], 1.0, total)]


def text(histogram_us: Sequence[Sequence[Any]]) -> str:
    """The file, in milliseconds."""
    histogram = [(us / 1000, count) for us, count in histogram_us]
    total = sum(count for _, count in histogram)
    mean = sum(value * count for value, count in histogram) / total
    deviation = math.sqrt(sum(count * (value - mean) ** 2 for value, count in histogram) / total)
    lines = [f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}", ""]
    for value, part, seen in percentile_lines(histogram):
        line = f"{value:12.3f} {part:1.12f} {seen:10d}"
        lines.append(line if part == 1 else f"{line} {1 / (1 - part):14.2f}")
    lines += [
        f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
        f"#[Max     = {histogram[-1][0]:12.3f}, Total count    = {total:12d}]",
        f"#[Buckets = {len(histogram):12d}, SubBuckets     = {128:12d}]",
    ]
    return "\n".join(lines) + "\n"


def file_name(found: dict[str, Any]) -> str:
    parts = [found["scenario"], found["row"], found["x"], found["kind"]]
    words = [str(part) for part in parts if part is not None]
    return re.sub(r"[^\w.]+", "-", ".".join(words)) + ".hgrm"
