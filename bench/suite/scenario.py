"""What a scenario is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from suite.lab import Lab
from suite.point import Point
from suite.results import ScenarioResults


@dataclass(frozen=True)
class Chart:
    """A metric over the scenario's x-axis as lines, or a bar per row if it has none."""

    metric: str
    axis: str  # Its label, with the unit.
    title: str
    scale: float = 1.0  # factor for the metric
    log: bool = False
    # (label, function of x): a line from theory.
    ideal: tuple[str, Callable[[float], float]] | None = None
    kind: str = "lines"  # or "bars", "groups", "series", "distribution"
    x: int | str | None = None  # for bars: their place on the x-axis, if there is one


@dataclass(frozen=True)
class Column:
    """A column of the scenario's table."""

    heading: str
    metric: str
    digits: int = 0
    scale: float = 1.0


REQUESTS = Column("requests/s", "requests_per_second")
P50_MS = Column("p50 ms", "p50_us", 2, 1e-3)
P99_MS = Column("p99 ms", "p99_us", 2, 1e-3)
CPU = Column("CPU µs a request", "cpu_us_per_request", 1)
SYSTEM_CALLS = Column("system calls a request", "system_calls_per_request", 1)

REQUESTS_CHART = Chart("requests_per_second", "requests a second", "Requests a second")
REQUESTS_LOG = replace(REQUESTS_CHART, log=True)
REQUESTS_BARS = replace(REQUESTS_CHART, kind="bars")
CPU_CHART = Chart("cpu_us_per_request", "CPU of the server, µs a request", "CPU a request")
CPU_BARS = replace(CPU_CHART, kind="bars")


@dataclass(frozen=True)
class Scenario:
    """A question, what theory predicts, and how to measure and show the answer."""

    name: str
    question: str
    prediction: str
    points: Callable[[Lab], list[Point]]  # What is measured.
    answer: Callable[[ScenarioResults], Iterable[str]]  # Sentences.
    columns: tuple[Column, ...]
    charts: tuple[Chart, ...]
    x_axis: str = ""  # Its label, with the unit. Empty: rows only.
    x_log: bool = False
    load: str = ""  # what a reader has to know about it
    keeps_distributions: bool = False  # whether latency is kept as a histogram
