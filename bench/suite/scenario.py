"""What a scenario is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from suite.lab import Lab
from suite.point import Point
from suite.results import ScenarioResults


@dataclass(frozen=True)
class Chart:
    """A metric over the scenario's x-axis as lines, or a bar a row where it has none."""

    metric: str
    axis: str  # Its label, with the unit.
    title: str
    scale: float = 1.0  # What the metric is multiplied with.
    log: bool = False
    # (label, function of x) of a line that theory draws.
    ideal: tuple[str, Callable[[float], float]] | None = None
    kind: str = "lines"  # or "bars", "groups", "series", "distribution"
    x: int | str | None = None  # Of bars: the place on the x-axis, if there is one, that they show.


@dataclass(frozen=True)
class Column:
    """Of the scenario's table."""

    heading: str
    metric: str
    digits: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class Scenario:
    """A question, what theory predicts, and how the answer is measured and shown."""

    name: str
    question: str
    prediction: str
    points: Callable[[Lab], list[Point]]  # A function of the lab: what is measured.
    answer: Callable[[ScenarioResults], Iterable[str]]  # A function of ScenarioResults: sentences.
    columns: tuple[Column, ...]
    charts: tuple[Chart, ...]
    x_axis: str = ""  # Its label, with the unit. Empty: rows only.
    x_log: bool = False
    load: str = ""  # What a reader has to know of it.
    keeps_distributions: bool = False  # Whether latency is kept as a histogram.
