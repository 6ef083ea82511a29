"""Compares the same with the same: how often do the intervals err?"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from suite import intervals, subjects
from suite.intervals import Interval
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import Scenario
from suite.scenarios import ladder


def scenario(replicas: int) -> Scenario:
    """Each row against itself: any difference is noise, and the intervals should say so."""

    def points(lab: Lab) -> list[Point]:
        found = []
        for row in subjects.LADDER:
            for number in range(1, replicas + 1):
                again = replace(row, name=f"{row.name}#{number}", label=f"{row.label}, #{number}")
                found.append(Point(again, load=Load(seconds=0.8)))
        return found

    return replace(ladder.SCENARIO, name="aa", points=points, answer=lambda found: [verdict(found)])


def judged_pairs(
    found: ScenarioResults, metrics: Sequence[str] = ("requests_per_second", "cpu_us_per_request")
) -> Iterator[tuple[str, str, str, tuple[float | None, Interval | None]]]:
    """The interval of each pair of a row's replicas, for each metric."""
    rows = found.rows()
    for one, other in itertools.combinations(rows, 2):
        if one.split("#")[0] == other.split("#")[0]:
            for metric in metrics:
                yield one, other, metric, found.ratio((one, None), (other, None), metric)


def verdict(found: ScenarioResults) -> str:
    judged = [interval for _, _, _, (_, interval) in judged_pairs(found) if interval]
    if not judged:
        return f"A/A: too few repetitions for an interval, which takes {intervals.ENOUGH}."
    wrong = sum(map(intervals.differs, judged))
    return (
        f"A/A: {wrong} of {len(judged)} intervals exclude 1, {wrong / len(judged):.1%}, where both sides "
        "ran the same; 95 % intervals should do so in about 5 %, and no more."
    )
