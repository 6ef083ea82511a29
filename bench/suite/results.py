"""The results of a run: the file, and questions to it."""

import json
import os
import statistics
from typing import Any, NoReturn

from suite import intervals
from suite.intervals import Interval

Place = int | str | None  # on a scenario's x-axis; None if it has none
SCHEMA = 1
PARTS = ["invalid", "warnings", "stamp", "plan", "generator", "rows", "scenarios"]
PARTS += ["counts", "distributions", "runs"]
# What rows were called once, and are now.
RENAMED = {"+ keepalive": "+ kept clients", "4 without keepalive": "4 without kept clients"}


def write(path: str | os.PathLike[str], document: dict[str, Any]) -> None:
    """Strict JSON, one run per line, so that two files can be compared by eye. The old file stays until
    the new one is complete."""

    def dump(value: object) -> str:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)

    def spread_out(value: object) -> str:
        if isinstance(value, list) and value:
            return "[\n  " + ",\n  ".join(map(dump, value)) + "\n ]"
        if isinstance(value, dict) and value:
            pairs = (f"{dump(name)}: {dump(item)}" for name, item in value.items())
            return "{\n  " + ",\n  ".join(pairs) + "\n }"
        return dump(value)

    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write("{\n" + ",\n".join(f" {dump(k)}: {spread_out(v)}" for k, v in document.items()))
        file.write("\n}\n")
    os.replace(f"{path}.new", path)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Raises ValueError, with one line, if it is no such file."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file, parse_constant=refuse)
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}, and this reads {SCHEMA}")
        for part in PARTS:
            document[part]
        for old, new in RENAMED.items():
            for row in document["rows"].values():
                row["label"] = row["label"].replace(old, new)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} does not hold results of ./run bench: {error}") from None
    return document


def rounded(value: float) -> float:
    """Five significant digits: more would be noise, and weigh."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


class ScenarioResults:
    """The runs of one scenario. A cell is a row at a place x."""

    def __init__(self, document: dict[str, Any], name: str) -> None:
        self.name = name
        self.facts: dict[str, Any] = document["scenarios"][name]
        self.labels: dict[str, dict[str, Any]] = document["rows"]
        self.cells: dict[tuple[str, Place], list[dict[str, Any]]] = {}
        self.series: dict[str, list[list[list[float]]]] = {}

        def own(part: str) -> list[dict[str, Any]]:
            return [entry for entry in document[part] if entry["scenario"] == name]

        for run in own("runs"):
            self.cells.setdefault((run["row"], run["x"]), []).append(run)
            if "series" in run:
                self.series.setdefault(run["row"], []).append(run["series"])
        for runs in self.cells.values():
            runs.sort(key=lambda run: run["repetition"])
        self.system_calls: dict[tuple[str, Place], float] = {
            (count["row"], count["x"]): count["system_calls_per_request"] for count in own("counts")
        }
        self.distributions: dict[tuple[str, Place, str], list[list[Any]]] = {
            (found["row"], found["x"], found["kind"]): found["histogram_us"]
            for found in own("distributions")
        }

    def rows(self) -> list[str]:
        measured = {row for row, _ in self.cells}
        return [row for row in self.labels if row in measured]

    def xs(self) -> list[Any]:
        """In the order of the scenario's axis."""
        measured = {x for _, x in self.cells}
        found = [x for x in self.facts["xs"] if x in measured]
        return sorted(found) if all(isinstance(x, (int, float)) for x in found) else found

    def has(self, row: str, x: Place = None) -> bool:
        return (row, x) in self.cells

    def label(self, row: str) -> str:
        return self.labels[row]["label"]

    def samples(self, row: str, metric: str, x: Place = None) -> list[float]:
        values = (run["values"] for run in self.cells.get((row, x), []))
        return [found[metric] for found in values if metric in found]

    def median(self, row: str, metric: str, x: Place = None) -> float | Any:
        """None if it was not measured."""
        samples = self.samples(row, metric, x)
        return statistics.median(samples) if samples else None

    def spread(self, row: str, metric: str, x: Place = None) -> tuple[float, float] | Any:
        samples = self.samples(row, metric, x)
        return (min(samples), max(samples)) if samples else None

    def ratio(
        self, cell: tuple[str, Place], base: tuple[str, Place], metric: str
    ) -> tuple[float | None, Interval | None]:
        """(ratio of medians, its interval); cells are (row, x)."""
        one, other = (
            {run["repetition"]: run["values"] for run in self.cells.get(place, [])}
            for place in [cell, base]
        )
        blocks = sorted(one.keys() & other.keys())  # a failed run leaves a gap
        return intervals.ratio([one[i][metric] for i in blocks], [other[i][metric] for i in blocks])

    def times(self, row: str, base: str, metric: str, x: Place = None) -> str:
        """The ratio to another row at the same x, as text."""
        return intervals.format_ratio(*self.ratio((row, x), (base, x), metric))

    def complete(self) -> bool:
        """Whether each cell was measured at least once; if not, there is no answer."""
        return all((row, x) in self.cells for row, x, _ in self.facts["cells"])

    def repetitions(self) -> int:
        return min((len(runs) for runs in self.cells.values()), default=0)


def scenarios(document: dict[str, Any]) -> dict[str, ScenarioResults]:
    """The scenarios that have runs."""
    begun = {run["scenario"] for run in document["runs"]}
    return {
        name: ScenarioResults(document, name) for name in document["scenarios"] if name in begun
    }
