"""Waiting for what has to come, with a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Failure(Exception):
    """Why something cannot be done, or what did not come about: one line."""


def wait_until(condition: Callable[[], Found], what: str, seconds: float = 30) -> Found:
    """What `condition` returns once that is true. How long it took says Stopwatch."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.02)
    return found


def moments(conditions: dict[str, Callable[[], object]], seconds: float = 30) -> dict[str, float]:
    """By the name of a condition: after how many seconds it first held. Until all have."""
    stopwatch = Stopwatch()
    found: dict[str, float] = {}

    def all_have() -> bool:
        for name, condition in conditions.items():
            if name not in found and condition():
                found[name] = stopwatch.seconds()
        return len(found) == len(conditions)

    wait_until(all_have, " and ".join(conditions), seconds)
    return found


class Stopwatch:
    def __init__(self) -> None:
        self.started = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self.started
