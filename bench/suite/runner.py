"""Runs scenarios and collects their results."""

import random
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from suite import measure, schedule, subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import SCHEMA, rounded
from suite.scenario import Scenario
from waiting import Failure

STOLEN = 0.05  # of the CPUs' time, in a run
BUSY_GENERATOR = 0.9  # of a core; from here on the generator may be the limit
BUSY_WORDS = "the generator, busy for more than {:.0%} of the time, may be the limit in: {}"


class Runner:
    """Fills a document of results (see results.py)."""

    def __init__(self, lab: Lab, stamp: dict[str, Any], plan: dict[str, Any]) -> None:
        self.lab = lab
        self.repetitions = plan["repetitions"]
        self.scale = plan["scale"]
        self.seed = plan["seed"]
        # How busy the generator was, by point, if it was too busy.
        self.busy: dict[str, list[float]] = {}
        self.stolen = 0  # runs in which other guests of this host took too much
        self.document: dict[str, Any] = {
            "schema": SCHEMA,
            "invalid": [],
            "warnings": [],
            "stamp": stamp,
            "plan": plan,
            "generator": {},
            "rows": {},
            "scenarios": {},
            "counts": [],
            "distributions": [],
            "runs": [],
        }

    def invalid(self, reason: str) -> None:
        """Says so at once: a reader who watches may want to stop."""
        self.document["invalid"].append(reason)
        print(f"INVALID: {reason}", file=sys.stderr)

    def measure_ceiling(self) -> None:
        """The most that the generator can send, to a server that does nothing but answer."""
        point = Point(subjects.BARE_EPOLL, load=Load(seconds=0.7))
        runs = [measure.measure(self.lab, point) for _ in range(3)]
        for run in runs:
            self.judge("ceiling", point, run)

        def median(name: str) -> float:
            return rounded(statistics.median(run["values"][name] for run in runs))

        self.document["generator"] = {
            "ceiling_requests_per_second": median("requests_per_second"),
            "cpu_us_per_request": median("generator_cpu_us_per_request"),
            "busy": median("generator_busy"),
        }

    def plan(self, scenarios: Iterable[Scenario]) -> list[tuple[Scenario, list[Point]]]:
        """The points of each scenario, and how many seconds they take."""
        planned = []
        for scenario in scenarios:
            self.lab.facts = {}
            points = [shortened(point, self.scale) for point in scenario.points(self.lab)]
            if not points:
                continue
            cells = [(row, point) for point in points for row in point.measured()]
            self.document["scenarios"][scenario.name] = self.lab.facts | {
                "xs": list(dict.fromkeys(point.x for point in points)),
                "cells": [[row.name, point.x, point.options] for row, point in cells],
                "load": scenario.load,
            }
            self.document["rows"] |= {
                row.name: {"label": row.label, "command": readable(row), "stage": row.stage}
                for row, _ in cells
            }
            planned.append((scenario, points))
        for subject in self.lab.also:
            if subject.name not in self.document["rows"]:
                self.lab.warn(f"{subject.label}: no scenario of this run has a place for it")
        return planned

    def run(self, scenarios: Iterable[Scenario]) -> dict[str, Any]:
        planned = self.plan(scenarios)
        counted = [p for _, points in planned for p in points if p.count_system_calls]
        seconds = sum(p.seconds() for _, points in planned for p in points) * self.repetitions
        runs = sum(len(points) for _, points in planned) * self.repetitions
        progress = schedule.Progress(seconds + len(counted), runs + len(counted))
        try:
            for scenario, points in planned:
                self.run_scenario(scenario, points, progress)
        except KeyboardInterrupt:
            self.invalid("interrupted before the end")
        progress.done()
        self.warn_of_limits()
        self.document["warnings"] += self.lab.warnings
        return self.document

    def run_scenario(
        self, scenario: Scenario, points: list[Point], progress: schedule.Progress
    ) -> None:
        for point in points:
            if point.count_system_calls:
                progress.next(f"{scenario.name}: system calls of {point.name}", 1)
                self.count_system_calls(scenario, point)
        histograms: dict[tuple[str, int | str | None, str], Counter[float]] = {}
        for repetition, position, point in schedule.blocks(
            points, self.repetitions, random.Random(f"{self.seed} {scenario.name}")
        ):
            name = f"{scenario.name} {repetition + 1}/{self.repetitions}: {point.name}"
            progress.next(name, point.seconds())
            place: dict[str, Any] = {"scenario": scenario.name, "row": "", "x": point.x}
            place |= {"repetition": repetition, "position": position}
            try:
                found = (point.measure or measure.measure)(self.lab, point)
            except Exception as error:  # whatever it was, keep the other runs
                self.invalid(f"{name}: {what(error)}")
                continue
            for row, run in found.pop("rows", {point.subject.name: found}).items():
                self.judge(name, point, run)
                for kind, histogram in run.pop("histograms", {}).items():
                    histograms.setdefault((row, point.x, kind), Counter()).update(dict(histogram))
                run["values"] = {key: rounded(value) for key, value in run["values"].items()}
                self.document["runs"].append(place | {"row": row} | run)
        if scenario.keeps_distributions:
            for (row, x, kind), merged in histograms.items():
                if not merged:
                    continue  # nothing was answered
                self.document["distributions"].append(
                    {"scenario": scenario.name, "row": row, "x": x, "kind": kind}
                    | {"histogram_us": [[rounded(us), merged[us]] for us in sorted(merged)]}
                )

    def count_system_calls(self, scenario: Scenario, point: Point) -> None:
        try:
            calls = measure.count_system_calls(self.lab, point)
        except Exception as error:
            return self.invalid(f"{scenario.name}: system calls of {point.name}: {what(error)}")
        if calls:
            place = {"scenario": scenario.name, "row": point.subject.name, "x": point.x}
            self.document["counts"].append(place | {"system_calls_per_request": rounded(calls)})
        return None

    def judge(self, name: str, point: Point, found: dict[str, Any]) -> None:
        for cause, count in found["errors"].items():
            if not re.match(point.expected_errors, cause):
                self.invalid(f"{name}: {count} x {cause}")
        self.stolen += found["values"].get("machine_stolen", 0) > STOLEN
        if found["values"].get("generator_busy", 0) > BUSY_GENERATOR:
            where = name.split(" ", 1)[0] + ": " + point.name
            self.busy.setdefault(where, []).append(found["values"]["generator_busy"])

    def warn_of_limits(self) -> None:
        often = [where for where, shares in self.busy.items() if len(shares) * 2 > self.repetitions]
        if often:
            self.lab.warn(BUSY_WORDS.format(BUSY_GENERATOR, "; ".join(often)))
        if self.stolen:
            self.lab.warn(
                f"in {self.stolen} of {len(self.document['runs'])} runs another guest of this host "
                f"took more than {STOLEN:.0%} of its CPU time"
            )


def what(error: Exception) -> str:
    return str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"


def shortened(point: Point, scale: float) -> Point:
    return replace(point, load=replace(point.load, seconds=point.load.seconds * scale))


def readable(subject: subjects.Subject) -> str:
    """The command, without the folder in which it was built."""
    if not subject.command:
        return "no gateway: the load goes to the upstream"
    return subject.command.replace("{build}/", "")
