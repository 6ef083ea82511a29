"""What is measured once: a subject under a load."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suite.subjects import Subject

if TYPE_CHECKING:
    from suite.lab import Lab


@dataclass(frozen=True)
class Load:
    """The options of bench/load."""

    connections: int = 50
    seconds: float = 1.0
    warmup: float = 0.2
    pipeline: int = 1
    value_size: int = 64  # Bytes.
    connection: str = "reuse"
    keys: int = 1000
    idle: int = 0
    rate: float | None = None  # Requests a second of an open loop.
    timeout: float = 5.0

    def arguments(self, requests: int | None = None) -> list[str]:
        """For its time, or for so many requests."""
        options: dict[str, object] = {"requests": requests}
        if not requests:
            options = {"duration": milliseconds(self.seconds), "warmup": milliseconds(self.warmup)}
        options |= {
            "connections": self.connections,
            "pipeline": self.pipeline,
            "value-size": self.value_size,
            "connection": self.connection,
            "keys": self.keys,
            "idle": self.idle,
            "timeout": milliseconds(self.timeout),
        }
        if self.rate:
            options["rate"] = round(self.rate, 1)
        return [f"--{name}={value}" for name, value in options.items()]


def milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


@dataclass(frozen=True)
class Point:
    """What is measured once a block: a subject, at a place on the scenario's x-axis."""

    subject: Subject
    x: int | str | None = None
    load: Load = Load()
    options: str = ""  # Of the subject, beside its own.
    delay: str = ""  # Of the upstream, which is the origin then.
    expected_errors: str = "$^"  # A regular expression of causes that belong to the scenario.
    count_system_calls: bool = False
    # A function like Lab.load(), if another puts the load on.
    generator: Callable[..., dict[str, Any]] | None = None
    # A function of (lab, point), if it is not measure.measure().
    measure: "Callable[[Lab, Point], dict[str, Any]] | None" = None
    rows: tuple[Subject, ...] = ()  # What it measures at a time, if that is more than the subject.
    expected_seconds: float = 0  # If it is not the load's.

    @property
    def name(self) -> str:
        return self.subject.label if self.x is None else f"{self.subject.label}, {self.x}"

    def measured(self) -> tuple[Subject, ...]:
        return self.rows or (self.subject,)

    def seconds(self) -> float:
        return self.expected_seconds or self.load.seconds + self.load.warmup + 0.25
