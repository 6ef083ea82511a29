"""What the pages show of the committed results: numbers, tables, charts."""

import copy
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, cast

from suite import charts, intervals, results, tables
from suite.scenarios import ALL, clients
from suite.scenarios.ladder import LEDGER, PREDICTED

RESULTS = "bench/results/reference.json"
# How a metric is written: what it is multiplied with, and its digits.
FORMATS = {
    "requests_per_second": (1, 0),
    "cpu_us_per_request": (1, 1),
    "p50_us": (1e-3, 2),
    "p99_us": (1e-3, 1),
    "segments_sent_per_request": (1, 1),
    "switches_per_request": (1, 1),
    "system_calls_per_request": (1, 1),
    "threads": (1, 0),
}
STAGE_ROWS = {1: ["stage1"], 2: ["stage2"], 3: ["stage3"], 4: ["stage4_depth1", "stage4"]}


class Measured:
    """The directives that a page may use; each returns what replaces it. ValueError: no such thing."""

    def __init__(self, path: str = RESULTS) -> None:
        self.document = results.read(path)
        if self.document["invalid"]:
            raise ValueError(f"{path} is invalid: {self.document['invalid'][0]}")
        self.found = results.scenarios(self.document)

    def value(self, row: str, metric: str, scenario: str = "ladder", x: str | None = None) -> str:
        found = self._scenario(scenario)
        scale, digits = FORMATS.get(metric, (1, 2))
        place = (row, self._x(found, x))
        if metric == "system_calls_per_request":
            middle = found.system_calls.get(place)
        else:
            middle = found.median(row, metric, place[1])
        if middle is None:
            raise ValueError(f"no {metric} of {row} at {x} in {scenario}")
        return tables.number(middle * scale, digits)

    def ratio(
        self, row: str, base: str, metric: str, scenario: str = "ladder", x: str | None = None
    ) -> str:
        found = self._scenario(scenario)
        place = self._x(found, x)
        if not found.has(row, place) or not found.has(base, place):
            raise ValueError(f"no {row} or {base} at {x} in {scenario}")
        return intervals.format_ratio(*found.ratio((row, place), (base, place), metric))

    def idle_memory(self, connections: str | None = None) -> str:
        """Of an idle client at stage 4, measured; of so many, by arithmetic."""
        each = cast(float, clients.bytes_a_connection(self._scenario("clients"), "stage4"))
        if connections is None:
            return f"{each / 2**10:.1f} KiB"
        return f"{each * int(connections) / 2**30:.1f} GiB"

    def answer(self, scenario: str, *starts: str) -> str:
        """The answer's sentences; if told, those that begin with one of `starts`."""
        sentences = list(ALL[scenario].answer(self._scenario(scenario)))
        if starts:
            sentences = [line for line in sentences if line.startswith(starts)]
        if not sentences:
            raise ValueError(f"no sentence of {scenario} begins with {starts}")
        return "\n".join(f"- {with_options(sentence)}" for sentence in sentences)

    def table(self, scenario: str, *rows: str) -> str:
        """The scenario's table; if told, these rows of it."""
        found = self._scenario(scenario)
        if scenario == "ladder":
            headings, lines = tables.ladder(found)
        else:
            headings, lines = tables.of_scenario(ALL[scenario], found)
        if rows:
            labels = [found.label(row) for row in rows]
            lines = [line for line in lines if line[0] in labels]
            if len({line[0] for line in lines}) != len(labels):
                raise ValueError(f"{scenario}'s table lacks one of {labels}")
        return table(headings, lines)

    def beside(self, *rows: str) -> str:
        """What was measured beside the ladder; held against stage 4 only if that is among them."""
        found = self._scenario("ladder")
        headings, lines = tables.beside(found)
        labels = [found.label(row) for row in rows]
        columns = len(headings) if "stage4" in rows else len(headings) - 2
        return table(
            headings[:columns],
            [line[:columns] for line in lines if not rows or line[0] in labels],
        )

    def predicted(self, stage: str) -> str:
        """What theory says of a stage and of the one before, before anything is counted."""
        rows = self._with_the_one_before(stage)
        columns = [column for column in LEDGER if column.metric in PREDICTED]
        lines = [
            [
                self.found["ladder"].label(row),
                *(PREDICTED[column.metric][row] for column in columns),
            ]
            for row in rows
        ]
        return table(["per request", *(column.heading for column in columns)], lines)

    def ledger(self, stage: str) -> str:
        """Predicted and counted, of a stage and of the one before."""
        found = self._scenario("ladder")
        rows = self._with_the_one_before(stage)
        lines = []
        for row in rows:
            cells = []
            for column in LEDGER:
                counted = tables.cell(found, row, None, column)
                predicted = PREDICTED.get(column.metric, {}).get(row)
                cells.append(f"{predicted} → {counted}" if predicted else counted)
            lines.append([found.label(row), *cells])
        return table(["per request", *(column.heading for column in LEDGER)], lines)

    def chart(self, scenario: str, number: str = "0", *rows: str) -> str:
        """A figure that follows the page's colours, one for a desk and one for a phone; if told,
        of these rows alone, in their order."""
        found = self._scenario(scenario)
        if rows:
            if unknown := set(rows) - set(found.rows()):
                raise ValueError(f"no {' or '.join(sorted(unknown))} in {scenario}")
            found = copy.copy(found)
            found.cells = {cell: runs for cell, runs in found.cells.items() if cell[0] in rows}
            found.labels = {row: found.labels[row] for row in rows}
        chart = ALL[scenario].charts[int(number)]
        both = "".join(charts.svg(found, chart, ALL[scenario], size) for size in charts.SIZES)
        where = f'<a href="comparison/report.html#{scenario}">the whole scenario</a>'
        whiskers = ", whiskers span them all" if chart.kind in ("bars", "lines") else ""
        return block(
            f'<figure class="chart">{both}<figcaption>{escape(chart.title)}. '
            f"{escape(found.facts['load'])} Medians of {found.repetitions()} runs{whiskers}; {where}."
            "</figcaption></figure>"
        )

    def warnings(self) -> str:
        """What the run itself found to doubt."""
        return "\n".join(f"- {warning}." for warning in self.document["warnings"])

    def stamp(self) -> str:
        return tables.provenance(self.document)

    @staticmethod
    def _with_the_one_before(stage: str) -> list[str]:
        return [
            row for number in [int(stage) - 1, int(stage)] for row in STAGE_ROWS.get(number, [])
        ]

    def _scenario(self, name: str) -> results.ScenarioResults:
        if name not in self.found:
            raise ValueError(f"no scenario {name} in the results")
        return self.found[name]

    @staticmethod
    def _x(found: results.ScenarioResults, x: str | None) -> Any:
        """As the results have it: a number, a text or nothing."""
        if x is None:
            return None
        for known in found.xs():
            if str(known) == x:
                return known
        raise ValueError(f"{found.name} has no {x}; there are {found.xs()}")


def table(headings: list[str], lines: Iterable[Sequence[str]]) -> str:
    """As Markdown."""
    escaped = [[with_options(text) for text in line] for line in lines]
    return "\n" + "\n".join(tables.markdown(headings, escaped)) + "\n"


def with_options(text: str) -> str:
    """As Markdown, in which the names of options stay what they are."""
    return re.sub(r"--[a-z][-a-z]+( \w+)?", r"`\g<0>`", escape(text, quote=False))


def block(html: str) -> str:
    """HTML of its own within a page, passed on as it is."""
    return f"\n\\htmlonly[block]\n{html}\n\\endhtmlonly\n"
