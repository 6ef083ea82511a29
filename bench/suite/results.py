"""The results of a run: what is in the file, and questions to it."""

import json
import os
import statistics
from typing import Any, NoReturn

from suite import intervals
from suite.intervals import Interval

SCHEMA = 1
PARTS = ["invalid", "warnings", "stamp", "plan", "generator", "rows", "scenarios"]
PARTS += ["counts", "distributions", "runs"]


def write(path: str | os.PathLike[str], document: dict[str, Any]) -> None:
    """Strict JSON, one run a line, so that two files can be compared by eye. What was there stays until
    all is written."""

    def dump(value: object) -> str:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)

    with open(f"{path}.new", "w", encoding="utf-8") as file:
        parts = []
        for key, value in document.items():
            if isinstance(value, list) and value:
                body = ",\n  ".join(dump(item) for item in value)
                parts.append(f" {dump(key)}: [\n  {body}\n ]")
            elif isinstance(value, dict) and value:
                body = ",\n  ".join(f"{dump(name)}: {dump(item)}" for name, item in value.items())
                parts.append(f" {dump(key)}: {{\n  {body}\n }}")
            else:
                parts.append(f" {dump(key)}: {dump(value)}")
        file.write("{\n" + ",\n".join(parts) + "\n}\n")
    os.replace(f"{path}.new", path)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Raises ValueError, with one line, where it is no such file."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_constant=refuse)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}, and this reads {SCHEMA}")
        for part in PARTS:
            document[part]
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} does not hold results of ./run bench: {error}") from None
    return document


def rounded(value: float) -> float:
    """Five significant digits: more would be noise, and weigh."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


class ScenarioResults:
    """The runs of one scenario. A cell is a row at a place x; None where a scenario has no x."""

    def __init__(self, document: dict[str, Any], name: str) -> None:
        self.name = name
        self.facts: dict[str, Any] = document["scenarios"][name]
        self.labels: dict[str, dict[str, Any]] = document["rows"]
        self.cells: dict[tuple[str, int | str | None], list[dict[str, Any]]] = {}
        self.series: dict[str, list[list[list[float]]]] = {}
        for run in document["runs"]:
            if run["scenario"] != name:
                continue
            self.cells.setdefault((run["row"], run["x"]), []).append(run)
            if "series" in run:
                self.series.setdefault(run["row"], []).append(run["series"])
        for runs in self.cells.values():
            runs.sort(key=lambda run: run["repetition"])
        self.system_calls: dict[tuple[str, int | str | None], float] = {
            (count["row"], count["x"]): count["system_calls_per_request"]
            for count in document["counts"]
            if count["scenario"] == name
        }
        self.distributions: dict[tuple[str, int | str | None, str], list[list[Any]]] = {
            (found["row"], found["x"], found["kind"]): found["histogram_us"]
            for found in document["distributions"]
            if found["scenario"] == name
        }

    def rows(self) -> list[str]:
        return list(
            dict.fromkeys(row for row in self.labels if any(key[0] == row for key in self.cells))
        )

    def xs(self) -> list[Any]:
        """In the order of the scenario's axis."""
        found = [x for x in self.facts["xs"] if any(key[1] == x for key in self.cells)]
        return sorted(found) if all(isinstance(x, (int, float)) for x in found) else found

    def has(self, row: str, x: int | str | None = None) -> bool:
        return (row, x) in self.cells

    def label(self, row: str) -> str:
        return self.labels[row]["label"]

    def samples(self, row: str, metric: str, x: int | str | None = None) -> list[float]:
        return [
            run["values"][metric] for run in self.cells.get((row, x), []) if metric in run["values"]
        ]

    def median(self, row: str, metric: str, x: int | str | None = None) -> float | Any:
        """None where it was not measured."""
        samples = self.samples(row, metric, x)
        return statistics.median(samples) if samples else None

    def spread(
        self, row: str, metric: str, x: int | str | None = None
    ) -> tuple[float, float] | Any:
        samples = self.samples(row, metric, x)
        return (min(samples), max(samples)) if samples else None

    def ratio(
        self, cell: tuple[str, int | str | None], base: tuple[str, int | str | None], metric: str
    ) -> tuple[float | None, Interval | None]:
        """(ratio of medians, its interval); cells are (row, x)."""
        one, other = (
            {run["repetition"]: run for run in self.cells.get(place, [])} for place in [cell, base]
        )
        blocks = sorted(one.keys() & other.keys())  # A run that failed leaves a gap.
        return intervals.ratio(
            *([runs[i]["values"][metric] for i in blocks] for runs in [one, other])
        )

    def complete(self) -> bool:
        """Whether each cell was measured at least once; if not, there is no answer."""
        return all((row, x) in self.cells for row, x, _ in self.facts["cells"])

    def repetitions(self) -> int:
        return min((len(runs) for runs in self.cells.values()), default=0)


def scenarios(document: dict[str, Any]) -> dict[str, ScenarioResults]:
    """Those of which there are runs."""
    begun = {run["scenario"] for run in document["runs"]}
    return {
        name: ScenarioResults(document, name) for name in document["scenarios"] if name in begun
    }
