"""Results as tables: headings, and lines of text."""

from collections.abc import Sequence
from typing import Any

from suite import subjects
from suite.intervals import ENOUGH
from suite.results import Place, ScenarioResults
from suite.scenario import CPU, P99_MS, REQUESTS, SYSTEM_CALLS, Column, Scenario
from suite.scenarios.ladder import COST, LEDGER, SPEED

Table = tuple[list[str], list[list[str]]]  # (headings, lines)
NAMES = [row.name for row in subjects.LADDER]
TOP = NAMES[-1]
P99 = Column("p99 ms", P99_MS.metric, 1, P99_MS.scale)


def number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return ""
    if digits and 0 < value < 0.5 * 10**-digits:
        return f"<{10**-digits:.{digits}f}"
    return f"{value:,.{digits}f}"


def cell(found: ScenarioResults, row: str, x: Place, column: Column) -> str:
    if column.metric == SYSTEM_CALLS.metric:
        value = found.system_calls.get((row, x))
    else:
        value = found.median(row, column.metric, x)
    return number(None if value is None else value * column.scale, column.digits)


def ladder(found: ScenarioResults) -> Table:
    """What each idea gains."""
    headings = ["stage", "requests a second", "gain over row above", "gain over stage 1"]
    headings += ["p99 ms", "CPU us", "client conns", "threads started", "upstr. dials"]
    headings += ["upstr. writes"]
    lines = []
    for above, name in zip(["", *NAMES], NAMES):
        gains = [found.times(name, base, SPEED) if above else "" for base in [above, NAMES[0]]]
        speed, *figures = (
            cell(found, name, None, column) for column in [REQUESTS, P99, CPU, *LEDGER[:4]]
        )
        lines.append([found.label(name), speed, *gains, *figures])
    return headings, lines


def beside(found: ScenarioResults) -> Table:
    """What was measured beside the ladder, against its last row. No lines if nothing was."""
    headings = ["beside it", "requests a second", "p99 ms", "CPU us", "syscalls"]
    headings += [f"{found.label(TOP)}, against it: {what}" for what in ("requests/s", "CPU")]
    lines = []
    for row in [TOP, *(row for row in found.rows() if row not in NAMES)]:
        figures = (cell(found, row, None, column) for column in [REQUESTS, P99, CPU, SYSTEM_CALLS])
        against = [found.times(TOP, row, metric) if row != TOP else "" for metric in [SPEED, COST]]
        lines.append([found.label(row), *figures, *against])
    return headings, lines if len(lines) > 1 else []


def of_scenario(scenario: Scenario, found: ScenarioResults) -> Table:
    """Each row, at each x if the scenario has an axis."""
    axis = [scenario.x_axis] if found.xs() != [None] else []
    headings = ["", *axis, *(column.heading for column in scenario.columns)]
    lines = []
    for row in found.rows():
        for x in found.xs():
            if found.has(row, x):
                place = [f"{x:,}" if isinstance(x, int) else str(x)] if axis else []
                cells = [cell(found, row, x, column) for column in scenario.columns]
                lines.append([found.label(row), *place, *cells])
    return headings, lines


def notes(found: ScenarioResults) -> list[str]:
    """What a reader of the ladder has to know."""
    lines = [
        "Gains come with their 95 % interval; ~ marks one that spans 1: no detectable difference.",
        "CPU is the server's. It and the last columns are per request: client connections accepted,",
        "threads started, upstream connections dialled, upstream writes (pipelined requests share them).",
    ]
    runs = found.repetitions()
    if runs < ENOUGH:
        lines.append(f"Only {runs} runs of a row: too few for an interval, which takes {ENOUGH}.")
    elif runs < 9:
        lines.append(f"Only {runs} runs of a row: the intervals are rough (--full has 9).")
    return lines


def commit(stamp: dict[str, Any]) -> str:
    """What was measured, and whether anybody else can have it."""
    return f"commit {stamp['commit']}{' with changes' if stamp['dirty'] else ''}"


def provenance(document: dict[str, Any]) -> str:
    stamp, plan = document["stamp"], document["plan"]
    return (
        f"Measured {stamp['date'][:10]} on {stamp['cpu']}, {stamp['cores']} cores, {stamp['kernel']}; "
        f"{stamp['compiler']}, {stamp['flags']}; upstream {plan['upstream']}; "
        f"{commit(stamp)}; `{plan['command']}`, seed {plan['seed']}."
    )


def markdown(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(headings) + " |",
        "|---|" + "---:|" * (len(headings) - 1),
        *("| " + " | ".join(line) + " |" for line in lines),
    ]
