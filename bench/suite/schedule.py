"""The order in which a scenario's points are measured, and how long that will take."""

import random
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def blocks(
    points: Iterable[T], repetitions: int, generator: random.Random
) -> Iterator[tuple[int, int, T]]:
    """Each block has every point once, in its own order, so a disturbance of the machine hits all
    points alike. Yields (repetition, position in the block, point)."""
    for repetition in range(repetitions):
        order = list(points)
        generator.shuffle(order)
        for position, point in enumerate(order):
            yield repetition, position, point


class Progress:
    """Says on standard error what runs, and how long it will still take."""

    def __init__(self, expected_seconds: float, runs: int) -> None:
        self.left = expected_seconds
        self.runs = runs
        self.begun = 0
        self.expected_so_far = 0.0
        self.started = time.monotonic()

    def next(self, name: str, expected_seconds: float) -> None:
        self.begun += 1
        taken = time.monotonic() - self.started
        pace = taken / self.expected_so_far if self.expected_so_far > 20 else 1
        minutes, seconds = divmod(round(self.left * pace), 60)
        left = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        width = len(str(self.runs))
        print(f"[{self.begun:{width}}/{self.runs}] {name}, about {left} left", file=sys.stderr)
        self.left -= expected_seconds
        self.expected_so_far += expected_seconds

    def done(self) -> None:
        taken = round(time.monotonic() - self.started)
        print(f"{self.begun} runs in {taken // 60} min {taken % 60} s", file=sys.stderr)
