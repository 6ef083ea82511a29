"""A measurement: a subject under a load."""

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
        """The arguments, for its time or for so many requests."""
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
    """Measured once per block: a subject, at a place on the scenario's x-axis."""

    subject: Subject
    x: int | str | None = None
    load: Load = Load()
    options: str = ""  # for the subject, beside its own
    delay: str = ""  # of the upstream, which then is the origin
    expected_errors: str = "$^"  # a regular expression for causes that belong to the scenario
    count_system_calls: bool = False
    # A function like Lab.load(), if something else puts the load on.
    generator: Callable[..., dict[str, Any]] | None = None
    # A function of (lab, point), if it is not measure.measure().
    measure: "Callable[[Lab, Point], dict[str, Any]] | None" = None
    rows: tuple[Subject, ...] = ()  # what it measures at once, if more than the subject
    expected_seconds: float = 0  # if not the load's

    @property
    def name(self) -> str:
        return self.subject.label if self.x is None else f"{self.subject.label}, {self.x}"

    def measured(self) -> tuple[Subject, ...]:
        return self.rows or (self.subject,)

    def seconds(self) -> float:
        return self.expected_seconds or self.load.seconds + self.load.warmup + 0.25
