"""Waits for what must come, with a bound."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Failure(Exception):
    """Why something cannot be done, or what did not happen: one line."""


def poll_until(condition: Callable[[], Found], seconds: float = 20) -> Found:
    """The first true result of `condition`, or its last one when time is up."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def wait_until(condition: Callable[[], Found | None], what: str, seconds: float = 30) -> Found:
    """The first true result of `condition`. Raises Failure when time is up."""
    if not (found := poll_until(condition, seconds)):
        raise Failure(f"{what}: not within {seconds} s")
    return found


class Stopwatch:
    def __init__(self) -> None:
        self.started = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self.started
